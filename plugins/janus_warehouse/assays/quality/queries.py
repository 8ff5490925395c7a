"""What the pages ask the database. Of a sample only its place and a level leave it, never a number.

Levels are differences of natural logarithms: of a sample from the median of its plate, of a
control from its own median on all plates, each by analyte, and of these the median.
"""

from typing import LiteralString

RETURNS: LiteralString = """
select
    delivery_id, returns.project_id, returns.laboratory, returns.platform,
    returns.platform_version, deliveries.as_of, deliveries.supersedes, told.figures_md5
from ops.returns as returns
inner join ops.deliveries as deliveries using (delivery_id)
inner join (
    select qc.delivery_id, md5(string_agg(qc::text, ',' order by qc.qc_id)) as figures_md5
    from marts.fct_assay_qc as qc
    group by qc.delivery_id
) as told using (delivery_id)
where %(delivery)s::text is null or delivery_id = %(delivery)s
order by delivery_id
"""

BUILD: LiteralString = """
select run_id from ops.check_results
where
    run_kind = 'build' and subject = 'fct_assay_qc' and rule_id = 'is_built'
    and outcome = 'passed'
order by checked_at desc limit 1
"""

ANALYTES: LiteralString = """
select
    analyte_id, panel, unit, n_values::int, call_rate::float, share_below_lod::float,
    median_value::float, n_within_plate::int, cv_within_plate::float, n_between_plates::int,
    cv_between_plates::float, n_controls::int, cv_controls::float, n_plates::int,
    plate_order_correlation::float, change_per_plate::float, largest_plate_deviation::float,
    is_drifting
from marts.fct_assay_qc
where delivery_id = %(delivery)s
order by
    is_drifting desc, greatest(cv_within_plate, cv_between_plates, cv_controls) desc nulls last,
    call_rate, analyte_id, panel
"""

RUNS: LiteralString = """
select
    plate_id, batch_id, first_run_date, last_run_date, method_version, n_samples::int,
    n_controls::int, n_duplicates::int, n_analytes::int, n_values::int
from marts.dim_assay_runs
where delivery_id = %(delivery)s
order by first_run_date, plate_id, batch_id
"""

_WELLS: LiteralString = """
select
    plate_id, well, min(sample_kind) as kind, bool_or(is_repeated) as is_repeated,
    sum(n_values)::int as n_values, sum(n_measured)::int as n_measured,
    percentile_cont(0.5) within group (order by level) as level
from wells
where plate_id is not null and well is not null
group by plate_id, well
order by plate_id, well
"""

_CELLS: LiteralString = """
with cells as materialized (
    select
        concat_ws('|', analyte_id, panel) as analyte, sample_kind, sample_code, tube_barcode,
        plate_id, well, run_date, log_value
    from intermediate.int_assay_cells
    where delivery_id = %(delivery)s
),
repeated as (
    select tube_barcode from cells where tube_barcode is not null
    group by tube_barcode having count(distinct sample_code) > 1
),
of_plates as (
    select
        analyte, plate_id, percentile_cont(0.5) within group (order by log_value) as plate_level
    from cells where sample_kind = 'sample' and log_value is not null group by analyte, plate_id
),
of_all as (
    select analyte, percentile_cont(0.5) within group (order by log_value) as level
    from cells where sample_kind = 'sample' and log_value is not null group by analyte
),
of_controls as (
    select
        analyte, sample_code, percentile_cont(0.5) within group (order by log_value) as own_level
    from cells where sample_kind = 'control' and log_value is not null
    group by analyte, sample_code
)
"""

WELLS: LiteralString = f"""{_CELLS},
wells as (
    select
        cells.plate_id, cells.well, cells.sample_kind,
        cells.tube_barcode in (select tube_barcode from repeated) as is_repeated,
        count(*) as n_values, count(cells.log_value) as n_measured,
        percentile_cont(0.5) within group (
            order by cells.log_value - coalesce(of_controls.own_level, of_plates.plate_level)
        ) as level
    from cells
    left join of_plates
        on
            cells.sample_kind = 'sample' and cells.analyte = of_plates.analyte
            and cells.plate_id = of_plates.plate_id
    left join of_controls
        on
            cells.sample_kind = 'control' and cells.analyte = of_controls.analyte
            and cells.sample_code = of_controls.sample_code
    group by cells.plate_id, cells.well, cells.sample_kind, cells.sample_code, cells.tube_barcode
)
{_WELLS}"""

PLATES: LiteralString = f"""{_CELLS}
select
    of_plates.plate_id,
    percentile_cont(0.5) within group (order by of_plates.plate_level - of_all.level) as level
from of_plates inner join of_all using (analyte)
where of_plates.plate_id is not null
group by of_plates.plate_id
"""

