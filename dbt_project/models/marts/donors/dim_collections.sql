-- One row per collection: a biobank or cohort whose people the warehouse holds.

with

codes as (

    select * from {{ ref('collection') }}

),

collections as (

    select
        code as collection_id,
        label_no as name_no,
        label_en as name_en

    from codes

)

select * from collections
