-- One row per tube and thing that happened to it: what inventories, shipments and returns tell.
-- What cannot be (a volume that grows) is a row like any other, with its finding.

with

changes as (

    select * from {{ ref('int_tubes__changes') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

answered as (

    select * from {{ ref('int_tubes__answered') }}

),

-- One change of the inventory may be several movements: a tube that came back with less, thawed
-- once more, has three. A tube that is not in an inventory keeps what was last known of it.
-- Cross join: the conditions choose the movements; a span that only says otherwise what no
-- movement tells has none.
told as (

    select
        changes.*,
        kinds.movement_kind,
        kinds.finding_code
    from changes
    cross join
        lateral (
            values
            ('first_seen', null, changes.change = 'new'),
            ('aliquoted', null, changes.change = 'new' and changes.parent_barcode is not null),
            ('left_inventory', 'left_inventory', changes.change = 'retracted'),
            ('reentered_inventory', null, changes.change = 'reinstated'),
            (
                'moved', null,
                changes.change <> 'retracted' and changes.tube_status = changes.status_before
                and changes.place is distinct from changes.place_before
            ),
            ('volume_fell', null, changes.volume_ul < changes.volume_before_ul),
            ('volume_rose', 'volume_grew', changes.volume_ul > changes.volume_before_ul),
            ('thawed', null, changes.thaw_count > changes.thaws_before),
            ('thaws_fell', 'thaws_fell', changes.thaw_count < changes.thaws_before),
            (
                'issued',
                null,
                changes.tube_status = 'issued' and changes.status_before in ('stored', 'missing')
            ),
            (
                'came_back',
                null,
                changes.tube_status = 'stored' and changes.status_before = 'issued'
            ),
            (
                'used_up', null,
                changes.tube_status = 'used_up'
                and changes.status_before in ('stored', 'issued', 'missing')
            ),
            (
                'went_missing', null,
                changes.tube_status = 'missing' and changes.status_before in ('stored', 'issued')
            ),
            ('found', null, changes.tube_status = 'stored' and changes.status_before = 'missing'),
            (
                'revived',
                'revived',
                changes.tube_status <> 'used_up' and changes.status_before = 'used_up'
            ),
            ('draw_changed', 'draw_changed', changes.draw_id <> changes.draw_id_before),
            (
                'parent_changed', 'parent_changed',
                changes.change <> 'new'
                and changes.parent_barcode is distinct from changes.parent_before
            )
        ) as kinds (movement_kind, finding_code, has_happened)
    where kinds.has_happened

),

-- Left join: the contract keeps tubes of unknown draws out, and if one slips by it is not lost.
inventoried as (

    select
        told.collection_id,
        told.tube_barcode,
        draws.donor_id,
        told.known_from as movement_date,
        told.movement_kind,
        'inventory' as movement_source,
        told.place_before,
        told.status_before,
        told.volume_before_ul,
        told.volume_ul as volume_after_ul,
        told.thaws_before,
        told.thaw_count as thaws_after,
        told.parent_barcode,
        told.finding_code,
        told.delivery_id,
        case when told.change <> 'retracted' then told.place end as place_after,
        case when told.change <> 'retracted' then told.tube_status end as status_after
    from told
    left join draws
        on
            told.collection_id = draws.collection_id
            and told.draw_id = draws.draw_id

),

-- Inner join: results of a code that no shipment knows have no tube; they are a finding.
results as (

    select
        shipments.collection_id,
        shipments.tube_barcode,
        shipments.donor_id,
        answered.result_date,
        shipments.project_id,
        shipments.laboratory,
        shipments.study_code,
        answered.volume_used_ul,
        answered.thaws_laboratory,
        answered.delivery_id
    from answered
    inner join shipments
        on
            answered.collection_id = shipments.collection_id
            and answered.study_code = shipments.study_code

),

movements as (

    select
        collection_id,
        md5(concat_ws('|', collection_id, tube_barcode, movement_kind, movement_date))
        as movement_id,
        tube_barcode,
        donor_id,
        movement_date,
        movement_kind,
        movement_source,
        place_before,
        place_after,
        status_before,
        status_after,
        volume_before_ul,
        volume_after_ul,
        null::numeric as volume_used_ul,
        thaws_before,
        thaws_after,
        parent_barcode,
        null as project_id,
        null as laboratory,
        null as study_code,
        finding_code,
        delivery_id
    from inventoried

    union all

    -- What is sent is what the shipment says; before it came the thaw for taking it out.
    select
        collection_id,
        md5(concat_ws('|', collection_id, tube_barcode, 'sent', study_code)) as movement_id,
        tube_barcode,
        donor_id,
        shipped_date as movement_date,
        'sent' as movement_kind,
        'shipment' as movement_source,
        null as place_before,
        laboratory as place_after,
        null as status_before,
        'issued' as status_after,
        null::integer as volume_before_ul,
        volume_ul as volume_after_ul,
        null::numeric as volume_used_ul,
        null::smallint as thaws_before,
        thaw_count as thaws_after,
        null as parent_barcode,
        project_id,
        laboratory,
        study_code,
        null as finding_code,
        delivery_id
    from shipments

    union all

    select
        collection_id,
        md5(concat_ws('|', collection_id, tube_barcode, 'result_came', study_code, delivery_id))
        as movement_id,
        tube_barcode,
        donor_id,
        result_date as movement_date,
        'result_came' as movement_kind,
        'return' as movement_source,
        laboratory as place_before,
        null as place_after,
        null as status_before,
        null as status_after,
        null::integer as volume_before_ul,
        null::integer as volume_after_ul,
        volume_used_ul,
        null::smallint as thaws_before,
        thaws_laboratory as thaws_after,
        null as parent_barcode,
        project_id,
        laboratory,
        study_code,
        null as finding_code,
        delivery_id
    from results

)

select * from movements
