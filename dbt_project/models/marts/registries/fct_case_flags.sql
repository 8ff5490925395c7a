-- One row per tumour and rule of the registry that it breaks; a flag never drops a tumour.

with

flagged as (

    select * from {{ ref('int_case_checks__flagged') }}

),

flags as (

    select
        collection_id,
        tumour_id,
        rule_code,
        severity,
        donor_id,
        delivery_id
    from flagged

)

select * from flags
