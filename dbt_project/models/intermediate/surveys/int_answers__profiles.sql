-- One row per survey and variable that is a number: how its values lie, and how the originals lie
-- of what was out of range.

with

counts as (

    select * from {{ ref('int_answers__counts') }}

),

variables as (

    select * from {{ ref('dim_variables') }}

),

-- Inner join: codes and texts have no profile. The case keeps a text from being read as a number.
numbers as (

    select
        counts.collection_id,
        counts.survey_id,
        counts.variable,
        counts.attenders,
        counts.missing_reason is null as is_value,
        case
            when counts.answer ~ '^-?[0-9]+([.][0-9]+)?$' then counts.answer::numeric
        end as number

    from counts

    inner join variables
        on
            counts.variable = variables.variable
            and variables.type in ('integer', 'decimal')

    where counts.missing_reason is null or counts.missing_reason = 'out_of_range'

),

-- Zeros are left out of the quartiles: no unit changes them, and of what most people do not drink
-- or smoke all quartiles would be zero.
ranked as (

    select
        collection_id,
        survey_id,
        variable,
        is_value,
        number,
        sum(attenders) over (
            partition by collection_id, survey_id, variable, is_value
            order by number
        ) as up_to,
        sum(attenders) over (
            partition by collection_id, survey_id, variable, is_value
        ) as all_of_them
    from numbers
    where number > 0

),

quartiles as (

    select
        collection_id,
        survey_id,
        variable,
        min(number) filter (where is_value and up_to * 4 >= all_of_them) as quartile_1,
        min(number) filter (where is_value and up_to * 2 >= all_of_them) as quartile_2,
        min(number) filter (where is_value and up_to * 4 >= all_of_them * 3) as quartile_3,
        min(number) filter (where not is_value and up_to * 4 >= all_of_them) as outside_1,
        min(number) filter (where not is_value and up_to * 2 >= all_of_them) as outside_2,
        min(number) filter (where not is_value and up_to * 4 >= all_of_them * 3) as outside_3
    from ranked
    group by collection_id, survey_id, variable

),

moments as (

    select
        collection_id,
        survey_id,
        variable,
        sum(attenders)::bigint as answers,
        coalesce(sum(attenders) filter (where is_value), 0)::bigint as n_values,
        coalesce(sum(attenders) filter (where not is_value), 0)::bigint as n_out_of_range,
        (sum(attenders * number) filter (where is_value))::double precision
        / sum(attenders) filter (where is_value) as mean,
        (sum(attenders * number * number) filter (where is_value))::double precision
        / sum(attenders) filter (where is_value) as mean_of_squares
    from numbers
    group by collection_id, survey_id, variable

),

-- Left join: where every number is zero there are no quartiles.
profiles as (

    select
        moments.collection_id,
        moments.survey_id,
        moments.variable,
        moments.answers,
        moments.n_values,
        moments.n_out_of_range,
        moments.mean,
        quartiles.quartile_1,
        quartiles.quartile_2,
        quartiles.quartile_3,
        quartiles.outside_1,
        quartiles.outside_2,
        quartiles.outside_3,
        greatest(moments.mean_of_squares - moments.mean * moments.mean, 0) as variance

    from moments

    left join quartiles
        on
            moments.collection_id = quartiles.collection_id
            and moments.survey_id = quartiles.survey_id
            and moments.variable = quartiles.variable

)

select * from profiles
