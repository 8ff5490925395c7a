-- One row per topography, morphology and behaviour that any current case has: what the rules of
-- the code systems look at, once, however many cases share it.

{{ config(materialized='table') }}

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

)

select * from triples
