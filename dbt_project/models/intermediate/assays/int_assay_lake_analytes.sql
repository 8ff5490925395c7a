-- One row per current return and analyte in the lake: how many of its cells hold what.

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
        platform
    from analytes
    order by delivery_id, analyte_code, native_file, panel

),

-- Two codes of one return may be one analyte of ours: then their cells are added.
-- Inner joins: a return that was superseded is left out, and every analyte has a name.
counted as (

    select
        summaries.collection_id,
        summaries.delivery_id,
        named.platform,
        named.analyte_id,
        named.panel,
        sum(summaries.n_values)::bigint as n_values,
        sum(summaries.n_values - summaries.n_missing)::bigint as n_called,
        sum(summaries.n_below_lod)::bigint as n_below_lod

    from summaries

    inner join current_tables
        on summaries.delivery_id = current_tables.delivery_id

    inner join named
        on
            summaries.delivery_id = named.delivery_id
            and summaries.analyte_code = named.analyte_code

    group by
        summaries.collection_id, summaries.delivery_id, named.platform, named.analyte_id,
        named.panel

)

select * from counted
