-- One row per survey and variable of the dictionary, also what the survey cannot tell or has not
-- delivered yet: how many have a value, and why the others have none.

with

rules as (

    select * from {{ ref('dim_survey_rules') }}

),

surveys as (

    select * from {{ ref('dim_surveys') }}

),

counts as (

    select * from {{ ref('int_answers__counts') }}

),

counted as (

    select
        collection_id,
        survey_id,
        variable,
        sum(attenders) as n_attenders,
        sum(attenders) filter (where missing_reason is null) as n_values,
        sum(attenders) filter (where missing_reason = 'not_asked') as n_not_asked,
        sum(attenders) filter (where missing_reason = 'not_answered') as n_not_answered,
        sum(attenders) filter (where missing_reason = 'refused') as n_refused,
        sum(attenders) filter (where missing_reason = 'unknown') as n_unknown,
        sum(attenders) filter (where missing_reason = 'out_of_range') as n_out_of_range,
        sum(attenders) filter (where missing_reason = 'inconsistent') as n_inconsistent,
        sum(attenders) filter (where missing_reason = 'not_applicable') as n_not_applicable,
        min(first_date) filter (where missing_reason is null) as first_date,
        max(last_date) filter (where missing_reason is null) as last_date
    from counts
    group by collection_id, survey_id, variable

),

-- Inner join: every survey is described. Left join: a survey without attenders has no counts.
cells as (

    select
        rules.collection_id,
        rules.survey_id,
        rules.variable,
        rules.status,
        rules.rule,
        surveys.first_year as survey_first_year,
        surveys.last_year as survey_last_year,
        counted.first_date,
        counted.last_date,
        rules.unit,
        rules.question,
        coalesce(counted.n_attenders, 0)::integer as n_attenders,
        coalesce(counted.n_values, 0)::integer as n_values,
        coalesce(counted.n_not_asked, 0)::integer as n_not_asked,
        coalesce(counted.n_not_answered, 0)::integer as n_not_answered,
        coalesce(counted.n_refused, 0)::integer as n_refused,
        coalesce(counted.n_unknown, 0)::integer as n_unknown,
        coalesce(counted.n_out_of_range, 0)::integer as n_out_of_range,
        coalesce(counted.n_inconsistent, 0)::integer as n_inconsistent,
        coalesce(counted.n_not_applicable, 0)::integer as n_not_applicable

    from rules

    inner join surveys
        on
            rules.collection_id = surveys.collection_id
            and rules.survey_id = surveys.survey_id

    left join counted
        on
            rules.collection_id = counted.collection_id
            and rules.survey_id = counted.survey_id
            and rules.variable = counted.variable

),

-- Where no date of attendance is delivered, the years are those of the survey.
completeness as (

    select
        collection_id,
        survey_id,
        variable,
        status,
        rule,
        n_attenders,
        n_values,
        n_not_asked,
        n_not_answered,
        n_refused,
        n_unknown,
        n_out_of_range,
        n_inconsistent,
        n_not_applicable,
        unit,
        question,
        round(100.0 * (n_attenders - n_values) / nullif(n_attenders, 0), 2) as percent_missing,
        case
            when n_values > 0
                then coalesce(extract(year from first_date), survey_first_year)::integer
        end as first_year,
        case
            when n_values > 0
                then coalesce(extract(year from last_date), survey_last_year)::integer
        end as last_year
    from cells

)

select * from completeness
