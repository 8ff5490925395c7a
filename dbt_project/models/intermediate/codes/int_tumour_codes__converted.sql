-- One row per topography, morphology and behaviour that cases have, with the ICD-10 code.

{{ config(materialized='table') }}

with

known as (

    select * from {{ ref('int_tumour_codes__known') }}

),

morphology_rules as (

    select * from {{ ref('icdo3_to_icd10_morphologies') }}

),

site_rules as (

    select * from {{ ref('icdo3_to_icd10_sites') }}

),

-- What is no code of ICD-O-3 is not guessed at. A behaviour that ICD-O-3 does not list with the
-- histology is no hindrance.
triples as (

    select
        topography_code,
        morphology_code,
        behaviour_code

    from known

    where
        is_known_topography
        and is_known_histology

),

morphologies as (

    select distinct
        morphology_code,
        behaviour_code

    from triples

),

-- Which rules a morphology meets does not hang on the site, so it is found once per morphology.
-- Inner join: a morphology that meets no rule is coded by its site further down.
applicable as (

    select
        morphologies.morphology_code,
        morphologies.behaviour_code,
        morphology_rules.first_topography,
        morphology_rules.last_topography,
        morphology_rules.as_topography,
        morphology_rules.icd10_code,
        morphology_rules.site_map,
        morphology_rules.priority

    from morphologies

    inner join morphology_rules
        on
            morphologies.morphology_code between morphology_rules.first_morphology
            and morphology_rules.last_morphology
            and position(morphologies.behaviour_code in morphology_rules.behaviours) > 0

),

-- The first rule that matches wins. Left join: without a rule the site decides.
decided as (

    select distinct on (triples.topography_code, triples.morphology_code, triples.behaviour_code)
        triples.topography_code,
        triples.morphology_code,
        triples.behaviour_code,
        applicable.icd10_code as fixed_code,
        coalesce(applicable.as_topography, triples.topography_code) as coded_topography,
        coalesce(applicable.site_map, 'by_site') as site_map

    from triples

    left join applicable
        on
            triples.morphology_code = applicable.morphology_code
            and triples.behaviour_code = applicable.behaviour_code
            and triples.topography_code between applicable.first_topography
            and applicable.last_topography

    order by
        triples.topography_code,
        triples.morphology_code,
        triples.behaviour_code,
        applicable.priority

),

places as (

    select distinct
        site_map,
        behaviour_code,
        coded_topography

    from decided

    where fixed_code is null

),

-- A map of its own (skin, bone, …) goes before the common one; within a map the first priority
-- wins. Inner join: a place without a rule, such as in situ in bone, has no ICD-10 code.
placed as (

    select distinct on (places.site_map, places.behaviour_code, places.coded_topography)
        places.site_map,
        places.behaviour_code,
        places.coded_topography,
        site_rules.icd10_code as pattern

    from places

    inner join site_rules
        on
            site_rules.site_map in (places.site_map, 'by_site')
            and position(places.behaviour_code in site_rules.behaviours) > 0
            and places.coded_topography between site_rules.first_topography
            and site_rules.last_topography

    order by
        places.site_map,
        places.behaviour_code,
        places.coded_topography,
        case when site_rules.site_map = places.site_map then 1 else 2 end,
        site_rules.priority

),

-- `=` stands for the topography itself, a dash at the end for its fourth digit, `none` for no
-- code at all. Left joins: a triple that is not known stays without an answer, and a fixed code
-- asks no map.
converted as (

    select
        known.topography_code,
        known.morphology_code,
        known.behaviour_code,
        nullif(
            case
                when decided.fixed_code is not null then decided.fixed_code
                when placed.pattern = '=' then decided.coded_topography
                when right(placed.pattern, 1) = '-'
                    then left(placed.pattern, 3) || right(decided.coded_topography, 1)
                else placed.pattern
            end,
            'none'
        ) as icd10_code

    from known

    left join decided
        on
            known.topography_code = decided.topography_code
            and known.morphology_code = decided.morphology_code
            and known.behaviour_code = decided.behaviour_code

    left join placed
        on
            decided.site_map = placed.site_map
            and decided.behaviour_code = placed.behaviour_code
            and decided.coded_topography = placed.coded_topography

)

select * from converted
