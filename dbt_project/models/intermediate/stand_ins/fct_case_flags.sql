-- One row per flag of a case: none.
-- STAND-IN until the checks of the registries exist; delete this folder then.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

flags as (

    select
        collection_id,
        tumour_id,
        'stand_in' as rule_code,
        'error' as severity
    from cases
    where false

)

select * from flags
