-- One row per topography, morphology and behaviour that cases have: which of them are codes of
-- ICD-O-3, and since which edition.

with

triples as (

    select * from {{ ref('int_tumour_codes__distinct') }}

),

topographies as (

    select * from {{ ref('icdo3_topography') }}

),

morphologies as (

    select * from {{ ref('icdo3_morphology') }}

),

-- Inner join: the ranges of sites do not overlap, so a code is found once or never.
known_topographies as (

    select distinct triples.topography_code

    from triples

    inner join topographies
        on
            left(triples.topography_code, 3) between topographies.first_site
            and topographies.last_site
            and position(right(triples.topography_code, 1) in topographies.fourth_digits) > 0

    where length(triples.topography_code) = 4

),

-- A histology that ICD-O-3 lists with another behaviour exists all the same: the fifth digit is
-- the pathologist's. So both are found here: the histology, and with its behaviour the edition.
-- Inner join: a histology that ICD-O-3 does not list is not found.
known_morphologies as (

    select
        triples.morphology_code,
        triples.behaviour_code,
        min(
            case
                when position(triples.behaviour_code in morphologies.behaviours) > 0
                    then morphologies.first_edition
            end
        ) as icdo3_edition,
        max(
            case
                when position(triples.behaviour_code in morphologies.behaviours) > 0
                    then morphologies.last_edition
            end
        ) as last_icdo3_edition

    from triples

    inner join morphologies
        on
            left(triples.morphology_code, 3) = morphologies.morphology_family
            and position(right(triples.morphology_code, 1) in morphologies.last_digits) > 0

    where length(triples.morphology_code) = 4

    group by
        triples.morphology_code,
        triples.behaviour_code

),

-- Left joins: every triple stays, known or not.
known as (

    select
        triples.topography_code,
        triples.morphology_code,
        triples.behaviour_code,
        known_morphologies.icdo3_edition,
        known_morphologies.last_icdo3_edition,
        known_topographies.topography_code is not null as is_known_topography,
        known_morphologies.icdo3_edition is not null as is_known_morphology,
        known_morphologies.morphology_code is not null as is_known_histology

    from triples

    left join known_topographies
        on triples.topography_code = known_topographies.topography_code

    left join known_morphologies
        on
            triples.morphology_code = known_morphologies.morphology_code
            and triples.behaviour_code = known_morphologies.behaviour_code

)

select * from known
