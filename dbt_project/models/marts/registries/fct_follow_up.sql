-- One row per donor of a collection: entry, exit and reason, and the death if there was one.

with

janus_donors as (

    select * from {{ ref('int_follow_up__janus_donors') }}

),

nhanes_donors as (

    select * from {{ ref('int_follow_up__nhanes_donors') }}

),

follow_up as (

    select
        collection_id,
        donor_id,
        entry_date,
        {{ completed_years('birth_date', 'entry_date') }} as age_at_entry_years,
        exit_date,
        exit_reason_code,
        -- Net of time abroad. Who left before giving blood was never under observation.
        {{ years_of('observed_days') }} as follow_up_years,
        death_date,
        underlying_cause_code,
        case when underlying_cause_code is not null then 'icd10' end as cause_coding_system,
        days_abroad::integer as days_abroad,
        emigrations::smallint as emigrations,
        first_cancer_date,
        cancer_free_exit_date,
        cancer_free_exit_reason_code,
        {{ years_of('cancer_free_days') }} as cancer_free_years,
        delivery_id
    from janus_donors

    union all

    -- The public linkage gives months and no dates.
    select
        collection_id,
        donor_id,
        null::date as entry_date,
        age_at_entry_years,
        null::date as exit_date,
        exit_reason_code,
        round(months_from_interview / 12.0, 4) as follow_up_years,
        null::date as death_date,
        underlying_cause_code,
        case
            when underlying_cause_code is not null then 'nchs_leading_causes'
        end as cause_coding_system,
        null::integer as days_abroad,
        null::smallint as emigrations,
        null::date as first_cancer_date,
        null::date as cancer_free_exit_date,
        null::text as cancer_free_exit_reason_code,
        null::numeric as cancer_free_years,
        delivery_id
    from nhanes_donors

)

select * from follow_up
