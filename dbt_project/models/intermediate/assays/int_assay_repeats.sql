-- One row per return, analyte and panel: how far repetitions of the same content lie apart.
-- A variance is pooled over groups by their degrees of freedom; a geometric coefficient of
-- variation comes from a variance of logarithms: sqrt(exp(s2) - 1).

with

cells as (

    select * from {{ ref('int_assay_cells') }}
    where log_value is not null

),

-- The same tube under several codes, on one plate.
within_plate as (

    select
        delivery_id,
        analyte_id,
        panel,
        tube_barcode,
        plate_id,
        count(*) as n,
        avg(log_value) as mean_log,
        var_samp(log_value) as variance
    from cells
    where sample_kind = 'sample' and tube_barcode is not null
    group by delivery_id, analyte_id, panel, tube_barcode, plate_id

),

-- The same tube on several plates, each plate by its mean.
between_plates as (

    select
        delivery_id,
        analyte_id,
        panel,
        tube_barcode,
        count(*) as n,
        var_samp(mean_log) as variance
    from within_plate
    where plate_id is not null
    group by delivery_id, analyte_id, panel, tube_barcode

),

controls as (

    select
        delivery_id,
        analyte_id,
        panel,
        sample_code,
        count(*) as n,
        var_samp(log_value) as variance
    from cells
    where sample_kind = 'control'
    group by delivery_id, analyte_id, panel, sample_code

),

groups as (

    select
        delivery_id,
        analyte_id,
        panel,
        'within_plate' as of_what,
        n,
        variance
    from within_plate
    where n > 1

    union all

    select
        delivery_id,
        analyte_id,
        panel,
        'between_plates' as of_what,
        n,
        variance
    from between_plates
    where n > 1

    union all

    select
        delivery_id,
        analyte_id,
        panel,
        'controls' as of_what,
        n,
        variance
    from controls
    where n > 1

),

pooled as (

    select
        delivery_id,
        analyte_id,
        panel,
        of_what,
        count(*) as n_groups,
        round(sqrt(exp(sum(variance * (n - 1)) / sum(n - 1)) - 1)::numeric, 6) as cv
    from groups
    group by delivery_id, analyte_id, panel, of_what

),

repeats as (

    select
        delivery_id,
        analyte_id,
        panel,
        coalesce(max(n_groups) filter (where of_what = 'within_plate'), 0) as n_within_plate,
        max(cv) filter (where of_what = 'within_plate') as cv_within_plate,
        coalesce(max(n_groups) filter (where of_what = 'between_plates'), 0) as n_between_plates,
        max(cv) filter (where of_what = 'between_plates') as cv_between_plates,
        coalesce(max(n_groups) filter (where of_what = 'controls'), 0) as n_controls,
        max(cv) filter (where of_what = 'controls') as cv_controls
    from pooled
    group by delivery_id, analyte_id, panel

)

select * from repeats
