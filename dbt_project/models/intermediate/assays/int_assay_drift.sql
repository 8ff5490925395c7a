-- One row per return, analyte and panel: whether plates wander from the first run to the last, and
-- how far the plate farthest off lies from all.

with

cells as (

    select * from {{ ref('int_assay_cells') }}
    where log_value is not null and sample_kind = 'sample' and plate_id is not null

),

plates as (

    select
        delivery_id,
        analyte_id,
        panel,
        plate_id,
        min(run_date) as run_date,
        count(*) as n,
        percentile_cont(0.5) within group (
            order by log_value
        ) as plate_median
    from cells
    group by delivery_id, analyte_id, panel, plate_id

),

-- Plates of one day are in the order of their names.
numbered as (

    select
        *,
        rank() over in_order as plate_number,
        rank() over by_median as median_rank
    from plates
    window
        in_order as (
            partition by delivery_id, analyte_id, panel
            order by run_date, plate_id
        ),
        by_median as (
            partition by delivery_id, analyte_id, panel
            order by plate_median
        )

),

-- The spread within plates is that of the samples; their medians have a share of it, by their
-- number: the variance of a median is pi / 2 times that of a mean.
spread as (

    select
        cells.delivery_id,
        cells.analyte_id,
        cells.panel,
        percentile_cont(0.5) within group (
            order by cells.log_value
        ) as overall_median,
        sqrt(
            sum(power(cells.log_value - plates.plate_median, 2))
            / nullif(count(*) - count(distinct cells.plate_id), 0)
        ) as sd_within

    from cells

    -- Inner join: every cell has its plate.
    inner join plates
        on
            cells.delivery_id = plates.delivery_id
            and cells.analyte_id = plates.analyte_id
            and cells.plate_id = plates.plate_id
            and coalesce(cells.panel, '') = coalesce(plates.panel, '')

    group by cells.delivery_id, cells.analyte_id, cells.panel

),

drift as (

    select
        numbered.delivery_id,
        numbered.analyte_id,
        numbered.panel,
        count(*) as n_plates,
        round(corr(numbered.plate_number, numbered.median_rank)::numeric, 6)
        as plate_order_correlation,
        round((exp(regr_slope(numbered.plate_median, numbered.plate_number)) - 1)::numeric, 6)
        as change_per_plate,
        round(max(
            abs(numbered.plate_median - spread.overall_median) * sqrt(numbered.n)
            / nullif(spread.sd_within * sqrt(pi() / 2), 0)
        )::numeric, 6) as largest_plate_deviation

    from numbered

    -- Inner join: the spread is of the same cells.
    inner join spread
        on
            numbered.delivery_id = spread.delivery_id
            and numbered.analyte_id = spread.analyte_id
            and coalesce(numbered.panel, '') = coalesce(spread.panel, '')

    group by numbered.delivery_id, numbered.analyte_id, numbered.panel

)

select * from drift
