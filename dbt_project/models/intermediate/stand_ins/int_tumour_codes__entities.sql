-- One row per distinct triple of codes and entity: the site, and all cancers together.
-- STAND-IN until the entities of the Nordic statistics exist; delete this folder then.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

triples as (

    select distinct
        topography_code,
        morphology_code,
        behaviour_code
    from cases

),

entities as (

    select
        topography_code,
        morphology_code,
        behaviour_code,
        left(topography_code, 3) as cancer_entity_code
    from triples

    union all

    select
        topography_code,
        morphology_code,
        behaviour_code,
        '{{ all_cancers() }}' as cancer_entity_code
    from triples
    where not {{ is_nonmelanoma_skin('topography_code', 'morphology_code') }}

)

select * from entities
