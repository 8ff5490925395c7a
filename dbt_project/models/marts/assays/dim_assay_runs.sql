-- One row per plate and batch of a laboratory's return; a run without plates is one row.

with

cells as (

    select * from {{ ref('int_assay_cells') }}

),

results as (

    select * from {{ ref('stg_laboratories__results') }}

),

returned as (

    select * from {{ source('ops', 'returns') }}

),

in_lake as (

    select * from {{ ref('int_assay_lake_runs') }}

),

methods as (

    select
        delivery_id,
        plate_id,
        batch_id,
        min(run_date) as first_run_date,
        max(run_date) as last_run_date,
        string_agg(
            distinct method_version, ', '
            order by method_version
        ) as method_version
    from results
    group by delivery_id, plate_id, batch_id

),

counted as (

    select
        collection_id,
        delivery_id,
        plate_id,
        batch_id,
        count(distinct sample_code) filter (where sample_kind = 'sample') as n_samples,
        count(distinct sample_code) filter (where sample_kind = 'control') as n_controls,
        count(distinct sample_code) filter (where is_blinded_duplicate) as n_duplicates,
        count(distinct analyte_id) as n_analytes,
        count(*) as n_values
    from cells
    group by collection_id, delivery_id, plate_id, batch_id

),

-- Inner join: every cell is of a result.
measured as (

    select
        counted.collection_id,
        counted.delivery_id,
        methods.method_version,
        counted.plate_id,
        counted.batch_id,
        methods.first_run_date,
        methods.last_run_date,
        counted.n_samples,
        counted.n_controls,
        counted.n_duplicates,
        counted.n_analytes,
        counted.n_values

    from counted

    inner join methods
        on
            counted.delivery_id = methods.delivery_id
            and coalesce(counted.plate_id, '') = coalesce(methods.plate_id, '')
            and coalesce(counted.batch_id, '') = coalesce(methods.batch_id, '')

    union all

    -- Counted where the cells are: in the lake, when the return was accepted.
    select
        collection_id,
        delivery_id,
        method_version,
        plate_id,
        batch_id,
        first_run_date,
        last_run_date,
        n_samples,
        n_controls,
        n_duplicates,
        n_analytes,
        n_values
    from in_lake

),

-- Inner join: every return has a form.
runs as (

    select
        measured.collection_id,
        measured.delivery_id,
        returned.project_id,
        returned.laboratory,
        returned.platform,
        returned.platform_version,
        measured.method_version,
        measured.plate_id,
        measured.batch_id,
        measured.first_run_date,
        measured.last_run_date,
        measured.n_samples,
        measured.n_controls,
        measured.n_duplicates,
        measured.n_analytes,
        measured.n_values,
        md5(concat_ws(
            '|', measured.delivery_id, coalesce(measured.plate_id, ''),
            coalesce(measured.batch_id, '')
        )) as run_id

    from measured

    inner join returned
        on measured.delivery_id = returned.delivery_id

)

select * from runs
