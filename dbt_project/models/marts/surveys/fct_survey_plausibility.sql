-- One row per survey and cross-check that it can ask: attenders checked, and those who fail it.

with

checked as (

    select * from {{ ref('int_answers__checked') }}

),

plausibility as (

    select
        collection_id,
        survey_id,
        check_id,
        attenders_checked::integer as n_checked,
        attenders_failed::integer as n_failed,
        blanks,
        round(100.0 * attenders_failed / nullif(attenders_checked, 0), 3) as percent_failed
    from checked

)

select * from plausibility
