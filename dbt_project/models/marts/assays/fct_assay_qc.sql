-- One row per return, analyte and panel: how much of it was measured, how far repetitions lie
-- apart, whether plates drift.

with

cells as (

    select * from {{ ref('int_assay_cells') }}

),

repeats as (

    select * from {{ ref('int_assay_repeats') }}

),

drift as (

    select * from {{ ref('int_assay_drift') }}

),

in_lake as (

    select * from {{ ref('int_assay_lake_analytes') }}

),

limits as (

    select
        max(limit_value) filter (where assay_limit = 'least_plates') as least_plates,
        max(limit_value) filter (where assay_limit = 'plate_order_correlation')
        as plate_order_correlation,
        max(limit_value) filter (where assay_limit = 'change_per_plate') as change_per_plate,
        max(limit_value) filter (where assay_limit = 'largest_plate_deviation')
        as largest_plate_deviation
    from {{ ref('assay_limits') }}

),

-- What is below or above a limit was measured; what is missing, failed or left out was not.
counted as (

    select
        collection_id,
        delivery_id,
        platform,
        analyte_id,
        panel,
        count(*) as n_values,
        count(*) filter (
            where status_code in ('detected', 'below_lod', 'below_lloq', 'above_uloq')
        ) as n_called,
        count(*) filter (where status_code = 'below_lod') as n_below_lod
    from cells
    where sample_kind = 'sample'
    group by collection_id, delivery_id, platform, analyte_id, panel

    union all

    -- Counted where the cells are: in the lake, when the return was accepted.
    select
        collection_id,
        delivery_id,
        platform,
        analyte_id,
        panel,
        n_values,
        n_called,
        n_below_lod
    from in_lake

),

-- Left joins: not every return has repetitions or plates.
-- The limits are one row.
judged as (

    select
        counted.collection_id,
        counted.delivery_id,
        counted.platform,
        counted.analyte_id,
        counted.panel,
        counted.n_values,
        repeats.cv_within_plate,
        repeats.cv_between_plates,
        repeats.cv_controls,
        drift.n_plates,
        drift.plate_order_correlation,
        drift.change_per_plate,
        drift.largest_plate_deviation,
        md5(concat_ws(
            '|', counted.delivery_id, coalesce(counted.panel, ''), counted.analyte_id
        )) as qc_id,
        round(counted.n_called::numeric / counted.n_values, 6) as call_rate,
        round(counted.n_below_lod::numeric / nullif(counted.n_called, 0), 6) as share_below_lod,
        coalesce(repeats.n_within_plate, 0) as n_within_plate,
        coalesce(repeats.n_between_plates, 0) as n_between_plates,
        coalesce(repeats.n_controls, 0) as n_controls,
        coalesce(
            drift.n_plates >= limits.least_plates
            and (
                abs(drift.plate_order_correlation) >= limits.plate_order_correlation
                and abs(drift.change_per_plate) >= limits.change_per_plate
                or drift.largest_plate_deviation >= limits.largest_plate_deviation
            ),
            false
        ) as is_drifting

    from counted

    left join repeats
        on
            counted.delivery_id = repeats.delivery_id
            and counted.analyte_id = repeats.analyte_id
            and coalesce(counted.panel, '') = coalesce(repeats.panel, '')

    left join drift
        on
            counted.delivery_id = drift.delivery_id
            and counted.analyte_id = drift.analyte_id
            and coalesce(counted.panel, '') = coalesce(drift.panel, '')

    cross join limits

)

select * from judged
