-- One row per current case: which consumers leave it out for its flags.

with

cases as (

    select * from {{ ref('int_cases__checkable') }}

),

flags as (

    select * from {{ ref('fct_case_flags') }}

),

checks as (

    select * from {{ ref('dim_case_checks') }}

),

-- Inner join: every flag is of a rule in the table.
flagged as (

    select
        flags.collection_id,
        flags.tumour_id,
        bool_or(checks.excluded_from_statistics) as is_excluded_from_statistics,
        bool_or(checks.excluded_from_matching) as is_excluded_from_matching,
        bool_or(checks.excluded_from_extracts) as is_excluded_from_extracts

    from flags

    inner join checks
        on flags.rule_code = checks.rule_code

    group by flags.collection_id, flags.tumour_id

),

-- Left join: a case without flags is used by everybody.
consumers as (

    select
        cases.collection_id,
        cases.tumour_id,
        cases.donor_id,
        coalesce(flagged.is_excluded_from_statistics, false) as is_excluded_from_statistics,
        coalesce(flagged.is_excluded_from_matching, false) as is_excluded_from_matching,
        coalesce(flagged.is_excluded_from_extracts, false) as is_excluded_from_extracts

    from cases

    left join flagged
        on
            cases.collection_id = flagged.collection_id
            and cases.tumour_id = flagged.tumour_id

)

select * from consumers
