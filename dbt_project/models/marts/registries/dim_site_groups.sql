-- One row per site group: every tumour is in exactly one of them.

with

site_groups as (

    select * from {{ ref('site_group') }}

),

entities as (

    select * from {{ ref('dim_cancer_entities') }}

),

-- Entities that are sums of others have no group of their own.
definitions as (

    select
        site_group_code,
        string_agg(
            cancer_entity_code, ', '
            order by display_order
        ) as cancer_entity_codes,
        string_agg(
            icd10_definition, ', '
            order by display_order
        ) as icd10_definition

    from entities

    where site_group_code is not null

    group by site_group_code

),

-- Left join: what is not counted as cancer is a group without an entity.
described as (

    select
        site_groups.site_group_code,
        site_groups.label_no,
        site_groups.label_en,
        definitions.cancer_entity_codes,
        definitions.icd10_definition,
        site_groups.display_order

    from site_groups

    left join definitions
        on site_groups.site_group_code = definitions.site_group_code

)

select * from described
