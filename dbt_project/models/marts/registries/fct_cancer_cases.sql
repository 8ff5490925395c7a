-- One row per tumour of a donor, as the cancer registry knows it in its latest linkage.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

classified as (

    select * from {{ ref('int_tumour_codes__classified') }}

),

municipalities as (

    select * from {{ ref('dim_municipalities') }}

),

primaries as (

    select * from {{ ref('int_cases__primaries') }}

),

consumers as (

    select * from {{ ref('int_cases__consumers') }}

),

-- The age is counted from the birth date that holds for the whole warehouse. Left join: a case
-- whose donor is missing from the bank's list keeps the registry's own birth date. The other
-- joins are left joins too: what a code leads to may be unknown, and the case stays.
described as (

    select
        cases.collection_id,
        cases.tumour_id,
        cases.donor_id,
        cases.tumour_sequence,
        cases.incidence_date,
        cases.incidence_date_quality,
        {{
            completed_years(
                'coalesce(persons.birth_date, cases.birth_date)', 'cases.incidence_date'
            )
        }} as age_at_diagnosis_years,
        cases.basis_code,
        cases.topography_code,
        left(cases.topography_code, 3) as site_code,
        cases.morphology_code,
        cases.behaviour_code,
        cases.grade_code,
        cases.laterality_code,
        cases.stage_code,
        cases.found_at_autopsy = '1' as found_at_autopsy,
        cases.municipality_code,
        cases.icd7_code,
        classified.icd10_code,
        classified.site_group_code,
        municipalities.municipality_code_today,
        municipalities.county_code_today,
        coalesce(primaries.is_primary, false) as is_primary,
        coalesce(consumers.is_excluded_from_statistics, false) as is_excluded_from_statistics,
        cases.delivery_id

    from cases

    left join persons
        on
            cases.collection_id = persons.collection_id
            and cases.donor_id = persons.donor_id

    left join classified
        on
            cases.topography_code = classified.topography_code
            and cases.morphology_code = classified.morphology_code
            and cases.behaviour_code = classified.behaviour_code

    left join municipalities
        on {{
            municipality_on(
                'municipalities', 'cases.municipality_code', 'cases.incidence_date'
            )
        }}

    left join primaries
        on
            cases.collection_id = primaries.collection_id
            and cases.tumour_id = primaries.tumour_id

    left join consumers
        on
            cases.collection_id = consumers.collection_id
            and cases.tumour_id = consumers.tumour_id

)

select * from described
