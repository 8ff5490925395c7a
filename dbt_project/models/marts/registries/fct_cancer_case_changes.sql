-- One row per tumour, linkage and field that the linkage changed: the value before and after.

{% set fields = [
    'tumour_sequence', 'birth_date', 'sex_code', 'municipality_code', 'incidence_date',
    'incidence_date_quality', 'basis_code', 'topography_code', 'morphology_code', 'behaviour_code',
    'grade_code', 'laterality_code', 'stage_code', 'found_at_autopsy', 'icd7_code',
] %}

with

history as (

    select * from {{ ref('fct_cancer_case_history') }}

),

{{ case_changes(fields) }}

select * from fields
