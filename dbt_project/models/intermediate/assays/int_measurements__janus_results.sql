-- One row per analyte and shipped sample of a laboratory's return, brought home to its donor.

with

counts as (

    select * from {{ ref('stg_sequencing_lab__small_rna_counts') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

results as (

    -- A sequencer counts: no reads is a finding, and there is no other limit of detection.
    select
        collection_id,
        delivery_id,
        study_code,
        analyte_code,
        read_count::numeric as value_reported,
        '{reads}' as unit,
        1::numeric as lod,
        null as plate_id,
        null as well,
        null as batch_id,
        null::date as run_date,
        null as method_version,
        case when read_count > 0 then 'detected' else 'below_lod' end as status_code
    from counts

),

-- Inner join: a result whose code was never shipped has no donor; the contract keeps it out.
brought_home as (

    select
        results.collection_id,
        shipments.donor_id,
        shipments.tube_barcode,
        shipments.project_id,
        shipments.is_blinded_duplicate,
        results.study_code,
        results.analyte_code as analyte_id,
        results.value_reported,
        results.status_code,
        results.unit,
        results.lod,
        results.plate_id,
        results.well,
        results.batch_id,
        results.run_date,
        results.method_version,
        results.delivery_id

    from results

    inner join shipments
        on
            results.collection_id = shipments.collection_id
            and results.study_code = shipments.study_code

)

select * from brought_home
