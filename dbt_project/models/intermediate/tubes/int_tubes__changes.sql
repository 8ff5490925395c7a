-- One row per tube and span of inventories in which it was alike, beside what was before.

with

spans as (

    select * from {{ ref('int_history__biobank__tubes') }}

),

placed as (

    select
        collection_id,
        tube_barcode,
        known_from,
        known_to,
        change,
        draw_id,
        volume_ul,
        thaw_count,
        tube_status,
        parent_barcode,
        delivery_id,
        nullif(concat_ws(' ', freezer, rack, box, position), '') as place
    from spans

),

-- A retracted span keeps what was last known, so the span after it is compared with that.
compared as (

    select
        *,
        lag(draw_id) over by_tube as draw_id_before,
        lag(volume_ul) over by_tube as volume_before_ul,
        lag(thaw_count) over by_tube as thaws_before,
        lag(tube_status) over by_tube as status_before,
        lag(place) over by_tube as place_before,
        lag(parent_barcode) over by_tube as parent_before
    from placed
    window by_tube as (
        partition by collection_id, tube_barcode
        order by known_from
    )

)

select * from compared
