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

-- What is below or above a limit was measured; what is missing, failed or left out was not. In the
-- middle, what is below the limit of detection is less than every number.
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
        count(*) filter (where status_code = 'below_lod') as n_below_lod,
        {{ only_value('unit') }} as unit,
        percentile_cont(0.5) within group (
            order by
                case
                    when status_code = 'below_lod' then '-infinity'
                    when status_code = 'above_uloq' then 'infinity'
                    when status_code in ('detected', 'below_lloq') then value::double precision
                end
        ) as middle
    from cells
    where sample_kind = 'sample'
    group by collection_id, delivery_id, platform, analyte_id, panel

),

-- Left joins: not every return has repetitions or plates. Numbers of two units have no median.
measured as (

    select
        counted.collection_id,
        counted.delivery_id,
        counted.platform,
        counted.analyte_id,
        counted.panel,
        counted.n_values,
        counted.n_called,
        counted.n_below_lod,
        counted.unit,
        repeats.n_within_plate,
        repeats.cv_within_plate,
        repeats.n_between_plates,
        repeats.cv_between_plates,
        repeats.n_controls,
        repeats.cv_controls,
        drift.n_plates,
        drift.plate_order_correlation,
        drift.change_per_plate,
        drift.largest_plate_deviation,
        case when counted.unit is not null and abs(counted.middle) < 'infinity'
                then counted.middle
        end as median_value

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

    union all

    select
        collection_id,
        delivery_id,
        platform,
        analyte_id,
        panel,
        n_values,
        n_called,
        n_below_lod,
        unit,
        n_within_plate,
        cv_within_plate,
        n_between_plates,
        cv_between_plates,
        n_controls,
        cv_controls,
        n_plates,
        plate_order_correlation,
        change_per_plate,
        largest_plate_deviation,
        median_value
    from in_lake

),

-- The limits are one row.
judged as (

    select
        measured.collection_id,
        measured.delivery_id,
        measured.platform,
        measured.analyte_id,
        measured.panel,
        measured.n_values,
        measured.unit,
        measured.median_value::numeric as median_value,
        measured.cv_within_plate,
        measured.cv_between_plates,
        measured.cv_controls,
        measured.n_plates,
        measured.plate_order_correlation,
        measured.change_per_plate,
        measured.largest_plate_deviation,
        md5(concat_ws(
            '|', measured.delivery_id, coalesce(measured.panel, ''), measured.analyte_id
        )) as qc_id,
        round(measured.n_called::numeric / measured.n_values, 6) as call_rate,
        round(measured.n_below_lod::numeric / nullif(measured.n_called, 0), 6) as share_below_lod,
        coalesce(measured.n_within_plate, 0) as n_within_plate,
        coalesce(measured.n_between_plates, 0) as n_between_plates,
        coalesce(measured.n_controls, 0) as n_controls,
        coalesce(
            measured.n_plates >= limits.least_plates
            and (
                abs(measured.plate_order_correlation) >= limits.plate_order_correlation
                and abs(measured.change_per_plate) >= limits.change_per_plate
                or measured.largest_plate_deviation >= limits.largest_plate_deviation
            ),
            false
        ) as is_drifting

    from measured

    cross join limits

)

select * from judged
