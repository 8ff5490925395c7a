-- One row per topography and morphology that occurs together: whether the histology arises there.

{{ config(materialized='table') }}

with

triples as (

    select * from {{ ref('int_tumour_codes__distinct') }}

),

families as (

    select * from {{ ref('site_histology_families') }}

),

sites as (

    select * from {{ ref('site_histology_sites') }}

),

pairs as (

    select distinct
        topography_code,
        morphology_code
    from triples

),

-- Left joins: a histology without a family may arise anywhere, and its pair is kept.
compared as (

    select
        pairs.topography_code,
        pairs.morphology_code,
        coalesce(sites.site_rule, 'anywhere') as site_rule,
        coalesce(
            pairs.topography_code between sites.topography_from and sites.topography_to, false
        ) as is_listed

    from pairs

    left join families
        on pairs.morphology_code between families.morphology_from and families.morphology_to

    left join sites
        on families.family = sites.family

),

judged as (

    select
        topography_code,
        morphology_code,
        case max(site_rule)
            when 'only' then not bool_or(is_listed)
            when 'never' then bool_or(is_listed)
            else false
        end as is_unusual_site
    from compared
    group by topography_code, morphology_code

)

select * from judged
