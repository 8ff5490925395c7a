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
        round(person_days / 365.25, 4) as person_years,
        round(100000 * 365.25 * cases / nullif(person_days, 0), 4) as age_specific_rate,
        round(100000 * 365.25 * ({{ byar_lower('cases') }}) / nullif(person_days, 0), 4)
        as age_specific_rate_lower,
        round(100000 * 365.25 * ({{ byar_upper('cases') }}) / nullif(person_days, 0), 4)
        as age_specific_rate_upper
    from cells

)

select * from rates
