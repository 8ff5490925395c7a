-- One row per entity, sex, age group and calendar period: first tumours of the entity, and the
-- time in which somebody could have got one.

{{ config(materialized='table') }}

with

person_years as (

    select * from {{ ref('fct_person_years') }}

),

counted_cases as (

    select * from {{ ref('int_cases__statistical') }}

),

intervals as (

    select * from {{ ref('int_follow_up__intervals') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

population_rates as (

    select * from {{ ref('stg_cancer_statistics__population_rates') }}

),

-- Inner join: as for all person-years, sex and birth date must be known.
first_tumours as (

    select
        counted_cases.collection_id,
        counted_cases.donor_id,
        counted_cases.cancer_entity_code,
        persons.sex_code,
        persons.birth_date,
        min(counted_cases.incidence_date) as incidence_date

    from counted_cases

    inner join persons
        on
            counted_cases.collection_id = persons.collection_id
            and counted_cases.donor_id = persons.donor_id

    where persons.sex_code is not null and persons.birth_date is not null

    group by
        counted_cases.collection_id,
        counted_cases.donor_id,
        counted_cases.cancer_entity_code,
        persons.sex_code,
        persons.birth_date

),

-- A tumour counts when it was found under observation: after the first day, and up to the last,
-- so that one found at death counts. Inner join: the others were found before or elsewhere.
observed_tumours as (

    select
        first_tumours.collection_id,
        first_tumours.cancer_entity_code,
        first_tumours.sex_code,
        {{
            completed_years('first_tumours.birth_date', 'first_tumours.incidence_date')
        }}::integer as age_years,
        extract(year from first_tumours.incidence_date)::integer as incidence_year

    from first_tumours

    inner join intervals
        on
            first_tumours.collection_id = intervals.collection_id
            and first_tumours.donor_id = intervals.donor_id
            and first_tumours.incidence_date > intervals.start_date
            and first_tumours.incidence_date <= intervals.end_date

),

-- Nobody is split again for each entity: from the time of all, the time after the first tumour of
-- the few who have one is taken away. Inner join: only they have such time.
time_after as (

    select
        first_tumours.collection_id,
        first_tumours.donor_id,
        first_tumours.cancer_entity_code,
        first_tumours.sex_code,
        first_tumours.birth_date,
        intervals.end_date,
        greatest(intervals.start_date, first_tumours.incidence_date) as start_date

    from first_tumours

    inner join intervals
        on
            first_tumours.collection_id = intervals.collection_id
            and first_tumours.donor_id = intervals.donor_id
            and first_tumours.incidence_date < intervals.end_date

),

{{ lexis_pieces('time_after', ['cancer_entity_code', 'sex_code']) }},

-- An entity is counted in a sex when somebody of it had one, or when the population's rates tell
-- that it could be: no cases among many expected is a finding, no prostate cancer in women is not.
countable as (

    select distinct
        collection_id,
        cancer_entity_code,
        sex_code
    from first_tumours

    union

    select distinct
        collection_id,
        cancer_entity_code,
        sex_code
    from population_rates

),

-- Inner join: an entity that is counted in a sex meets every cell in which that sex was observed.
parts as (

    select
        countable.collection_id,
        countable.cancer_entity_code,
        countable.sex_code,
        person_years.age_from,
        person_years.period_from,
        person_years.person_days,
        0 as cases

    from countable

    inner join person_years
        on
            countable.collection_id = person_years.collection_id
            and countable.sex_code = person_years.sex_code

    union all

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        age_from,
        period_from,
        -days as person_days,
        0 as cases
    from pieces

    union all

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        {{ age_group('age_years') }} as age_from,
        {{ calendar_period('incidence_year') }} as period_from,
        0 as person_days,
        1 as cases
    from observed_tumours

),

cells as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        age_from::smallint as age_from,
        period_from::smallint as period_from,
        sum(cases)::integer as cases,
        sum(person_days)::bigint as person_days
    from parts
    group by collection_id, cancer_entity_code, sex_code, age_from, period_from

),

-- A cell in which nobody was at risk says nothing.
at_risk as (

    select
        *,
        {{ calendar_period_name('period_from') }} as calendar_period
    from cells
    where person_days > 0 or cases > 0

),

with_all_periods as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        age_from,
        period_from,
        calendar_period,
        cases,
        person_days
    from at_risk

    union all

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        age_from,
        null::smallint as period_from,
        'all' as calendar_period,
        sum(cases)::integer as cases,
        sum(person_days)::bigint as person_days
    from at_risk
    group by collection_id, cancer_entity_code, sex_code, age_from

)

select * from with_all_periods
