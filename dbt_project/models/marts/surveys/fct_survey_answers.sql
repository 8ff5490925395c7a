-- One row per attender of a survey and harmonised variable, also those the survey never asked:
-- why a value is missing must reach the researcher.
-- One sort for each survey: with 16 MB each, a large survey takes no more memory than a small one.
-- depends_on: {{ ref('dim_surveys') }}

{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[{'columns': ['survey_id', 'delivery_id']}],
        pre_hook=[
            "set local work_mem = '16MB'",
            "{{ remove_outdated_rows(surveys=ref('dim_surveys')) }}"
        ]
    )
}}

with

harmonised as (

    select * from {{ ref('int_answers__long') }}

),

-- Millions of rows, and a delivery brings the answers of one survey: only those are written.
new_answers as (

    select
        collection_id,
        donor_id,
        survey_id,
        variable,
        attended_date,
        value_original,
        value,
        unit,
        rule,
        missing_reason,
        delivery_id
    from harmonised
    where {{ is_new_delivery('survey_id', 'delivery_id') }}

)

select * from new_answers
