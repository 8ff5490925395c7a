-- One row per entity, sex, calendar period (or all of them) and age group: cases, person-years at
-- risk and the rate.

with

cells as (

    select * from {{ ref('int_incidence__cells') }}

),

rates as (

    select
        collection_id,
        cancer_entity_code,
        sex_code,
        calendar_period,
        age_from,
        cases,
        person_days,
        {{ years_of('person_days') }} as person_years,
        {{ rate_per_100000('cases', 'person_days') }} as age_specific_rate,
        {{ rate_per_100000(byar_lower('cases'), 'person_days') }}
        as age_specific_rate_lower,
        {{ rate_per_100000(byar_upper('cases'), 'person_days') }}
        as age_specific_rate_upper
    from cells

)

select * from rates
