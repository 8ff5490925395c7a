-- One row per variable that is a number and two neighbouring surveys: what the difference of their
-- values looks like, and which of the two looks wrong.

with

pairs as (

    select * from {{ ref('int_drift__number_pairs') }}

),

variables as (

    select * from {{ ref('dim_variables') }}

),

factors as (

    select * from {{ ref('unit_factors') }}

),

-- Of a wrong unit most answers are out of range and no value: then their originals are asked.
ratios as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        false as is_of_originals,
        ratio_1,
        ratio_2,
        ratio_3
    from pairs
    where fewest_values >= {{ drift_limit('least_values') }}

    union all

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        true as is_of_originals,
        case when is_later_worse then outside_1 else outside_before_1 end as ratio_1,
        case when is_later_worse then outside_2 else outside_before_2 end as ratio_2,
        case when is_later_worse then outside_3 else outside_before_3 end as ratio_3
    from pairs
    where is_out_of_range

),

-- A factor works in both directions. An original that lies like the values of the other survey is
-- one that a conversion has spoilt: its factor is 1.
directed_factors as (

    select
        unit,
        factor,
        meaning,
        factor as multiplier,
        false as is_for_originals
    from factors

    union all

    select
        unit,
        factor,
        meaning,
        1 / factor as multiplier,
        false as is_for_originals
    from factors

    union all

    select
        '*' as unit,
        1 as factor,
        'the unit of the variable already, and converted all the same' as meaning,
        1 as multiplier,
        true as is_for_originals

),

-- A unit moves every quartile by its factor, a trend hardly does: the worst of the three counts.
-- The join drops what no factor is made for.
measured as (

    select
        ratios.collection_id,
        ratios.variable,
        ratios.previous_survey_id,
        ratios.survey_id,
        ratios.is_of_originals,
        directed_factors.factor,
        directed_factors.meaning,
        greatest(
            abs(ln(ratios.ratio_1 / directed_factors.multiplier)),
            abs(ln(ratios.ratio_2 / directed_factors.multiplier)),
            abs(ln(ratios.ratio_3 / directed_factors.multiplier))
        ) as distance

    from ratios

    inner join variables
        on ratios.variable = variables.variable

    inner join directed_factors
        on
            (directed_factors.unit = '*' or variables.unit = directed_factors.unit)
            and (ratios.is_of_originals or not directed_factors.is_for_originals)

),

explained as (

    select distinct on (collection_id, variable, previous_survey_id, survey_id) *
    from measured
    where distance <= ln({{ drift_limit('unit_tolerance') }})
    order by
        collection_id asc,
        variable asc,
        previous_survey_id asc,
        survey_id asc,
        is_of_originals asc,
        distance asc,
        factor asc

),

-- Left join: no factor explains most differences.
findings as (

    select
        pairs.collection_id,
        pairs.variable,
        pairs.previous_survey_id,
        pairs.survey_id,
        pairs.n_values_before,
        pairs.n_values,
        pairs.median_before,
        pairs.median,
        pairs.ratio_2 as median_ratio,
        pairs.standardised_difference,
        pairs.percent_out_of_range_before,
        pairs.percent_out_of_range,
        explained.factor as likely_factor,
        explained.meaning as factor_meaning,
        case
            when pairs.fewest_answers < {{ drift_limit('least_values') }} then 'too_few'
            when explained.factor is not null then 'unit_changed'
            when pairs.is_out_of_range then 'out_of_range'
            when
                pairs.fewest_values >= {{ drift_limit('least_values') }}
                and abs(pairs.standardised_difference) >= {{ drift_limit('level_difference') }}
                then 'level_changed'
            else 'none'
        end as finding,
        case
            when pairs.is_out_of_range and pairs.is_later_worse then pairs.survey_id
            when pairs.is_out_of_range then pairs.previous_survey_id
            when
                abs(ln(pairs.median) - pairs.log_median_of_others)
                >= abs(ln(pairs.median_before) - pairs.log_median_of_others)
                then pairs.survey_id
            when pairs.log_median_of_others is not null then pairs.previous_survey_id
        end as suspect_survey_id

    from pairs

    left join explained
        on
            pairs.collection_id = explained.collection_id
            and pairs.variable = explained.variable
            and pairs.previous_survey_id = explained.previous_survey_id
            and pairs.survey_id = explained.survey_id

)

select * from findings
