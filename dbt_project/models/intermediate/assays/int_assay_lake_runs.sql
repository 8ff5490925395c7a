-- One row per plate and batch of a current return in the lake; without plates one per return.

with

summaries as (

    select * from {{ source('lake', 'matrix_samples') }}

),

current_tables as (

    select * from {{ source('ops', 'current_tables') }}
    where source = 'laboratories' and table_name = 'matrix'

),

samples as (

    select * from {{ ref('stg_laboratories__samples') }}

),

shipments as (

    select * from {{ ref('stg_biobank__shipments') }}

),

analytes as (

    select * from {{ ref('int_analytes__returned') }}

),

of_methods as (

    select
        delivery_id,
        count(distinct analyte_id) as n_analytes,
        string_agg(
            distinct method_version, ', '
            order by method_version
        ) as method_version
    from analytes
    group by delivery_id

),

-- A sample stands in the file of every class of RNA. What is told of it is told once, so that
-- replicates on two plates count where the first one stands.
placed as (

    select distinct on (delivery_id, sample_code)
        delivery_id,
        collection_id,
        sample_code,
        study_code,
        sample_kind,
        plate_id,
        batch_id,
        run_date
    from samples
    order by delivery_id, sample_code, replicate, native_file, plate_id

),

-- Inner joins: a superseded return is left out; every sample stands in the list. Left joins:
-- controls were not sent by the bank.
counted as (

    select
        placed.collection_id,
        placed.delivery_id,
        of_methods.method_version,
        placed.plate_id,
        placed.batch_id,
        of_methods.n_analytes,
        sum(summaries.n_values)::bigint as n_values,
        min(placed.run_date) as first_run_date,
        max(placed.run_date) as last_run_date,
        count(*) filter (where placed.sample_kind = 'sample') as n_samples,
        count(*) filter (where placed.sample_kind = 'control') as n_controls,
        count(*) filter (where shipments.is_blinded_duplicate) as n_duplicates

    from summaries

    inner join current_tables
        on summaries.delivery_id = current_tables.delivery_id

    inner join placed
        on
            summaries.delivery_id = placed.delivery_id
            and summaries.sample_code = placed.sample_code

    left join of_methods
        on summaries.delivery_id = of_methods.delivery_id

    left join shipments
        on
            placed.collection_id = shipments.collection_id
            and placed.study_code = shipments.study_code

    where placed.sample_kind in ('sample', 'control')
    group by
        placed.collection_id, placed.delivery_id, of_methods.method_version, placed.plate_id,
        placed.batch_id, of_methods.n_analytes

)

select * from counted
