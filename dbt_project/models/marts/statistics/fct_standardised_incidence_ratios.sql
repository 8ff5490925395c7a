-- One row per entity, sex and calendar period (or all of them): cases observed in the cohort, and
-- expected had it had the rates of the population.

with

cells as (

    select * from {{ ref('int_incidence__cells') }}

),

population_rates as (

    select * from {{ ref('stg_cancer_statistics__population_rates') }}

),

-- The supplier gives counts or ready rates; counts go first.
rates as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        age_from,
        period_from,
        coalesce(cases / nullif(person_years, 0), rate_per_100000 / 100000) as rate
    from population_rates

),

-- Left join: a cell that the population's rates do not cover is kept, and told.
compared as (

    select
        cells.collection_id,
        cells.cancer_entity_code,
        cells.sex_code,
        cells.calendar_period,
        cells.cases,
        cells.person_days,
        case when rates.rate is null then cells.person_days else 0 end as person_days_not_covered,
        rates.rate * cells.person_days / 365.25 as expected_cases

    from cells

    left join rates
        on
            cells.collection_id = rates.collection_id
            and cells.cancer_entity_code = rates.cancer_entity_code
            and cells.sex_code = rates.sex_code
            and cells.age_from = rates.age_from
            and cells.period_from = rates.period_from

    where cells.period_from is not null

),

with_all_periods as (

    select * from compared

    union all

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        'all' as calendar_period,
        cases,
        person_days,
        person_days_not_covered,
        expected_cases
    from compared

),

sums as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period,
        sum(cases)::integer as observed_cases,
        sum(person_days) as person_days,
        sum(person_days_not_covered) as person_days_not_covered,
        sum(expected_cases) as expected_covered
    from with_all_periods
    group by collection_id, cancer_entity_code, sex_code, calendar_period

),

-- A ratio over a part of the time would compare all cases with some of the expected ones.
judged as (

    select
        *,
        case
            when person_days_not_covered > 0 then 'population_rates_missing'
            when coalesce(expected_covered, 0) = 0 then 'nothing_expected'
        end as withheld_reason
    from sums

),

ratios as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period,
        observed_cases,
        {{ years_of('person_days') }} as person_years,
        {{ years_of('person_days_not_covered') }} as person_years_not_covered,
        withheld_reason,
        case when withheld_reason is null then round(expected_covered, 4) end as expected_cases,
        case when withheld_reason is null then round(observed_cases / expected_covered, 4) end
        as incidence_ratio,
        case
            when withheld_reason is null
                then round(({{ byar_lower('observed_cases') }}) / expected_covered, 4)
        end as incidence_ratio_lower,
        case
            when withheld_reason is null
                then round(({{ byar_upper('observed_cases') }}) / expected_covered, 4)
        end as incidence_ratio_upper
    from judged

)

select * from ratios
