-- One row per result of a laboratory's return for a sample of the bank, brought home to its donor.

with

results as (

    select * from {{ ref('stg_laboratories__results') }}

),

samples as (

    select * from {{ ref('stg_laboratories__samples') }}

),

analytes as (

    select * from {{ ref('int_analytes__returned') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

tubes as (

    select * from {{ ref('stg_biobank__tubes') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

-- When the tube was drawn. Left joins: a result keeps its donor though the inventory has lost its
-- tube. A sample has many results, so it is worked out once for each sample and not again for each
-- of them, which is why it is materialised.
sent as materialized (

    select
        shipments.collection_id,
        shipments.study_code,
        shipments.donor_id,
        shipments.tube_barcode,
        shipments.project_id,
        shipments.is_blinded_duplicate,
        shipments.shipped_date,
        shipments.thaw_count,
        draws.draw_date

    from shipments

    left join tubes
        on
            shipments.collection_id = tubes.collection_id
            and shipments.tube_barcode = tubes.tube_barcode

    left join draws
        on
            tubes.collection_id = draws.collection_id
            and tubes.draw_id = draws.draw_id

),

-- Of a sample's runs in a return, the laboratory may say how often the tube was thawed by then.
thawed as (

    select
        delivery_id,
        study_code,
        max(thaws_after) as thaws_after
    from samples
    where study_code is not null
    group by delivery_id, study_code

),

-- Inner joins: a code that was never sent has no donor, and every result has an analyte, which
-- tells the form's platform and laboratory. Left join: not every laboratory counts thaws.
-- Thaws are what the laboratory says, else one more than at sending: to measure is to thaw.
brought_home as (

    select
        results.collection_id,
        sent.donor_id,
        sent.tube_barcode,
        sent.project_id,
        sent.is_blinded_duplicate,
        results.study_code,
        results.native_file,
        results.replicate,
        analytes.analyte_id,
        results.analyte_code,
        results.panel,
        results.value as value_reported,
        results.value_text,
        results.status_code,
        results.unit,
        results.lod,
        results.lloq,
        results.uloq,
        results.plate_id,
        results.well,
        results.batch_id,
        results.run_date,
        results.method_version,
        analytes.platform,
        analytes.laboratory,
        results.delivery_id,
        coalesce(thawed.thaws_after, sent.thaw_count + 1) as thaw_count,
        coalesce(results.run_date, sent.shipped_date) - sent.draw_date as storage_days

    from results

    inner join sent
        on
            results.collection_id = sent.collection_id
            and results.study_code = sent.study_code

    inner join analytes
        on
            results.delivery_id = analytes.delivery_id
            and results.native_file = analytes.native_file
            and results.analyte_code = analytes.analyte_code
            and coalesce(results.panel, '') = coalesce(analytes.panel, '')

    left join thawed
        on
            results.delivery_id = thawed.delivery_id
            and results.study_code = thawed.study_code

)

select * from brought_home
