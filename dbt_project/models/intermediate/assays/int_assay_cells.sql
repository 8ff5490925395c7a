-- One row per cell of a return that holds a result of a sample or a control, with its number on the
-- natural logarithm, where ratios are differences.

with

results as (

    select * from {{ ref('stg_laboratories__results') }}

),

analytes as (

    select * from {{ ref('int_analytes__returned') }}

),

returned as (

    select * from {{ source('ops', 'returns') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

-- Inner joins: every delivery of the source has a form, and every result an analyte. Left join:
-- controls were not sent by the bank. NPX are logarithms to base 2 already.
cells as (

    select
        results.collection_id,
        results.delivery_id,
        returned.platform,
        analytes.analyte_id,
        results.panel,
        results.sample_kind,
        results.sample_code,
        shipments.tube_barcode,
        shipments.is_blinded_duplicate,
        results.plate_id,
        results.well,
        results.batch_id,
        results.run_date,
        results.status_code,
        results.value,
        results.unit,
        case
            when results.status_code not in ('detected', 'below_lloq') then null
            when results.unit = 'NPX' then results.value * ln(2::numeric)
            when results.value > 0 then ln(results.value)
        end::double precision as log_value

    from results

    inner join returned
        on results.delivery_id = returned.delivery_id

    inner join analytes
        on
            results.delivery_id = analytes.delivery_id
            and results.native_file = analytes.native_file
            and results.analyte_code = analytes.analyte_code
            and coalesce(results.panel, '') = coalesce(analytes.panel, '')

    left join shipments
        on
            results.collection_id = shipments.collection_id
            and results.study_code = shipments.study_code

    where results.sample_kind in ('sample', 'control')

)

select * from cells
