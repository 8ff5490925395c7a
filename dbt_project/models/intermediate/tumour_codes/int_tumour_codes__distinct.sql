-- One row per topography, morphology and behaviour that occurs together among the cases.
-- STAND-IN: replaced by the model of the same name that knows ICD-O-3.

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
