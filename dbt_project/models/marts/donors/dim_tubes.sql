-- One row per barcoded tube.

with

tubes as (

    select * from {{ ref('stg_biobank__tubes') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

-- Left join: the contract keeps tubes of unknown draws out, and if one slips by it is not lost.
placed as (

    select
        tubes.collection_id,
        tubes.tube_barcode,
        tubes.draw_id,
        draws.donor_id,
        tubes.material_code,
        tubes.volume_ul,
        tubes.thaw_count,
        tubes.tube_status,
        tubes.freezer,
        tubes.rack,
        tubes.box,
        tubes.position,
        tubes.parent_barcode,
        tubes.delivery_id

    from tubes

    left join draws
        on
            tubes.collection_id = draws.collection_id
            and tubes.draw_id = draws.draw_id

)

select * from placed
