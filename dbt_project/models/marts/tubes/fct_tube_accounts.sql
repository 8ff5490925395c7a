-- One row per study code sent out: what was sent, what came back of the tube and of results, by
-- the bank's inventory and by the laboratory, and where the two cannot both be right.

with

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

issued as (

    select * from {{ ref('int_tubes__issued') }}

),

answers as (

    select * from {{ ref('int_tubes__answered') }}

),

measurements as (

    select * from {{ ref('fct_measurements') }}

),

answered as (

    select
        collection_id,
        study_code,
        bool_or(has_results) as has_results,
        max(result_date) filter (where has_results) as result_date,
        array_agg(distinct platform) filter (where has_results and platform is not null)
        as platforms,
        sum(volume_used_ul) as volume_used_ul,
        max(thaws_laboratory) as thaws_laboratory,
        max(laboratory_reason) as laboratory_reason
    from answers
    group by collection_id, study_code

),

-- The same analyte in a rerun is one analyte.
measured as (

    select
        collection_id,
        study_code,
        count(distinct analyte_id) as n_analytes,
        array_agg(distinct platform) as platforms
    from measurements
    where study_code is not null and status_code <> 'missing'
    group by collection_id, study_code

),

-- Inner join: the tube and day of every study code are among those that were sent. Left joins:
-- most codes of a running project have no answer yet.
gathered as (

    select
        shipments.*,
        issued.change_before,
        issued.status_before,
        issued.volume_before_ul,
        issued.thaws_before,
        issued.change_after,
        issued.status_after,
        issued.inventory_after,
        issued.next_shipped_date,
        issued.last_inventory,
        answered.result_date,
        answered.volume_used_ul,
        answered.thaws_laboratory,
        answered.laboratory_reason,
        case when issued.change_after <> 'retracted' then issued.volume_after_ul end
        as volume_after_ul,
        case when issued.change_after <> 'retracted' then issued.thaws_after end as thaws_after,
        coalesce(answered.has_results, false) as has_results,
        coalesce(measured.n_analytes, 0) as n_analytes,
        array(
            select distinct named.platform
            from unnest(measured.platforms || answered.platforms) as named (platform)
            order by named.platform
        ) as platforms
    from shipments
    inner join issued
        on
            shipments.collection_id = issued.collection_id
            and shipments.tube_barcode = issued.tube_barcode
            and shipments.shipped_date = issued.shipped_date
    left join answered
        on
            shipments.collection_id = answered.collection_id
            and shipments.study_code = answered.study_code
    left join measured
        on
            shipments.collection_id = measured.collection_id
            and shipments.study_code = measured.study_code

),

-- Material on a plate was taken out of the tube, which stayed: the tube has lost what was sent and
-- was thawed for that. A tube that went itself has lost what the laboratory used, and was thawed as
-- often as the laboratory says.
taken as (

    select
        *,
        case when plate_id is null then volume_used_ul else volume_ul end as taken_ul,
        case
            when plate_id is null then greatest(thaw_count, thaws_laboratory)
            else thaw_count
        end as thaws_told
    from gathered

),

-- A tube may go under two codes, as a blinded duplicate does: what was taken of it adds up. A
-- shipment that nobody answers has simply not been measured yet.
weighed as (

    select
        *,
        sum(taken_ul) over by_tube as tube_taken_ul,
        sum(volume_ul) over by_tube as tube_sent_ul,
        max(thaws_told) over by_tube as tube_thaws_told,
        bool_or(has_results) over (
            partition by collection_id, project_id, laboratory, shipped_date
        ) as is_answered_for_others
    from taken
    window by_tube as (partition by collection_id, tube_barcode, shipped_date)

),

-- Only an inventory that is later than the shipment can say that the tube is back.
stated as (

    select
        *,
        case
            when change_after = 'retracted' or status_after = 'missing' then 'missing'
            when status_after = 'used_up' then 'used_up'
            when status_after = 'stored' or next_shipped_date is not null then 'returned'
            else 'out'
        end as tube_state
    from weighed

),

timed as (

    select
        *,
        case when tube_state = 'out' then greatest(last_inventory - shipped_date, 0) end as days_out
    from stated

),

judged as (

    select
        *,
        nullif(concat_ws(
            ',',
            case
                when is_answered_for_others and not has_results and laboratory_reason is null
                    then 'no_answer'
            end,
            case when days_out > {{ days_a_tube_may_be_out() }} then 'never_back' end,
            case when change_after = 'retracted' then 'gone_after_shipping' end,
            case
                when change_before = 'retracted' or status_before in ('used_up', 'missing')
                    then 'sent_though_gone'
            end,
            case when tube_sent_ul > volume_before_ul then 'sent_more_than_held' end,
            case when volume_used_ul > volume_ul then 'used_more_than_sent' end,
            case
                when tube_taken_ul >= volume_before_ul and volume_after_ul > 0
                    then 'used_up_but_stored'
                when volume_after_ul > volume_before_ul then 'volume_grew_at_laboratory'
                when volume_after_ul > volume_before_ul - tube_taken_ul then 'volume_not_lowered'
            end,
            case when tube_thaws_told > thaws_after then 'thaws_not_counted' end
        ), '') as findings
    from timed

),

accounts as (

    select
        collection_id,
        study_code,
        tube_barcode,
        donor_id,
        project_id,
        laboratory,
        shipment_id,
        shipped_date,
        is_blinded_duplicate,
        tube_state,
        days_out,
        has_results,
        result_date,
        n_analytes::integer as n_analytes,
        laboratory_reason,
        volume_before_ul,
        volume_ul as volume_sent_ul,
        volume_used_ul,
        volume_after_ul,
        thaws_before,
        thaw_count as thaws_sent,
        thaws_laboratory,
        thaws_after,
        inventory_after as inventory_date,
        findings,
        delivery_id,
        cardinality(platforms) as n_platforms,
        nullif(array_to_string(platforms, ','), '') as platforms
    from judged

)

select * from accounts
