-- One row per topography, morphology and behaviour that occurs together: its groups of IARC/IACR.

{{ config(materialized='table') }}

with

triples as (

    select * from {{ ref('int_tumour_codes__distinct') }}

),

site_groups as (

    select * from {{ ref('primary_site_groups') }}

),

histology_groups as (

    select * from {{ ref('primary_histology_groups') }}

),

kinds as (

    select * from {{ ref('primary_histology_kinds') }}

),

behaviours as (

    select * from {{ ref('primary_behaviours') }}

),

-- Left joins: a site outside the listed groups stands for its first three characters, and a
-- histology outside all groups is one of the unspecified (17).
grouped as (

    select
        triples.topography_code,
        triples.morphology_code,
        triples.behaviour_code,
        coalesce(
            site_groups.primary_site_group_code, left(triples.topography_code, 3)
        ) as primary_site_group_code,
        coalesce(histology_groups.histology_group_code, '17') as histology_group_code,
        behaviours.behaviour_code is not null as is_counted

    from triples

    left join site_groups
        on triples.topography_code between site_groups.topography_from and site_groups.topography_to

    left join histology_groups
        on
            triples.morphology_code
            between histology_groups.morphology_from and histology_groups.morphology_to

    left join behaviours
        on
            triples.behaviour_code = behaviours.behaviour_code
            and triples.topography_code
            between behaviours.topography_from and behaviours.topography_to

),

-- Inner join: every group has a kind, which a test of the seeds makes sure of.
with_kinds as (

    select
        grouped.topography_code,
        grouped.morphology_code,
        grouped.behaviour_code,
        grouped.primary_site_group_code,
        grouped.histology_group_code,
        grouped.is_counted,
        kinds.narrow_family,
        kinds.wide_family,
        kinds.unspecified_level,
        kinds.is_once_in_a_body

    from grouped

    inner join kinds
        on grouped.histology_group_code = kinds.histology_group_code

)

select * from with_kinds
