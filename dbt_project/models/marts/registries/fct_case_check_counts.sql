-- One row per collection and rule: tumours the rule is about, and tumours that break it.

with

counted as (

    select * from {{ ref('int_case_checks__counted') }}

),

counts as (

    select
        collection_id,
        rule_code,
        denominator::integer as denominator,
        numerator::integer as numerator
    from counted

)

select * from counts
