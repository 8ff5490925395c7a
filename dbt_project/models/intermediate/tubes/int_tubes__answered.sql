-- One row per study code and delivery in which a laboratory answered for it.

with

samples as (

    select * from {{ ref('stg_laboratories__samples') }}

),

returns as (

    select * from {{ source('ops', 'returns') }}

),

current_tables as (

    select * from {{ source('ops', 'current_tables') }}

),

measurements as (

    select * from {{ ref('fct_measurements') }}

),

-- A sample may stand on several plates and be run again: what was used adds up, thaws do not.
told as (

    select
        collection_id,
        delivery_id,
        study_code,
        sum(volume_used_ul) as volume_used_ul,
        max(thaws_after) as thaws_laboratory,
        max(run_date) as run_date,
        max(missing_reason) as laboratory_reason,
        bool_or(missing_reason is null) as has_run
    from samples
    where study_code is not null
    group by collection_id, delivery_id, study_code

),

measured as (

    select
        collection_id,
        delivery_id,
        study_code,
        count(distinct analyte_id) filter (where status_code <> 'missing') as n_analytes,
        count(*) filter (where status_code = 'detected') as n_detected,
        max(run_date) as run_date
    from measurements
    where study_code is not null
    group by collection_id, delivery_id, study_code

),

-- A delivery describes a day: it dates the results of a laboratory that tells no day of the run.
days as (

    select
        delivery_id,
        max(as_of) as as_of
    from current_tables
    group by delivery_id

),

-- Full join: some laboratories send no sheet of samples, and results of the lake are not in the
-- measurements. Left joins: older returns have no form, and one delivery has one day.
answered as (

    select
        returns.project_id,
        returns.laboratory,
        returns.platform,
        told.volume_used_ul,
        told.thaws_laboratory,
        told.laboratory_reason,
        coalesce(told.collection_id, measured.collection_id) as collection_id,
        coalesce(told.delivery_id, measured.delivery_id) as delivery_id,
        coalesce(told.study_code, measured.study_code) as study_code,
        coalesce(told.run_date, measured.run_date, days.as_of) as result_date,
        coalesce(measured.n_analytes, 0) as n_analytes,
        coalesce(measured.n_detected, 0) as n_detected,
        -- The lake holds the numbers of these platforms; a sample that ran has them there.
        coalesce(measured.n_analytes > 0, false)
        or (
            coalesce(told.has_run, false)
            and coalesce(returns.platform in ('small_rna_sequencing', 'aptamer_proteomics'), false)
        ) as has_results
    from told
    full join measured
        on
            told.collection_id = measured.collection_id
            and told.delivery_id = measured.delivery_id
            and told.study_code = measured.study_code
    left join returns
        on coalesce(told.delivery_id, measured.delivery_id) = returns.delivery_id
    left join days
        on coalesce(told.delivery_id, measured.delivery_id) = days.delivery_id

)

select * from answered
