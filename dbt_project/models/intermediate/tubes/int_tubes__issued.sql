-- One row per tube and day on which it was sent out: the tube by the last inventory before and by
-- the last one after, until it is sent again. Nothing is judged here. It is a table: as a view it
-- was taken for one row, and the accounts of 20,000 tubes took minutes.

with

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

changes as (

    select * from {{ ref('int_tubes__changes') }}

),

inventories as (

    select
        collection_id,
        as_of
    from {{ source('ops', 'linkages') }}
    where source = 'biobank' and table_name = 'tubes'

),

days as (

    select distinct
        collection_id,
        tube_barcode,
        shipped_date
    from shipments

),

-- A tube that goes out again had come back: each time it is followed until the next.
sent_tubes as (

    select
        *,
        lead(shipped_date) over (
            partition by collection_id, tube_barcode
            order by shipped_date
        ) as next_shipped_date
    from days

),

periods as (

    select distinct
        collection_id,
        shipped_date,
        next_shipped_date
    from sent_tubes

),

-- An inventory of the very day may be older than the shipment, so only later ones tell what became
-- of the tube. Left join: there may be no inventory.
dated as (

    select
        periods.collection_id,
        periods.shipped_date,
        periods.next_shipped_date,
        max(inventories.as_of) filter (where inventories.as_of <= periods.shipped_date)
        as inventory_before,
        max(inventories.as_of) filter (
            where
            inventories.as_of > periods.shipped_date
            and inventories.as_of <= coalesce(periods.next_shipped_date, inventories.as_of)
        ) as inventory_after,
        max(inventories.as_of) as last_inventory
    from periods
    left join inventories on periods.collection_id = inventories.collection_id
    group by periods.collection_id, periods.shipped_date, periods.next_shipped_date

),

-- Inner join: every sent tube has its period. Left joins: the tube may not be in the inventory.
issued as (

    select
        sent_tubes.collection_id,
        sent_tubes.tube_barcode,
        sent_tubes.shipped_date,
        sent_tubes.next_shipped_date,
        dated.inventory_before,
        dated.inventory_after,
        dated.last_inventory,
        earlier.change as change_before,
        earlier.tube_status as status_before,
        earlier.volume_ul as volume_before_ul,
        earlier.thaw_count as thaws_before,
        later.change as change_after,
        later.tube_status as status_after,
        later.volume_ul as volume_after_ul,
        later.thaw_count as thaws_after
    from sent_tubes
    inner join dated
        on
            sent_tubes.collection_id = dated.collection_id
            and sent_tubes.shipped_date = dated.shipped_date
            and sent_tubes.next_shipped_date is not distinct from dated.next_shipped_date
    left join changes as earlier
        on
            sent_tubes.collection_id = earlier.collection_id
            and sent_tubes.tube_barcode = earlier.tube_barcode
            and dated.inventory_before >= earlier.known_from
            and dated.inventory_before < coalesce(earlier.known_to, 'infinity'::date)
    left join changes as later
        on
            sent_tubes.collection_id = later.collection_id
            and sent_tubes.tube_barcode = later.tube_barcode
            and dated.inventory_after >= later.known_from
            and dated.inventory_after < coalesce(later.known_to, 'infinity'::date)

)

select * from issued
