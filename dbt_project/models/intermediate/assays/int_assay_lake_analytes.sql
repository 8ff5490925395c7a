-- One row per current return and analyte in the lake: how many of its cells hold what, how far
-- repetitions lie apart and whether plates wander. Counted where the cells are, when the return was
-- accepted; the same as int_assay_repeats and int_assay_drift make of rows.

with

summaries as (

    select * from {{ source('lake', 'matrix_analytes') }}

),

current_tables as (

    select * from {{ source('ops', 'current_tables') }}
    where source = 'laboratories' and table_name = 'matrix'

),

analytes as (

    select * from {{ ref('int_analytes__returned') }}

),

-- An analyte stands in every file of a return that is sent plate by plate.
named as (

    select distinct on (delivery_id, analyte_code)
        delivery_id,
        analyte_code,
        analyte_id,
        panel,
        platform,
        unit
    from analytes
    order by delivery_id, analyte_code, native_file, panel

),

-- Inner join: every analyte has a name. Worked out by itself, because the server takes the current
-- tables for a single row and would try every pair: half a minute for 18,790 analytes.
matched as materialized (

    select
        summaries.*,
        named.platform,
        named.analyte_id,
        named.panel,
        named.unit

    from summaries

    inner join named
        on
            summaries.delivery_id = named.delivery_id
            and summaries.analyte_code = named.analyte_code

),

-- Two codes of one return may be one analyte of ours: then their cells are added and the variances
-- of their repetitions pooled. Medians of two codes are none of the analyte.
-- Inner join: a return that was superseded is left out.
counted as (

    select
        matched.collection_id,
        matched.delivery_id,
        matched.platform,
        matched.analyte_id,
        matched.panel,
        sum(matched.n_values)::bigint as n_values,
        sum(matched.n_values - matched.n_missing)::bigint as n_called,
        sum(matched.n_below_lod)::bigint as n_below_lod,
        {{ only_value('matched.unit') }} as unit,
        case when count(*) = 1 then max(matched.median) end as median_value,
        sum(matched.n_within_plate)::bigint as n_within_plate,
        {{ pooled_cv('matched', 'within_plate') }} as cv_within_plate,
        sum(matched.n_between_plates)::bigint as n_between_plates,
        {{ pooled_cv('matched', 'between_plates') }} as cv_between_plates,
        sum(matched.n_controls)::bigint as n_controls,
        {{ pooled_cv('matched', 'controls') }} as cv_controls,
        case when count(*) = 1 then nullif(max(matched.n_plates), 0) end as n_plates,
        case when count(*) = 1 then round(max(matched.plate_order_correlation)::numeric, 6) end
        as plate_order_correlation,
        case when count(*) = 1 then round(max(matched.change_per_plate)::numeric, 6) end
        as change_per_plate,
        case when count(*) = 1 then round(max(matched.largest_plate_deviation)::numeric, 6) end
        as largest_plate_deviation

    from matched

    inner join current_tables
        on matched.delivery_id = current_tables.delivery_id

    group by
        matched.collection_id, matched.delivery_id, matched.platform, matched.analyte_id,
        matched.panel

)

select * from counted
