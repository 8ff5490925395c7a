-- One row per current case: the primary that it is counted with by IARC/IACR 2004, and why.

{{ config(materialized='table') }}

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

groups as (

    select * from {{ ref('int_tumour_codes__primary_groups') }}

),

-- Left join: a case whose codes have no groups is kept, and is not counted.
grouped as (

    select
        cases.collection_id,
        cases.tumour_id,
        cases.donor_id,
        cases.delivery_id,
        cases.incidence_date,
        cases.tumour_sequence,
        cases.morphology_code,
        cases.behaviour_code,
        groups.primary_site_group_code,
        groups.histology_group_code,
        groups.narrow_family,
        groups.wide_family,
        groups.is_once_in_a_body,
        coalesce(groups.is_counted, false) as is_counted,
        coalesce(groups.unspecified_level, '') as unspecified_level,
        case when groups.is_once_in_a_body then 'body' else groups.primary_site_group_code end
        as place

    from cases

    left join groups
        on
            cases.topography_code = groups.topography_code
            and cases.morphology_code = groups.morphology_code
            and cases.behaviour_code = groups.behaviour_code

),

-- An unspecified carcinoma or blood cancer is the first specific one that it can be. Which of
-- them absorbs it needs no walk from tumour to tumour: the first is the first, whichever came
-- before. All windows keep counted tumours apart from the others.
narrowed as (

    select
        *,
        case
            when unspecified_level = 'narrow'
                then first_value(histology_group_code) over (
                        partition by collection_id, donor_id, is_counted, place, narrow_family
                        order by
                            case when unspecified_level = 'narrow' then 1 else 0 end asc,
                            incidence_date asc, tumour_sequence asc, tumour_id asc
                    )
            else histology_group_code
        end as narrowed_group_code
    from grouped

),

-- A wholly unspecified cancer is then the first of anything solid at its site, and counts once
-- in a body if that does.
resolved as (

    select
        *,
        case
            when unspecified_level = 'wide'
                then first_value(narrowed_group_code) over solid_at_the_site
            else narrowed_group_code
        end as resolved_group_code,
        case
            when unspecified_level = 'wide'
                then first_value(place) over solid_at_the_site
            else place
        end as resolved_place
    from narrowed
    window solid_at_the_site as (
        partition by
            collection_id, donor_id, is_counted, primary_site_group_code, wide_family
        order by
            case when unspecified_level = 'wide' then 1 else 0 end asc,
            incidence_date asc, tumour_sequence asc, tumour_id asc
    )

),

-- Tumours of one person, place and resolved group are one primary: the first of them.
counted as (

    select
        *,
        first_value(tumour_id) over by_date as first_tumour_id,
        first_value(histology_group_code) over by_date as first_group_code,
        first_value(morphology_code) over by_detail as counted_morphology_code
    from resolved
    window by_date as (
        partition by collection_id, donor_id, is_counted, resolved_place, resolved_group_code
        order by incidence_date asc, tumour_sequence asc, tumour_id asc
    ),
    by_detail as (
        partition by collection_id, donor_id, is_counted, resolved_place, resolved_group_code
        order by
            case when histology_group_code = resolved_group_code then 0 else 1 end asc,
            incidence_date asc, tumour_sequence asc, tumour_id asc
    )

),

explained as (

    select
        collection_id,
        tumour_id,
        donor_id,
        delivery_id,
        primary_site_group_code,
        histology_group_code,
        is_counted and tumour_id = first_tumour_id as is_primary,
        case when is_counted then first_tumour_id end as primary_tumour_id,
        case when is_counted then resolved_group_code end as primary_histology_group_code,
        case when is_counted then counted_morphology_code end as primary_morphology_code,
        case
            when not is_counted and behaviour_code in ('0', '1', '2') then 'not_malignant'
            when not is_counted and behaviour_code = '6' then 'metastasis'
            when not is_counted then 'unknown_behaviour'
            when tumour_id = first_tumour_id then 'first_of_its_kind'
            when histology_group_code <> resolved_group_code then 'less_specific'
            when first_group_code <> resolved_group_code then 'more_specific'
            when is_once_in_a_body then 'once_in_a_body'
            else 'same_kind'
        end as reason
    from counted

)

select * from explained
