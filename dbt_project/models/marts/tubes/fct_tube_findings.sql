-- One row per thing about a tube that cannot be as it is told. Nothing is mended: the rows that
-- say it stay in every mart as they are.

with

movements as (

    select * from {{ ref('fct_tube_movements') }}

),

accounts as (

    select * from {{ ref('fct_tube_accounts') }}

),

tubes as (

    select * from {{ ref('dim_tubes') }}

),

answered as (

    select * from {{ ref('int_tubes__answered') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

last_inventories as (

    select
        collection_id,
        max(as_of) as inventory_date
    from {{ source('ops', 'linkages') }}
    where source = 'biobank' and table_name = 'tubes'
    group by collection_id

),

-- The measures before and after make a finding one that can be looked into.
of_movements as (

    select
        collection_id,
        finding_code,
        tube_barcode,
        donor_id,
        null as study_code,
        null as project_id,
        null as laboratory,
        movement_date as found_date,
        case
            when finding_code = 'volume_grew'
                then format('%s to %s uL', volume_before_ul, volume_after_ul)
            when finding_code = 'thaws_fell' then format('%s to %s', thaws_before, thaws_after)
            when finding_code = 'revived' then format('%s to %s', status_before, status_after)
        end as finding_detail,
        delivery_id
    from movements
    where finding_code is not null

),

-- Cross join: the codes of one account are one text.
of_accounts as (

    select
        accounts.collection_id,
        codes.finding_code,
        accounts.tube_barcode,
        accounts.donor_id,
        accounts.study_code,
        accounts.project_id,
        accounts.laboratory,
        coalesce(accounts.inventory_date, accounts.result_date, accounts.shipped_date)
        as found_date,
        case
            when codes.finding_code = 'never_back'
                then format('%s days since %s', accounts.days_out, accounts.shipped_date)
            when codes.finding_code in (
                    'used_up_but_stored', 'volume_not_lowered', 'volume_grew_at_laboratory',
                    'sent_more_than_held', 'used_more_than_sent'
                )
                then concat_ws(
                        ', ',
                        accounts.volume_before_ul || ' uL before',
                        accounts.volume_sent_ul || ' sent',
                        accounts.volume_used_ul || ' used',
                        accounts.volume_after_ul || ' after'
                    )
            when codes.finding_code = 'thaws_not_counted'
                then concat_ws(
                        ', ',
                        accounts.thaws_sent || ' by the shipment',
                        accounts.thaws_laboratory || ' by the laboratory',
                        accounts.thaws_after || ' by the inventory'
                    )
        end as finding_detail,
        accounts.delivery_id
    from accounts
    cross join lateral string_to_table(accounts.findings, ',') as codes (finding_code)

),

places as (

    select
        *,
        count(*) over (
            partition by collection_id, freezer, rack, box, position
        ) as n_on_place
    from tubes

),

-- Left joins: most tubes are no aliquots, and most were never sent.
related as (

    select
        places.*,
        last_inventories.inventory_date,
        parents.tube_barcode as parent_found,
        parents.draw_id as parent_draw_id,
        exists(
            select 1
            from shipments
            where
                shipments.collection_id = places.collection_id
                and shipments.tube_barcode = places.tube_barcode
        ) as is_sent
    from places
    left join tubes as parents
        on
            places.collection_id = parents.collection_id
            and places.parent_barcode = parents.tube_barcode
    left join last_inventories on places.collection_id = last_inventories.collection_id

),

-- Cross join: the conditions choose the findings.
of_tubes as (

    select
        related.collection_id,
        kinds.finding_code,
        related.tube_barcode,
        related.donor_id,
        null as study_code,
        null as project_id,
        null as laboratory,
        related.inventory_date as found_date,
        kinds.finding_detail,
        related.delivery_id
    from related
    cross join
        lateral (
            values
            (
                'place_shared',
                concat_ws(' ', related.freezer, related.rack, related.box, related.position),
                related.position is not null and related.n_on_place > 1
            ),
            (
                'parent_unknown',
                related.parent_barcode,
                related.parent_barcode is not null and related.parent_found is null
            ),
            (
                'aliquot_of_other_draw',
                related.parent_barcode,
                related.parent_draw_id <> related.draw_id
            ),
            (
                'issued_without_shipment',
                null,
                related.tube_status = 'issued' and not related.is_sent
            )
        ) as kinds (finding_code, finding_detail, is_found)
    where kinds.is_found

),

-- The door keeps out codes that were never issued; one gets here when the shipment that issued it
-- was corrected afterwards.
never_issued as (

    select
        answered.collection_id,
        'result_never_issued' as finding_code,
        null as tube_barcode,
        null as donor_id,
        answered.study_code,
        answered.project_id,
        answered.laboratory,
        answered.result_date as found_date,
        null as finding_detail,
        answered.delivery_id
    from answered
    where
        not exists (
            select 1
            from shipments
            where
                shipments.collection_id = answered.collection_id
                and shipments.study_code = answered.study_code
        )

),

told as (

    select * from of_movements

    union all

    select * from of_accounts

    union all

    select * from of_tubes

    union all

    select * from never_issued

),

findings as (

    select
        collection_id,
        finding_code,
        tube_barcode,
        donor_id,
        study_code,
        project_id,
        laboratory,
        found_date,
        finding_detail,
        delivery_id,
        md5(concat_ws(
            '|', collection_id, finding_code, tube_barcode, study_code, found_date, delivery_id
        )) as finding_id
    from told

)

select * from findings
