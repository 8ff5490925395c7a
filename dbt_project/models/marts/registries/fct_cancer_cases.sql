-- One row per tumour of a donor, as the cancer registry knows it in its latest linkage.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

-- The age is counted from the birth date that holds for the whole warehouse. Left join: a case
-- whose donor is missing from the bank's list keeps the registry's own birth date.
aged as (

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
        cases.delivery_id

    from cases

    left join persons
        on
            cases.collection_id = persons.collection_id
            and cases.donor_id = persons.donor_id

)

select * from aged
