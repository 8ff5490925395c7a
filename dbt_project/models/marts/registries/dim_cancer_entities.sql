-- One row per cancer entity of the Nordic statistics, with the tumours that count in it.

with recursive

entities as (

    select * from {{ ref('cancer_entity') }}

),

rules as (

    select * from {{ ref('cancer_entity_rules') }}

),

-- A range of one code is written as that code; a morphology is named where it decides.
ranges as (

    select
        cancer_entity_code,
        first_icd10,
        first_morphology,
        case
            when first_icd10 = last_icd10 then first_icd10
            else first_icd10 || '–' || last_icd10
        end
        || case
            when first_morphology = '8000' and last_morphology = '9999' then ''
            else ' (' || first_morphology || '–' || last_morphology || ')'
        end as icd10_range

    from rules

),

-- From each entity to all that hold it, itself among them. Inner join: the chain ends at the top.
holders as (

    select
        cancer_entity_code as leaf_code,
        cancer_entity_code,
        parent_entity_code

    from entities

    union all

    select
        holders.leaf_code,
        entities.cancer_entity_code,
        entities.parent_entity_code

    from holders

    inner join entities
        on holders.parent_entity_code = entities.cancer_entity_code

),

-- An entity that holds others is defined by what they are defined by. Inner join: an entity
-- without rules of its own adds nothing itself.
definitions as (

    select
        holders.cancer_entity_code,
        string_agg(
            ranges.icd10_range, ', '
            order by ranges.first_icd10, ranges.first_morphology
        ) as icd10_definition

    from holders

    inner join ranges
        on holders.leaf_code = ranges.cancer_entity_code

    group by holders.cancer_entity_code

),

-- Left join: an entity that nothing defines would show as a missing definition, which the
-- contract forbids.
described as (

    select
        entities.cancer_entity_code,
        entities.label_no,
        entities.label_en,
        entities.entity_level,
        entities.parent_entity_code,
        entities.sex_code,
        entities.site_group_code,
        definitions.icd10_definition,
        entities.is_in_statistics,
        entities.display_order

    from entities

    left join definitions
        on entities.cancer_entity_code = definitions.cancer_entity_code

)

select * from described
