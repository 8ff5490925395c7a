-- One row per tumour that came under another number in a linkage: its number before and after.

{% set content = [
    'donor_id', 'birth_date', 'sex_code', 'municipality_code', 'incidence_date',
    'incidence_date_quality', 'basis_code', 'topography_code', 'morphology_code', 'behaviour_code',
    'grade_code', 'laterality_code', 'stage_code', 'found_at_autopsy', 'icd7_code',
] | join(', ') %}

with

spans as (

    select * from {{ ref('int_history__cancer_registry__cases') }}

),

retracted as (

    select * from spans
    where change = 'retracted'

),

-- Semi-join: only where a donor lost a tumour in the linkage can a new one be the same.
candidates as (

    select *
    from spans
    where
        change in ('new', 'retracted')
        and exists (
            select 1
            from retracted
            where
                retracted.collection_id = spans.collection_id
                and retracted.donor_id = spans.donor_id
                and retracted.known_from = spans.known_from
        )

),

-- Tumours of one content are paired in the order of their numbers: first with first.
placed as (

    select
        *,
        rank() over (
            partition by collection_id, known_from, change, {{ content }}
            order by tumour_id
        ) as place
    from candidates

),

-- The same content, and everything tracked is content but the number and the order in the person.
pairs as (

    select
        collection_id,
        known_from,
        max(case when change = 'new' then tumour_id end) as tumour_id,
        max(case when change = 'retracted' then tumour_id end) as previous_tumour_id,
        max(case when change = 'retracted' then tumour_sequence end) as previous_tumour_sequence
    from placed
    group by collection_id, known_from, {{ content }}, place
    having count(*) = 2

)

select * from pairs
