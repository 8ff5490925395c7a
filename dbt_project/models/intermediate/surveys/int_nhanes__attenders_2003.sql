-- One row per person of NHANES 2003-2004, with the answers and measurements that are harmonised.

with

demographics as (

    select * from {{ ref('stg_nhanes_survey__demographics_c') }}

),

smoking as (

    select * from {{ ref('stg_nhanes_survey__smoking_c') }}

),

body_measures as (

    select * from {{ ref('stg_nhanes_survey__body_measures_c') }}

),

cholesterol as (

    select * from {{ ref('stg_nhanes_survey__cholesterol_c') }}

),

-- Left joins: the interviewed are everybody, the examined and the sampled are parts of them.
attenders as (

    select
        demographics.delivery_id,
        demographics.collection_id,
        demographics.donor_id,
        demographics.line_number,
        demographics.education_code,
        smoking.smoked_100_cigarettes_code,
        smoking.smokes_now_code,
        smoking.cigarettes_per_day,
        body_measures.height_cm,
        body_measures.weight_kg,
        cholesterol.total_cholesterol_mmol_l,
        cholesterol.hdl_cholesterol_mmol_l

    from demographics

    left join smoking
        on demographics.donor_id = smoking.donor_id

    left join body_measures
        on demographics.donor_id = body_measures.donor_id

    left join cholesterol
        on demographics.donor_id = cholesterol.donor_id

)

select * from attenders
