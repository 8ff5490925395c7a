-- One row per study code sent to a laboratory. Case or control, and the set, are there once the
-- seal of the shipment was opened, and not before.

with

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

opened as (

    select * from {{ source('governance', 'opened_status') }}

),

-- Left join: most shipments are sealed, or are older than sealing. What the bank's own list says
-- of sets is not used: it is there before the seal is opened.
told as (

    select
        shipments.collection_id,
        shipments.study_code,
        shipments.donor_id,
        shipments.tube_barcode,
        shipments.project_id,
        shipments.shipment_id,
        shipments.laboratory,
        shipments.shipped_date,
        shipments.is_blinded_duplicate,
        opened.matched_status,
        opened.set_number,
        shipments.delivery_id

    from shipments

    left join opened
        on
            shipments.study_code = opened.study_code
            and shipments.shipment_id = opened.shipment_id

)

select * from told