_TOTALS: LiteralString = """
with placed as (
    select distinct on (sample_code)
        collection_id, sample_code, study_code, sample_kind, plate_id, well, run_date
    from raw.laboratories__samples
    where delivery_id = %(delivery)s and sample_kind in ('sample', 'control')
    order by sample_code, replicate, native_file, plate_id
),
cells as (
    select
        placed.*, shipments.tube_barcode, totals.n_values, totals.n_detected,
        ln(nullif(totals.total, 0)) as log_value
    from placed
    inner join raw.laboratories__matrix_samples as totals
        on placed.sample_code = totals.sample_code and totals.delivery_id = %(delivery)s
    left join staging.stg_biobank__shipments as shipments
        on
            placed.collection_id = shipments.collection_id
            and placed.study_code = shipments.study_code
),
repeated as (
    select tube_barcode from cells where tube_barcode is not null
    group by tube_barcode having count(distinct sample_code) > 1
),
of_plates as (
    select plate_id, percentile_cont(0.5) within group (order by log_value) as plate_level
    from cells where sample_kind = 'sample' group by plate_id
)
"""

TOTAL_WELLS: LiteralString = f"""{_TOTALS},
wells as (
    select
        cells.plate_id, cells.well, cells.sample_kind,
        cells.tube_barcode in (select tube_barcode from repeated) as is_repeated,
        cells.n_values, cells.n_detected as n_measured,
        cells.log_value - of_plates.plate_level as level
    from cells left join of_plates using (plate_id)
)
{_WELLS}"""

TOTAL_PLATES: LiteralString = f"""{_TOTALS}
select
    plate_id, plate_level - (
        select percentile_cont(0.5) within group (order by log_value)
        from cells where sample_kind = 'sample'
    ) as level
from of_plates where plate_id is not null
"""

_POINTS: LiteralString = """
points as (
    select
        *, count(*) over own as n, avg(log_value) over own as mean_log,
        stddev_samp(log_value) over own as sd_log
    from of_control
    window own as (partition by analyte_id, panel, unit, control)
)
select
    analyte_id, panel, unit, control, min(n)::int as n, min(mean_log) as mean_log,
    min(sd_log) as sd_log, count(distinct plate_id)::int as n_plates,
    count(*) filter (where abs(log_value - mean_log) > 2 * sd_log)::int as n_beyond_2,
    count(*) filter (where abs(log_value - mean_log) > 3 * sd_log)::int as n_beyond_3,
    array_agg(plate_id order by run_date, plate_id, well) as plates,
    array_agg(run_date::text order by run_date, plate_id, well) as run_dates,
    array_agg(log_value order by run_date, plate_id, well) as logs
from points
group by analyte_id, panel, unit, control
order by n_beyond_3 desc, n_beyond_2 desc, n desc, sd_log desc nulls last,
     analyte_id, panel, control
"""

CONTROLS: LiteralString = f"""
with of_control as (
    select
        analyte_id, panel, unit, sample_code as control, plate_id, well, run_date, log_value
    from intermediate.int_assay_cells
    where delivery_id = %(delivery)s and sample_kind = 'control' and log_value is not null
),
{_POINTS}"""

OF_SAMPLES: LiteralString = "median of the samples of each plate"
"""What a chart of plates is called, beside those of controls."""

TOTAL_CONTROLS: LiteralString = rf"""{_TOTALS},
-- What a code measured is known of all its runs together, so one that ran again tells of no run.
ran_once as (
    select sample_code from raw.laboratories__samples where delivery_id = %(delivery)s
    group by sample_code having count(distinct (replicate, plate_id, well)) = 1
),
figures as (
    select
        cells.*,
        -- Columns of one control carry a number after its code (`formats.tables.material`).
        regexp_replace(sample_code, '\.[0-9]{{1,4}}$', '') as material,
        ln(nullif(n_detected, 0)::double precision / nullif(n_values, 0)) as share_log
    from cells inner join ran_once using (sample_code)
    where plate_id is not null
),
of_runs as (
    select material as control, plate_id, well, run_date, log_value as total_log, share_log
    from figures where sample_kind = 'control'
    union all
    -- The median of few samples would be the number of one of them.
    select
        '{OF_SAMPLES}', plate_id, null, min(run_date),
        percentile_cont(0.5) within group (order by log_value),
        percentile_cont(0.5) within group (order by share_log)
    from figures where sample_kind = 'sample'
    group by plate_id having count(*) >= %(least)s
),
of_control as (
    select
        figure as analyte_id, null as panel, null as unit, control, plate_id, well, run_date,
        log_value
    from of_runs
    cross join lateral (
        values ('sum of all numbers', total_log), ('share detected', share_log)
    ) as listed (figure, log_value)
    where log_value is not null
),
{_POINTS}"""
