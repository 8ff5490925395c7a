-- One row per variable and two surveys of a collection that follow each other in it, by first year.

with

profiles as (

    select * from {{ ref('int_answers__profiles') }}

),

shares as (

    select * from {{ ref('int_answers__shares') }}

),

surveys as (

    select * from {{ ref('dim_surveys') }}

),

answered as (

    select
        collection_id,
        survey_id,
        variable,
        answers
    from profiles

    union all

    select distinct
        collection_id,
        survey_id,
        variable,
        answers
    from shares

),

-- Inner join: every survey is described.
dated as (

    select
        answered.collection_id,
        answered.survey_id,
        answered.variable,
        surveys.first_year,
        answered.answers >= {{ drift_limit('least_values') }} as is_enough

    from answered

    inner join surveys
        on
            answered.collection_id = surveys.collection_id
            and answered.survey_id = surveys.survey_id

),

-- A survey of a handful of people must not part two large ones from each other: the large ones are
-- compared as well.
pairs as (

    select
        collection_id,
        variable,
        survey_id,
        lag(survey_id) over (
            partition by collection_id, variable
            order by first_year, survey_id
        ) as previous_survey_id
    from dated

    union distinct

    select
        collection_id,
        variable,
        survey_id,
        lag(survey_id) over (
            partition by collection_id, variable
            order by first_year, survey_id
        ) as previous_survey_id
    from dated
    where is_enough

),

neighbours as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id
    from pairs
    where previous_survey_id is not null

)

select * from neighbours
