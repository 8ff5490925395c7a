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

consumers as (

    select * from {{ ref('int_cases__consumers') }}

),

-- The inner joins drop on purpose: tumours that are no primaries, codes of no entity, and tumours
-- that statistics leave out for their flags.
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

    inner join consumers
        on
            cases.collection_id = consumers.collection_id
            and cases.tumour_id = consumers.tumour_id
            and not consumers.is_excluded_from_statistics

    where cases.behaviour_code = '3'

)

select * from counted
