-- One row per person of NHANES 2005-2006, with the answers and measurements that are harmonised.

with

demographics as (

    select * from {{ ref('stg_nhanes_survey__demographics_d') }}

),

smoking as (

    select * from {{ ref('stg_nhanes_survey__smoking_d') }}

),

body_measures as (

    select * from {{ ref('stg_nhanes_survey__body_measures_d') }}

),

cholesterol as (

    select * from {{ ref('stg_nhanes_survey__cholesterol_d') }}

),

hdl as (

    select * from {{ ref('stg_nhanes_survey__hdl_d') }}

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
        hdl.hdl_cholesterol_mmol_l

    from demographics

    left join smoking
        on demographics.donor_id = smoking.donor_id

    left join body_measures
        on demographics.donor_id = body_measures.donor_id

    left join cholesterol
        on demographics.donor_id = cholesterol.donor_id

    left join hdl
        on demographics.donor_id = hdl.donor_id

)

select * from attenders
