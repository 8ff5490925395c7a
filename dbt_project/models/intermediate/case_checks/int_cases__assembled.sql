-- One row per current case with what the other registers and the bank know of its person.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

deliveries as (

    select * from {{ source('ops', 'current_tables') }}

),

sampled as (

    select distinct
        collection_id,
        donor_id
    from draws

),

-- All joins are left joins: a case is never lost for what somebody else does not know. A delivery
-- has one row of the table, so none multiplies. The registry tells no age of its own.
assembled as (

    select
        cases.collection_id,
        cases.tumour_id,
        cases.donor_id,
        cases.delivery_id,
        cases.tumour_sequence,
        cases.sex_code,
        cases.birth_date,
        cases.incidence_date,
        cases.follow_up_date,
        cases.vital_status_code,
        cases.basis_code,
        cases.topography_code,
        cases.morphology_code,
        cases.behaviour_code,
        cases.grade_code,
        cases.laterality_code,
        cases.found_at_autopsy,
        persons.sex_code as register_sex_code,
        persons.birth_date as register_birth_date,
        deliveries.as_of as known_on_date,
        null::smallint as given_age_years,
        sampled.donor_id is not null as has_draw

    from cases

    left join persons
        on
            cases.collection_id = persons.collection_id
            and cases.donor_id = persons.donor_id

    left join sampled
        on
            cases.collection_id = sampled.collection_id
            and cases.donor_id = sampled.donor_id

    left join deliveries
        on
            cases.delivery_id = deliveries.delivery_id
            and deliveries.source = 'cancer_registry'
            and deliveries.table_name = 'cases'

)

select * from assembled
