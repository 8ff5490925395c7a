-- One row per topography, morphology and behaviour that cases have, and cancer entity that such a
-- tumour counts in, on every level.

{{ config(materialized='table') }}

with recursive

converted as (

    select * from {{ ref('int_tumour_codes__converted') }}

),

rules as (

    select * from {{ ref('cancer_entity_rules') }}

),

entities as (

    select * from {{ ref('cancer_entity') }}

),

-- The entity at the bottom: the first rule that matches wins. Inner join: what no rule names is
-- not counted as cancer.
leaves as (

    select distinct on (
        converted.topography_code, converted.morphology_code, converted.behaviour_code
    )
        converted.topography_code,
        converted.morphology_code,
        converted.behaviour_code,
        rules.cancer_entity_code

    from converted

    inner join rules
        on
            converted.icd10_code between rules.first_icd10 and rules.last_icd10
            and converted.morphology_code between rules.first_morphology
            and rules.last_morphology

    order by
        converted.topography_code,
        converted.morphology_code,
        converted.behaviour_code,
        rules.priority

),

-- Upwards, from each entity to the one that holds it. Inner joins: the chain ends at the top.
counted as (

    select
        topography_code,
        morphology_code,
        behaviour_code,
        cancer_entity_code

    from leaves

    union all

    select
        counted.topography_code,
        counted.morphology_code,
        counted.behaviour_code,
        entities.parent_entity_code as cancer_entity_code

    from counted

    inner join entities
        on counted.cancer_entity_code = entities.cancer_entity_code

    where entities.parent_entity_code is not null

)

select * from counted
