-- One row per ICD-7 code that any current case has, with what it is in ICD-10.

with

cases as (

    select * from {{ ref('stg_cancer_registry__cases') }}

),

pairs as (

    select * from {{ ref('icd7_to_icd10') }}

),

mappings as (

    select * from {{ ref('icd7_mapping') }}

),

codes as (

    select distinct icd7_code

    from cases

    where icd7_code is not null

),

-- Two three-digit codes that lead to one ICD-10 code make it n:1; a three-digit code and its own
-- fourth digit do not.
shared as (

    select
        icd10_code,
        length(icd7_code) as digits,
        count(*) as sources

    from pairs

    group by
        icd10_code,
        length(icd7_code)

),

-- Inner join: each pair has its count.
entries as (

    select
        pairs.icd7_code,
        max(case when pairs.is_preferred then pairs.icd10_code end) as icd10_code,
        string_agg(
            pairs.icd10_code, ','
            order by case when pairs.is_preferred then 1 else 2 end, pairs.icd10_code
        ) as icd10_candidates,
        case
            when max(shared.sources) > 1 and count(*) > 1 then 'n:m'
            when max(shared.sources) > 1 then 'n:1'
            when count(*) > 1 then '1:n'
            else '1:1'
        end as cardinality

    from pairs

    inner join shared
        on
            pairs.icd10_code = shared.icd10_code
            and length(pairs.icd7_code) = shared.digits

    group by pairs.icd7_code

),

-- A fourth digit that the table does not know is read as the three-digit code above it. Left
-- joins: a code that is not in the table stays, without an answer. Cross join: the table of
-- versions has one row.
mapped as (

    select
        codes.icd7_code,
        mappings.mapping_version,
        coalesce(exact.icd7_code, wider.icd7_code) as mapped_icd7_code,
        coalesce(exact.icd10_code, wider.icd10_code) as icd10_code,
        coalesce(exact.icd10_candidates, wider.icd10_candidates) as icd10_candidates,
        coalesce(exact.cardinality, wider.cardinality) as cardinality

    from codes

    cross join mappings

    left join entries as exact
        on codes.icd7_code = exact.icd7_code

    left join entries as wider
        on left(codes.icd7_code, 3) = wider.icd7_code

)

select * from mapped
