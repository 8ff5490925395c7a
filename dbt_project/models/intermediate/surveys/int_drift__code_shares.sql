-- One row per variable that has codes, two neighbouring surveys, and code: its share of the values
-- in both, and in the other surveys of the collection.

with

neighbours as (

    select * from {{ ref('int_drift__neighbours') }}

),

shares as (

    select * from {{ ref('int_answers__shares') }}

),

-- Inner join: neighbours in a number have no shares. The others are the remaining surveys of the
-- collection, each with the same weight.
cells as (

    select
        neighbours.collection_id,
        neighbours.variable,
        neighbours.previous_survey_id,
        neighbours.survey_id,
        shares.code,
        coalesce(
            sum(shares.share_of_values) filter (
                where shares.survey_id = neighbours.previous_survey_id
            ), 0
        ) as share_before,
        coalesce(
            sum(shares.share_of_values) filter (
                where shares.survey_id = neighbours.survey_id
            ), 0
        ) as share_after,
        coalesce(
            sum(shares.share_of_values) filter (
                where
                shares.survey_id not in (neighbours.previous_survey_id, neighbours.survey_id)
                and shares.answers >= {{ drift_limit('least_values') }}
            ), 0
        ) as share_of_others,
        max(shares.answers) filter (
            where shares.survey_id = neighbours.previous_survey_id
        ) as n_values_before,
        max(shares.answers) filter (where shares.survey_id = neighbours.survey_id) as n_values

    from neighbours

    inner join shares
        on
            neighbours.collection_id = shares.collection_id
            and neighbours.variable = shares.variable

    group by
        neighbours.collection_id,
        neighbours.variable,
        neighbours.previous_survey_id,
        neighbours.survey_id,
        shares.code

),

weighed as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        code,
        share_before,
        share_after,
        n_values_before,
        n_values,
        share_of_others / nullif(
            sum(share_of_others) over (
                partition by collection_id, variable, previous_survey_id, survey_id
            ), 0
        ) as share_of_others
    from cells

)

select * from weighed
