-- One row per person of the sampled third and perfluorinated compound.

{% set cycles = {
    'pfas_c': 'nhanes_2003', 'pfas_d': 'nhanes_2005',
    'pfas_e': 'nhanes_2007', 'pfas_f': 'nhanes_2009'
} %}
{% set compounds = [
    'pfoa', 'pfos', 'pfhxs', 'et_pfosa_acoh', 'me_pfosa_acoh', 'pfda', 'pfbs', 'pfhpa', 'pfna',
    'pfosa', 'pfunda', 'pfdoda'
] %}

with

-- Every cycle has the same twelve compounds, under the same names of ours.
samples as (

    {% for table, survey_id in cycles.items() %}
        select
            collection_id,
            delivery_id,
            donor_id,
            '{{ survey_id }}' as survey_id,
            {% for compound in compounds %}
                {{ compound }}_ug_l,
                {{ compound }}_limit_code,
            {% endfor %}
            subsample_weight
        from {{ ref('stg_nhanes_lab__' ~ table) }}

        {{ 'union all' if not loop.last }}
    {% endfor %}

),

limits as (

    select * from {{ ref('nhanes_limits') }}

),

-- Every person has every compound, so nobody is lost or doubled here.
compounds as (

    select
        samples.collection_id,
        samples.survey_id,
        samples.donor_id,
        samples.subsample_weight,
        compound.analyte_id,
        compound.value_reported,
        samples.delivery_id,
        case
            when compound.value_reported is null then 'missing'
            when compound.limit_code = '1' then 'below_lod'
            else 'detected'
        end as status_code

    from samples

    cross join lateral (
        values
        {% for compound in compounds %}
            (
                '{{ compound | upper }}',
                samples.{{ compound }}_ug_l,
                samples.{{ compound }}_limit_code
            ){{ ',' if not loop.last }}
        {% endfor %}
    ) as compound (analyte_id, value_reported, limit_code)

),

-- Left join: a limit is stated once for a cycle and compound, and not for all of them.
results as (

    select
        compounds.collection_id,
        compounds.survey_id,
        compounds.donor_id,
        compounds.subsample_weight,
        compounds.analyte_id,
        compounds.value_reported,
        'ug/L' as unit,
        limits.lod,
        compounds.delivery_id,
        compounds.status_code

    from compounds

    left join limits
        on
            compounds.survey_id = limits.survey_id
            and compounds.analyte_id = limits.analyte_id

)

select * from results
