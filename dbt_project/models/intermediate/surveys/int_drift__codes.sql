-- One row per variable that has codes and two neighbouring surveys: how far the shares of the codes
-- lie apart, and whether exchanging two codes would bring them together.

with

weighed as (

    select * from {{ ref('int_drift__code_shares') }}

),

-- Total variation distance: half the sum of the differences of the shares.
distances as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        max(n_values_before) as n_values_before,
        max(n_values) as n_values,
        sum(abs(share_before - share_after)) / 2 as shares_difference,
        sum(abs(share_before - share_of_others)) / 2 as others_from_before,
        sum(abs(share_after - share_of_others)) / 2 as others_from_after
    from weighed
    group by collection_id, variable, previous_survey_id, survey_id

),

-- The survey that is further from the others; where there are no others, nobody can say.
suspected as (

    select
        *,
        greatest(others_from_before, others_from_after) as others_difference,
        others_from_before > others_from_after as is_before_suspected
    from distances

),

-- Inner join: every pair of neighbours has its distance.
codes as (

    select
        weighed.*,
        case
            when suspected.is_before_suspected then weighed.share_before
            else weighed.share_after
        end as share_of_suspect

    from weighed

    inner join suspected
        on
            weighed.collection_id = suspected.collection_id
            and weighed.variable = suspected.variable
            and weighed.previous_survey_id = suspected.previous_survey_id
            and weighed.survey_id = suspected.survey_id

),

-- Only the two exchanged codes change what the distance is made of. Inner joins: each pair of
-- neighbours meets every two of its codes, and itself.
swaps as (

    select
        suspected.collection_id,
        suspected.variable,
        suspected.previous_survey_id,
        suspected.survey_id,
        one.code || ', ' || two.code as swapped_codes,
        suspected.shares_difference + (
            abs(one.share_before - two.share_after)
            + abs(two.share_before - one.share_after)
            - abs(one.share_before - one.share_after)
            - abs(two.share_before - two.share_after)
        ) / 2 as shares_difference_swapped,
        suspected.others_difference + (
            abs(one.share_of_suspect - two.share_of_others)
            + abs(two.share_of_suspect - one.share_of_others)
            - abs(one.share_of_suspect - one.share_of_others)
            - abs(two.share_of_suspect - two.share_of_others)
        ) / 2 as others_difference_swapped

    from suspected

    inner join codes as one
        on
            suspected.collection_id = one.collection_id
            and suspected.variable = one.variable
            and suspected.previous_survey_id = one.previous_survey_id
            and suspected.survey_id = one.survey_id

    inner join codes as two
        on
            one.collection_id = two.collection_id
            and one.variable = two.variable
            and one.previous_survey_id = two.previous_survey_id
            and one.survey_id = two.survey_id
            and one.code < two.code

),

best_swaps as (

    select distinct on (collection_id, variable, previous_survey_id, survey_id) *
    from swaps
    order by
        collection_id asc,
        variable asc,
        previous_survey_id asc,
        survey_id asc,
        shares_difference_swapped asc,
        swapped_codes asc

),

-- Left join: where only one code occurs there is nothing to exchange.
judged as (

    select
        suspected.*,
        best_swaps.swapped_codes,
        best_swaps.shares_difference_swapped,
        best_swaps.shares_difference_swapped
        <= {{ drift_limit('swap_remainder') }} * suspected.shares_difference
        and case
            when suspected.others_difference is null
                then
                    suspected.shares_difference
                    >= {{ drift_limit('swap_difference_of_two') }}
            else
                suspected.shares_difference >= {{ drift_limit('swap_difference') }}
                and best_swaps.others_difference_swapped
                <= {{ drift_limit('swap_remainder_of_others') }} * suspected.others_difference
        end as is_swapped

    from suspected

    left join best_swaps
        on
            suspected.collection_id = best_swaps.collection_id
            and suspected.variable = best_swaps.variable
            and suspected.previous_survey_id = best_swaps.previous_survey_id
            and suspected.survey_id = best_swaps.survey_id

),

findings as (

    select
        collection_id,
        variable,
        previous_survey_id,
        survey_id,
        n_values_before,
        n_values,
        shares_difference,
        shares_difference_swapped,
        case
            when least(n_values_before, n_values) < {{ drift_limit('least_values') }}
                then 'too_few'
            when is_swapped then 'codes_swapped'
            when shares_difference >= {{ drift_limit('shares_difference') }}
                then 'shares_changed'
            else 'none'
        end as finding,
        swapped_codes,
        case
            when is_before_suspected then previous_survey_id
            when others_difference is not null then survey_id
        end as suspect_survey_id
    from judged

)

select * from findings
