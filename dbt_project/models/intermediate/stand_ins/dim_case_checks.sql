-- One row per rule that a case can break: none.
-- STAND-IN until the checks of the registries exist; delete this folder then.

with

rules as (

    select
        'stand_in' as rule_code,
        'error' as severity,
        'stand-in' as description,
        'stand-in' as source,
        false as excluded_from_statistics,
        false as excluded_from_matching,
        false as excluded_from_extracts

)

select * from rules
where false
