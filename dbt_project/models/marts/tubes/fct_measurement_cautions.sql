-- One row per measurement and statement of a quality study that says to be careful with it.

with

measurements as (

    select * from {{ ref('fct_measurements') }}

),

analytes as (

    select * from {{ ref('dim_analytes') }}

),

tubes as (

    select * from {{ ref('dim_tubes') }}

),

statements as (

    select * from {{ ref('fct_component_stability') }}

),

-- Left joins: results of a survey have no tube, and an analyte that is not in the dictionary has
-- no class.
measured as (

    select
        measurements.collection_id,
        measurements.measurement_id,
        measurements.donor_id,
        measurements.analyte_id,
        measurements.thaw_count::numeric as thaw_cycles,
        measurements.delivery_id,
        analytes.analyte_class,
        tubes.material_code,
        round(measurements.storage_days / 365.25, 2) as storage_years
    from measurements
    left join analytes on measurements.analyte_id = analytes.analyte_id
    left join tubes
        on
            measurements.collection_id = tubes.collection_id
            and measurements.tube_barcode = tubes.tube_barcode
    where measurements.tube_barcode is not null

),

-- Inner join: only what a study speaks of. A study of serum says nothing of plasma.
spoken_of as (

    select
        measured.collection_id,
        measured.measurement_id,
        measured.donor_id,
        measured.delivery_id,
        statements.statement_id,
        statements.stability_factor,
        statements.stability_effect,
        statements.effect_size,
        statements.effect_unit,
        statements.source_doi,
        statements.factor_from,
        statements.factor_to,
        case statements.stability_factor
            when 'storage_years' then measured.storage_years
            when 'thaw_cycles' then measured.thaw_cycles
        end as factor_value
    from measured
    inner join statements
        on
            (
                measured.analyte_id = statements.analyte_id
                or measured.analyte_class = statements.analyte_class
            )
            and measured.material_code
            = coalesce(statements.material_code, measured.material_code)
    where statements.stability_factor in ('storage_years', 'thaw_cycles')

),

-- What is stable needs care only where nobody has looked: longer or more often than was studied,
-- or when nobody knows how long or how often.
judged as (

    select
        *,
        case
            when factor_value is null then 'not_recorded'
            when factor_value > factor_to then 'beyond_studied'
            when stability_effect <> 'stable' and factor_value > factor_from
                then 'within_studied'
        end as caution_kind
    from spoken_of

),

cautions as (

    select
        collection_id,
        measurement_id,
        statement_id,
        donor_id,
        stability_factor,
        factor_value,
        stability_effect,
        effect_size,
        effect_unit,
        caution_kind,
        source_doi,
        delivery_id
    from judged
    where caution_kind is not null

)

select * from cautions
