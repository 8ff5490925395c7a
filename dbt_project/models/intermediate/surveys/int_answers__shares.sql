-- One row per survey, variable that has codes, and code: its share of the values.

with

counts as (

    select * from {{ ref('int_answers__counts') }}

),

variables as (

    select * from {{ ref('dim_variables') }}

),

rules as (

    select * from {{ ref('dim_survey_rules') }}

),

-- Inner joins: numbers and texts have no shares. Where a survey tells a variable in part only, a
-- code may be all that it can tell, and its share says nothing.
codes as (

    select
        counts.collection_id,
        counts.survey_id,
        counts.variable,
        counts.answer as code,
        sum(counts.attenders)::bigint as attenders

    from counts

    inner join variables
        on
            counts.variable = variables.variable
            and variables.codelist is not null

    inner join rules
        on
            counts.survey_id = rules.survey_id
            and counts.variable = rules.variable
            and rules.status = 'complete'

    where counts.missing_reason is null

    group by counts.collection_id, counts.survey_id, counts.variable, counts.answer

),

shares as (

    select
        collection_id,
        survey_id,
        variable,
        code,
        attenders,
        (sum(attenders) over (partition by collection_id, survey_id, variable))::bigint as answers,
        attenders::double precision
        / sum(attenders) over (partition by collection_id, survey_id, variable) as share_of_values
    from codes

)

select * from shares
