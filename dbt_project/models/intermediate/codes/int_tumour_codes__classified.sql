-- One row per topography, morphology and behaviour that cases have: whether they are codes of
-- ICD-O-3, since which edition, the ICD-10 code and the site group.

{{ config(materialized='table') }}

with

known as (

    select * from {{ ref('int_tumour_codes__known') }}

),

converted as (

    select * from {{ ref('int_tumour_codes__converted') }}

),

counted as (

    select * from {{ ref('int_tumour_codes__entities') }}

),

entities as (

    select * from {{ ref('cancer_entity') }}

),

-- Only the entity at the bottom has a site group. Inner join: the sums above it fall out.
grouped as (

    select
        counted.topography_code,
        counted.morphology_code,
        counted.behaviour_code,
        entities.site_group_code

    from counted

    inner join entities
        on counted.cancer_entity_code = entities.cancer_entity_code

    where entities.site_group_code is not null

),

-- Inner join: both models hold every triple. Left join: what counts as no cancer has no entity.
-- A triple without an ICD-10 code has no group either.
classified as (

    select
        known.topography_code,
        known.morphology_code,
        known.behaviour_code,
        known.is_known_topography,
        known.is_known_morphology,
        known.is_known_histology,
        known.icdo3_edition,
        known.last_icdo3_edition,
        converted.icd10_code,
        case
            when converted.icd10_code is not null
                then coalesce(grouped.site_group_code, 'not_counted')
        end as site_group_code

    from known

    inner join converted
        on
            known.topography_code = converted.topography_code
            and known.morphology_code = converted.morphology_code
            and known.behaviour_code = converted.behaviour_code

    left join grouped
        on
            known.topography_code = grouped.topography_code
            and known.morphology_code = grouped.morphology_code
            and known.behaviour_code = grouped.behaviour_code

)

select * from classified
