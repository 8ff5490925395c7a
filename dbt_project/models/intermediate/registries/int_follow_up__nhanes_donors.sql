-- One row per person of the survey: how long the public mortality linkage follows them, and why
-- it stops.

with

demographics as (

    select
        collection_id,
        donor_id,
        age_years
    from {{ ref('stg_nhanes_survey__demographics_c') }}

    union all

    select
        collection_id,
        donor_id,
        age_years
    from {{ ref('stg_nhanes_survey__demographics_d') }}

),

mortality as (

    select
        collection_id,
        donor_id,
        vital_status_code,
        leading_cause_code,
        months_from_interview,
        delivery_id
    from {{ ref('stg_nhanes_mortality__mortality_2003') }}

    union all

    select
        collection_id,
        donor_id,
        vital_status_code,
        leading_cause_code,
        months_from_interview,
        delivery_id
    from {{ ref('stg_nhanes_mortality__mortality_2005') }}

),

-- Left join: a person whom the linkage does not hold is kept, as not followed.
followed as (

    select
        demographics.collection_id,
        demographics.donor_id,
        demographics.age_years::smallint as age_at_entry_years,
        mortality.months_from_interview,
        mortality.leading_cause_code as underlying_cause_code,
        mortality.delivery_id,
        case
            when mortality.vital_status_code = '1' then 'death'
            when mortality.vital_status_code = '0' then 'end_of_linkage'
            else 'not_followed'
        end as exit_reason_code

    from demographics

    left join mortality
        on
            demographics.collection_id = mortality.collection_id
            and demographics.donor_id = mortality.donor_id

)

select * from followed
