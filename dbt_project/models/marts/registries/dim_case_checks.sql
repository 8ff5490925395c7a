-- One row per rule over tumours: how grave, what it says, who leaves such tumours out.

with

rules as (

    select * from {{ ref('int_case_checks__rules') }}

),

checks as (

    select
        rule_code,
        severity,
        description_no,
        description,
        source,
        excluded_from_statistics,
        excluded_from_matching,
        excluded_from_extracts
    from rules

)

select * from checks
