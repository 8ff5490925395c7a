-- One row per tumour: the primary it is counted with by IARC/IACR 2004, and why.

with

primaries as (

    select * from {{ ref('int_cases__primaries') }}

),

reasons as (

    select * from {{ ref('primary_reason') }}

),

-- Left join: a tumour is kept whatever the reason is called.
explained as (

    select
        primaries.collection_id,
        primaries.tumour_id,
        primaries.donor_id,
        primaries.is_primary,
        primaries.primary_tumour_id,
        primaries.primary_site_group_code,
        primaries.histology_group_code,
        primaries.primary_histology_group_code,
        primaries.primary_morphology_code,
        primaries.reason as primary_reason_code,
        reasons.label_en as primary_reason,
        primaries.delivery_id

    from primaries

    left join reasons
        on primaries.reason = reasons.code

)

select * from explained
