-- One row per variable and two neighbouring surveys of a collection: how their values differ, what
-- that looks like, and which of the two looks wrong.

with

numbers as (

    select * from {{ ref('int_drift__numbers') }}

),

codes as (

    select * from {{ ref('int_drift__codes') }}

),

findings as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        n_values_before,
        n_values,
        median_before,
        median,
        median_ratio,
        standardised_difference,
        percent_out_of_range_before,
        percent_out_of_range,
        null::double precision as shares_difference,
        null::double precision as shares_difference_swapped,
        finding,
        likely_factor,
        factor_meaning,
        null::text as swapped_codes,
        suspect_survey_id
    from numbers

    union all

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        n_values_before,
        n_values,
        null as median_before,
        null as median,
        null as median_ratio,
        null as standardised_difference,
        null as percent_out_of_range_before,
        null as percent_out_of_range,
        shares_difference,
        shares_difference_swapped,
        finding,
        null as likely_factor,
        null as factor_meaning,
        swapped_codes,
        suspect_survey_id
    from codes

),

-- Which factor, codes or survey is told with a finding only: without one it would be a slander.
drift as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        n_values_before::integer as n_values_before,
        n_values::integer as n_values,
        finding,
        round(median_before::numeric, 4) as median_before,
        round(median::numeric, 4) as median,
        round(median_ratio::numeric, 4) as median_ratio,
        round(standardised_difference::numeric, 3) as standardised_difference,
        round(percent_out_of_range_before::numeric, 2) as percent_out_of_range_before,
        round(percent_out_of_range::numeric, 2) as percent_out_of_range,
        round(shares_difference::numeric, 4) as shares_difference,
        round(shares_difference_swapped::numeric, 4) as shares_difference_swapped,
        case when finding = 'unit_changed' then likely_factor end as likely_factor,
        case when finding = 'unit_changed' then factor_meaning end as factor_meaning,
        case when finding = 'codes_swapped' then swapped_codes end as swapped_codes,
        case
            when finding not in ('none', 'too_few') then suspect_survey_id
        end as suspect_survey_id
    from findings

)

select * from drift
