-- One row per tumour and span of linkages: what the cancer registry knew of it, and when.

with

spans as (

    select * from {{ ref('int_history__cancer_registry__cases') }}

),

renumbered as (

    select * from {{ ref('int_cancer_cases__renumbered') }}

),

-- Left joins: few tumours come from another number or go on under one. Each number stands in a
-- linkage once on either side, so no row is doubled.
linked as (

    select
        spans.*,
        before_it.previous_tumour_id,
        before_it.previous_tumour_sequence,
        after_it.tumour_id as next_tumour_id
    from spans
    left join renumbered as before_it
        on
            spans.collection_id = before_it.collection_id
            and spans.tumour_id = before_it.tumour_id
            and spans.known_from = before_it.known_from
            and spans.change = 'new'
    left join renumbered as after_it
        on
            spans.collection_id = after_it.collection_id
            and spans.tumour_id = after_it.previous_tumour_id
            and spans.known_from = after_it.known_from
            and spans.change = 'retracted'

),

told as (

    select
        collection_id,
        tumour_id,
        known_from,
        known_to,
        previous_tumour_id,
        next_tumour_id,
        donor_id,
        tumour_sequence,
        birth_date,
        sex_code,
        municipality_code,
        incidence_date,
        incidence_date_quality,
        basis_code,
        topography_code,
        morphology_code,
        behaviour_code,
        grade_code,
        laterality_code,
        stage_code,
        icd7_code,
        delivery_id,
        case when previous_tumour_id is not null then 'renumbered' else change end as change,
        case
            when previous_tumour_id is null then changed_fields
            when (tumour_sequence is distinct from previous_tumour_sequence)
                then 'tumour_id,tumour_sequence'
            else 'tumour_id'
        end as changed_fields,
        left(topography_code, 3) as site_code,
        found_at_autopsy = '1' as found_at_autopsy
    from linked

)

select * from told
