-- One row per variable that is a number and two neighbouring surveys: how far their values lie
-- apart, and what the other surveys of the collection tell.

with

neighbours as (

    select * from {{ ref('int_drift__neighbours') }}

),

profiles as (

    select * from {{ ref('int_answers__profiles') }}

),

-- Inner joins: neighbours in a code have no profile.
pairs as (

    select
        neighbours.collection_id,
        neighbours.variable,
        neighbours.previous_survey_id,
        neighbours.survey_id,
        earlier.n_values as n_values_before,
        later.n_values,
        earlier.quartile_2 as median_before,
        later.quartile_2 as median,
        least(earlier.answers, later.answers) as fewest_answers,
        least(earlier.n_values, later.n_values) as fewest_values,
        later.quartile_1::double precision / earlier.quartile_1 as ratio_1,
        later.quartile_2::double precision / earlier.quartile_2 as ratio_2,
        later.quartile_3::double precision / earlier.quartile_3 as ratio_3,
        later.outside_1::double precision / earlier.quartile_1 as outside_1,
        later.outside_2::double precision / earlier.quartile_2 as outside_2,
        later.outside_3::double precision / earlier.quartile_3 as outside_3,
        earlier.outside_1::double precision / later.quartile_1 as outside_before_1,
        earlier.outside_2::double precision / later.quartile_2 as outside_before_2,
        earlier.outside_3::double precision / later.quartile_3 as outside_before_3,
        (later.mean - earlier.mean)
        / nullif(sqrt((earlier.variance + later.variance) / 2), 0) as standardised_difference,
        100 * earlier.n_out_of_range::double precision
        / earlier.answers as percent_out_of_range_before,
        100 * later.n_out_of_range::double precision
        / later.answers as percent_out_of_range

    from neighbours

    inner join profiles as earlier
        on
            neighbours.collection_id = earlier.collection_id
            and neighbours.previous_survey_id = earlier.survey_id
            and neighbours.variable = earlier.variable

    inner join profiles as later
        on
            neighbours.collection_id = later.collection_id
            and neighbours.survey_id = later.survey_id
            and neighbours.variable = later.variable

),

-- The middle median of the other surveys. Left join: where only two surveys have the variable,
-- nobody can say which of them is wrong.
others as (

    select
        pairs.collection_id,
        pairs.variable,
        pairs.previous_survey_id,
        pairs.survey_id,
        percentile_cont(0.5) within group (
            order by ln(profiles.quartile_2)
        ) as log_median_of_others

    from pairs

    left join profiles
        on
            pairs.collection_id = profiles.collection_id
            and pairs.variable = profiles.variable
            and pairs.previous_survey_id <> profiles.survey_id
            and pairs.survey_id <> profiles.survey_id
            and profiles.n_values >= {{ drift_limit('least_values') }}

    group by
        pairs.collection_id,
        pairs.variable,
        pairs.previous_survey_id,
        pairs.survey_id

),

-- Inner join: every pair has its row among the others.
judged as (

    select
        pairs.*,
        others.log_median_of_others,
        pairs.percent_out_of_range > pairs.percent_out_of_range_before as is_later_worse,
        greatest(pairs.percent_out_of_range_before, pairs.percent_out_of_range)
        >= {{ drift_limit('out_of_range_percent') }}
        and greatest(pairs.percent_out_of_range_before, pairs.percent_out_of_range)
        >= {{ drift_limit('out_of_range_ratio') }}
        * least(pairs.percent_out_of_range_before, pairs.percent_out_of_range)
        as is_out_of_range

    from pairs

    inner join others
        on
            pairs.collection_id = others.collection_id
            and pairs.variable = others.variable
            and pairs.previous_survey_id = others.previous_survey_id
            and pairs.survey_id = others.survey_id

)

select * from judged
