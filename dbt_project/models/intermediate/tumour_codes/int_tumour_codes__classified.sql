-- One row per topography, morphology and behaviour: whether ICD-O-3 has them.
-- STAND-IN: replaced by the model of the same name that knows ICD-O-3.

with

triples as (

    select * from {{ ref('int_tumour_codes__distinct') }}

),

classified as (

    select
        topography_code,
        morphology_code,
        behaviour_code,
        topography_code between 'C000' and 'C809'
        and left(topography_code, 3) not in ('C27', 'C28', 'C29', 'C35', 'C36', 'C43', 'C45', 'C46')
        and left(topography_code, 3) not in ('C59', 'C78', 'C79') as is_known_topography,
        morphology_code between '8000' and '9992'
        and morphology_code not in ('8999') as is_known_morphology,
        case when morphology_code in ('9425', '9395') then '3.1' else '3.0' end as icdo3_edition,
        null::text as icd10_code,
        null::text as site_group_code
    from triples

)

select * from classified
