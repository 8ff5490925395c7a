-- One row per delivery, survey, variable, reason and answer: how many attenders gave it, and when.
-- Millions of answers are read once here; completeness and drift are worked out from these counts.
-- depends_on: {{ ref('dim_surveys') }}

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        pre_hook="{{ remove_outdated_rows(surveys=ref('dim_surveys')) }}"
    )
}}

with

answers as (

    select * from {{ ref('fct_survey_answers') }}
    where {{ is_new_delivery('survey_id', 'delivery_id') }}

),

-- What was out of range has no value; its original tells what unit it may have been in.
counted as (

    select
        collection_id,
        survey_id,
        delivery_id,
        variable,
        missing_reason,
        case
            when missing_reason is null then value
            when missing_reason = 'out_of_range' then value_original
        end as answer,
        count(*) as attenders,
        min(attended_date) as first_date,
        max(attended_date) as last_date
    from answers
    group by
        collection_id,
        survey_id,
        delivery_id,
        variable,
        missing_reason,
        case
            when missing_reason is null then value
            when missing_reason = 'out_of_range' then value_original
        end

)

select * from counted
