-- One row per cycle of the reference survey and analyte: how many were measured and how many were
-- below the limit, and the geometric mean of the population that the sample stands for.

{% set largest_share_below = '0.4' %}

with

results as (

    select * from {{ ref('int_measurements__nhanes_results') }}

),

-- Below the limit the laboratory's stand-in counts, as in the national reports. The logarithm of
-- nothing is nothing, so one result of 0 leaves the cell without a mean.
counted as (

    select
        collection_id,
        survey_id,
        analyte_id,
        unit,
        count(value_reported)::integer as n_measured,
        count(*) filter (where status_code = 'missing')::integer as n_without_result,
        count(*) filter (where status_code = 'below_lod')::integer as n_below_lod,
        max(lod) as lod,
        sum(subsample_weight) filter (where status_code = 'below_lod') as weight_below,
        sum(subsample_weight) filter (where value_reported is not null) as weight,
        sum(subsample_weight) filter (where value_reported > 0) as weight_above_zero,
        sum(subsample_weight * ln(value_reported))
        filter (where value_reported > 0) as weighted_logarithms
    from results
    group by collection_id, survey_id, analyte_id, unit

),

shares as (

    select
        *,
        coalesce(weight_below, 0) / nullif(weight, 0) as weighted_share
    from counted

),

-- With many results below the limit, the mean says what the stand-in is.
concentrations as (

    select
        collection_id,
        survey_id,
        analyte_id,
        unit,
        lod,
        n_measured,
        n_without_result,
        n_below_lod,
        trim_scale(round(n_below_lod::numeric / nullif(n_measured, 0), 6)) as share_below_lod,
        trim_scale(round(weighted_share, 6)) as weighted_share_below_lod,
        case
            when weighted_share <= {{ largest_share_below }} and weight_above_zero = weight
                then trim_scale(round(exp(weighted_logarithms / weight), 6))
        end as geometric_mean
    from shares

)

select * from concentrations
