-- One row per cell in which a corrected return differs from the one that it corrects.

with

results as (

    -- Also those of deliveries that are no longer in force: staging has only the others.
    select * from {{ source('laboratories', 'results') }}

),

deliveries as (

    select * from {{ source('ops', 'deliveries') }}

),

pairs as (

    select
        delivery_id as corrected_delivery_id,
        superseded_by as delivery_id
    from deliveries
    where source = 'laboratories' and state = 'superseded'

),

-- A cell is the same when sample, place, replicate, panel and analyte are.
cells as (

    select
        collection_id,
        delivery_id,
        sample_code,
        analyte_code,
        panel,
        replicate,
        plate_id,
        well,
        value,
        value_text,
        status_code,
        unit,
        lod,
        concat_ws(
            '|',
            sample_code,
            replicate,
            coalesce(plate_id, ''),
            coalesce(well, ''),
            coalesce(panel, ''),
            analyte_code
        ) as cell
    from results

),

-- Inner joins: only returns that correct another, or were corrected.
old_cells as (

    select
        cells.*,
        pairs.delivery_id as correcting_delivery_id

    from cells

    inner join pairs
        on cells.delivery_id = pairs.corrected_delivery_id

),

new_cells as (

    select
        cells.*,
        pairs.corrected_delivery_id

    from cells

    inner join pairs
        on cells.delivery_id = pairs.delivery_id

),

-- Full join: a cell may be in one of the two only.
compared as (

    select
        old_cells.value as number_before,
        new_cells.value as number_after,
        old_cells.value_text as text_before,
        new_cells.value_text as text_after,
        old_cells.status_code as result_status_before,
        new_cells.status_code as result_status_after,
        old_cells.unit as unit_before,
        new_cells.unit as unit_after,
        old_cells.lod as lod_before,
        new_cells.lod as lod_after,
        coalesce(new_cells.collection_id, old_cells.collection_id) as collection_id,
        coalesce(new_cells.delivery_id, old_cells.correcting_delivery_id) as delivery_id,
        coalesce(new_cells.corrected_delivery_id, old_cells.delivery_id) as corrected_delivery_id,
        coalesce(new_cells.cell, old_cells.cell) as cell,
        coalesce(new_cells.sample_code, old_cells.sample_code) as sample_code,
        coalesce(new_cells.analyte_code, old_cells.analyte_code) as analyte_code,
        coalesce(new_cells.panel, old_cells.panel) as panel,
        coalesce(new_cells.replicate, old_cells.replicate) as replicate,
        coalesce(new_cells.plate_id, old_cells.plate_id) as plate_id,
        coalesce(new_cells.well, old_cells.well) as well,
        case
            when old_cells.cell is null then 'added'
            when new_cells.cell is null then 'removed'
            when (old_cells.value is distinct from new_cells.value) then 'value'
            when (old_cells.value_text is distinct from new_cells.value_text) then 'value'
            when old_cells.status_code <> new_cells.status_code then 'status'
            when (old_cells.unit is distinct from new_cells.unit) then 'unit'
            when (old_cells.lod is distinct from new_cells.lod) then 'limit'
        end as change_kind

    from old_cells

    full join new_cells
        on
            old_cells.correcting_delivery_id = new_cells.delivery_id
            and old_cells.delivery_id = new_cells.corrected_delivery_id
            and old_cells.cell = new_cells.cell

),

corrections as (

    select
        collection_id,
        delivery_id,
        corrected_delivery_id,
        change_kind,
        sample_code,
        analyte_code,
        panel,
        replicate,
        plate_id,
        well,
        number_before,
        number_after,
        text_before,
        text_after,
        result_status_before,
        result_status_after,
        unit_before,
        unit_after,
        lod_before,
        lod_after,
        md5(concat_ws('|', delivery_id, corrected_delivery_id, cell)) as correction_id
    from compared
    where change_kind is not null

)

select * from corrections
