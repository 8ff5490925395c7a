-- One row per statement of a quality study: what storage, thaws or handling do to a component.

with

statements as (

    select * from {{ ref('stability') }}

),

dictionary as (

    select * from {{ ref('analyte') }}

),

-- Left join: what was studied and is measured for no project yet has no analyte of ours.
stated as (

    select
        statements.statement_id,
        statements.component,
        statements.analyte_id,
        dictionary.analyte_name,
        statements.analyte_class,
        statements.material_code,
        statements.stability_factor,
        statements.factor_from,
        statements.factor_to,
        statements.stability_effect,
        statements.effect_size,
        statements.effect_unit,
        statements.storage_temperature_c,
        statements.source_doi,
        statements.source_in_words
    from statements
    left join dictionary on statements.analyte_id = dictionary.analyte_id

)

select * from stated
