-- One row per entity, sex and calendar period (or all of them): the crude rate and the rates
-- standardised by four standard populations.

{% set standards = ['world', 'european_1976', 'european_2013', 'nordic'] %}

with

cells as (

    select * from {{ ref('int_incidence__cells') }}

),

standards as (

    select * from {{ ref('standard_population') }}

),

crude as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period,
        sum(cases)::integer as cases,
        sum(person_days)::bigint as person_days,
        min(case when person_days > 0 then age_from end)::smallint as standardised_from_age,
        max(case when person_days > 0 then age_from end)::smallint as standardised_to_age_group
    from cells
    group by collection_id, cancer_entity_code, sex_code, calendar_period

),

-- The weights of the age groups in which somebody was at risk: a cohort of adults has no children,
-- and its rates are truncated, with the weights of the ages it has adding up to one.
-- Inner join: every age group stands in every standard, so a cell meets each standard once.
weighted as (

    select
        cells.*,
        standards.standard_population_code,
        standards.weight

    from cells

    inner join standards
        on cells.age_from = standards.age_from

    where cells.person_days > 0

),

totals as (

    select
        standard_population_code,
        sum(weight) as weight
    from standards
    group by standard_population_code

),

-- Rate and variance of a weighted sum of Poisson counts, per person-day.
summed as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period,
        standard_population_code,
        sum(weight) as weight_covered,
        sum(cases) as cases,
        sum(weight * cases / person_days) / sum(weight) as rate,
        sum(weight * weight * cases / person_days / person_days) / (sum(weight) * sum(weight))
        as variance
    from weighted
    group by
        collection_id, cancer_entity_code, sex_code, calendar_period, standard_population_code

),

-- Limits by Dobson et al. (1991), with Byar's limits of the count; without a case they are not
-- defined. Inner join: every standard has a total.
limited as (

    select
        summed.collection_id,
        summed.cancer_entity_code,
        summed.sex_code,
        summed.calendar_period,
        summed.standard_population_code as standard,
        100 * summed.weight_covered / totals.weight as covered_pct,
        100000 * 365.25 * summed.rate as rate,
        100000 * 365.25 * (
            summed.rate
            + sqrt(summed.variance / nullif(summed.cases, 0))
            * ({{ byar_lower('summed.cases') }} - summed.cases)
        ) as lower_limit,
        100000 * 365.25 * (
            summed.rate
            + sqrt(summed.variance / nullif(summed.cases, 0))
            * ({{ byar_upper('summed.cases') }} - summed.cases)
        ) as upper_limit

    from summed

    inner join totals
        on summed.standard_population_code = totals.standard_population_code

),

by_standard as (

    select
        {% for standard in standards %}
            {% set chosen = "case when standard = '" ~ standard ~ "' then " %}
            round(max({{ chosen }} rate end), 4) as rate_{{ standard }},
            round(max({{ chosen }} lower_limit end), 4) as rate_{{ standard }}_lower,
            round(max({{ chosen }} upper_limit end), 4) as rate_{{ standard }}_upper,
            round(max({{ chosen }} covered_pct end), 2)
            as weight_covered_{{ standard }}_pct,
        {% endfor %}
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period
    from limited
    group by collection_id, cancer_entity_code, sex_code, calendar_period

),

-- Left join: where nobody was at risk there is nothing to standardise.
rates as (

    select
        crude.collection_id,
        crude.cancer_entity_code,
        crude.sex_code,
        crude.calendar_period,
        crude.cases,
        crude.person_days,
        {{ years_of('crude.person_days') }} as person_years,
        {{ rate_per_100000('crude.cases', 'crude.person_days') }} as crude_rate,
        {{ rate_per_100000(byar_lower('crude.cases'), 'crude.person_days') }} as crude_rate_lower,
        {{ rate_per_100000(byar_upper('crude.cases'), 'crude.person_days') }} as crude_rate_upper,
        crude.standardised_from_age,
        crude.standardised_to_age_group,
        by_standard.rate_world,
        by_standard.rate_world_lower,
        by_standard.rate_world_upper,
        by_standard.weight_covered_world_pct,
        by_standard.rate_european_1976,
        by_standard.rate_european_1976_lower,
        by_standard.rate_european_1976_upper,
        by_standard.weight_covered_european_1976_pct,
        by_standard.rate_european_2013,
        by_standard.rate_european_2013_lower,
        by_standard.rate_european_2013_upper,
        by_standard.weight_covered_european_2013_pct,
        by_standard.rate_nordic,
        by_standard.rate_nordic_lower,
        by_standard.rate_nordic_upper,
        by_standard.weight_covered_nordic_pct

    from crude

    left join by_standard
        on
            crude.collection_id = by_standard.collection_id
            and crude.cancer_entity_code = by_standard.cancer_entity_code
            and crude.sex_code = by_standard.sex_code
            and crude.calendar_period = by_standard.calendar_period

)

select * from rates
