-- One row per municipality code and validity: the county of the time, and what it is today.

with

municipalities as (

    select * from {{ ref('int_municipalities__today') }}

),

municipalities_today as (

    select * from {{ ref('municipalities_today') }}

),

-- A split municipality counts as its largest part; all parts are listed beside it.
resolved as (

    select
        municipality_code,
        valid_from,
        valid_to,
        max(case when is_main_part then municipality_code_today end) as municipality_code_today,
        string_agg(
            municipality_code_today, ' '
            order by municipality_code_today
        ) as municipality_codes_today,
        count(*) > 1 as is_split,
        bool_or(is_merged) as is_merged
    from municipalities
    group by municipality_code, valid_from, valid_to

),

-- The first two digits of a municipality are its county, at all times. Left join: the name of a
-- municipality is an extra.
described as (

    select
        resolved.municipality_code,
        resolved.valid_from,
        resolved.valid_to,
        resolved.municipality_code_today,
        municipalities_today.municipality_name as municipality_name_today,
        resolved.municipality_codes_today,
        left(resolved.municipality_code, 2) as county_code,
        left(resolved.municipality_code_today, 2) as county_code_today,
        case
            when resolved.is_split and resolved.is_merged then 'n:m'
            when resolved.is_split then '1:n'
            when resolved.is_merged then 'n:1'
            else '1:1'
        end as cardinality

    from resolved

    left join municipalities_today
        on resolved.municipality_code_today = municipalities_today.municipality_code

)

select
    municipality_code,
    valid_from,
    valid_to,
    county_code,
    municipality_code_today,
    municipality_name_today,
    municipality_codes_today,
    county_code_today,
    cardinality
from described
