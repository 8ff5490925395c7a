-- One row per linkage and tumour: the tumours that the cancer registry knew at that linkage.

with

linkages as (

    select * from {{ source('ops', 'linkages') }}
    where source = 'cancer_registry' and table_name = 'cases'

),

quarantined as (

    select * from {{ source('ops', 'quarantined_keys') }}
    where source = 'cancer_registry' and table_name = 'cases'

),

history as (

    select * from {{ ref('fct_cancer_case_history') }}

),

-- Inner join: a span belongs to every linkage from the one that opened it up to the one that ended
-- it. Left join: hardly any row lies in quarantine, and the key rule lets none beside a good one.
known as (

    select
        linkages.collection_id,
        linkages.linkage_number,
        history.tumour_id,
        linkages.as_of as as_of_date,
        history.known_from,
        history.donor_id,
        history.tumour_sequence,
        history.birth_date,
        history.sex_code,
        history.municipality_code,
        history.incidence_date,
        history.incidence_date_quality,
        history.basis_code,
        history.topography_code,
        history.site_code,
        history.morphology_code,
        history.behaviour_code,
        history.grade_code,
        history.laterality_code,
        history.stage_code,
        history.found_at_autopsy,
        history.icd7_code,
        linkages.delivery_id,
        quarantined.key is not null as is_carried_on
    from linkages
    inner join history
        on
            linkages.collection_id = history.collection_id
            and linkages.as_of >= history.known_from
            and linkages.as_of < coalesce(history.known_to, date '9999-12-31')
            and history.change <> 'retracted'
    left join quarantined
        on
            linkages.delivery_id = quarantined.delivery_id
            and history.tumour_id = quarantined.key

)

select * from known
