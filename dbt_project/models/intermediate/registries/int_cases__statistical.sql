-- One row per tumour that statistics count and entity that it counts in. The one place that says
-- which cases those are: malignant, primary, and without a flag that statistics exclude.

{{ config(materialized='table') }}

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

primaries as (

    select * from {{ ref('int_cases__primaries') }}

),

entities as (

    select * from {{ ref('int_tumour_codes__entities') }}

),

flags as (

    select * from {{ ref('fct_case_flags') }}

),

checks as (

    select * from {{ ref('dim_case_checks') }}

),

excluded as (

    select distinct
        flags.collection_id,
        flags.tumour_id

    from flags

    inner join checks
        on flags.rule_code = checks.rule_code

    where checks.excluded_from_statistics

),

-- The inner joins drop on purpose: tumours that are no primaries, and codes of no entity.
counted as (

    select
        cases.collection_id,
        cases.tumour_id,
        cases.donor_id,
        entities.cancer_entity_code,
        cases.incidence_date

    from cases

    inner join primaries
        on
            cases.collection_id = primaries.collection_id
            and cases.tumour_id = primaries.tumour_id
            and primaries.is_primary

    inner join entities
        on
            cases.topography_code = entities.topography_code
            and cases.morphology_code = entities.morphology_code
            and cases.behaviour_code = entities.behaviour_code

    where
        cases.behaviour_code = '3'
        and not exists (
            select 1
            from excluded
            where
                excluded.collection_id = cases.collection_id
                and excluded.tumour_id = cases.tumour_id
        )

)

select * from counted
