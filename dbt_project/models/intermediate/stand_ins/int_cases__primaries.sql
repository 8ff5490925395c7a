-- One row per current case: every tumour is counted as a primary of its own.
-- STAND-IN until the rules of multiple primaries exist; delete this folder then.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

counted as (

    select
        collection_id,
        tumour_id,
        true as is_primary,
        tumour_id as primary_tumour_id,
        'stand_in' as reason
    from cases

)

select * from counted
