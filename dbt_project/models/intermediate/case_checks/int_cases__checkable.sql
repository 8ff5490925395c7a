-- One row per current case with all that a rule of `metadata/case_checks` looks at.

{{ config(materialized='table') }}

with

cases as (

    select * from {{ ref('int_cases__assembled') }}

),

classified as (

    select * from {{ ref('int_tumour_codes__classified') }}

),

site_histology as (

    select * from {{ ref('int_tumour_codes__site_histology') }}

),

-- What a rule needs of the person's other tumours, once for all rules. Of tumours that agree in
-- site, histology and day, the first keeps its place and the others repeat it.
with_other_tumours as (

    select
        *,
        {{ completed_years('birth_date', 'incidence_date') }} as age_years,
        left(topography_code, 3) as site_code,
        min(sex_code) over person <> max(sex_code) over person as has_several_sexes,
        min(birth_date) over person <> max(birth_date) over person as has_several_births,
        rank() over (
            partition by
                collection_id, donor_id, topography_code, morphology_code, incidence_date
            order by tumour_sequence asc, tumour_id asc
        ) > 1 as is_repeated
    from cases
    window person as (partition by collection_id, donor_id)

),

-- Left joins: codes that were not classified leave a case as it is, and no rule asks about them.
checkable as (

    select
        with_other_tumours.*,
        classified.is_known_topography,
        classified.is_known_morphology,
        classified.icdo3_edition,
        site_histology.is_unusual_site

    from with_other_tumours

    left join classified
        on
            with_other_tumours.topography_code = classified.topography_code
            and with_other_tumours.morphology_code = classified.morphology_code
            and with_other_tumours.behaviour_code = classified.behaviour_code

    left join site_histology
        on
            with_other_tumours.topography_code = site_histology.topography_code
            and with_other_tumours.morphology_code = site_histology.morphology_code

)

select * from checkable
