-- One row per person of the sampled third and perfluorinated compound.

with

samples as (

    select
        collection_id,
        delivery_id,
        donor_id,
        pfoa_ug_l,
        pfoa_limit_code,
        pfos_ug_l,
        pfos_limit_code,
        pfhxs_ug_l,
        pfhxs_limit_code,
        et_pfosa_acoh_ug_l,
        et_pfosa_acoh_limit_code,
        me_pfosa_acoh_ug_l,
        me_pfosa_acoh_limit_code,
        pfda_ug_l,
        pfda_limit_code,
        pfbs_ug_l,
        pfbs_limit_code,
        pfhpa_ug_l,
        pfhpa_limit_code,
        pfna_ug_l,
        pfna_limit_code,
        pfosa_ug_l,
        pfosa_limit_code,
        pfunda_ug_l,
        pfunda_limit_code,
        pfdoda_ug_l,
        pfdoda_limit_code
    from {{ ref('stg_nhanes_lab__pfas_c') }}

    union all

    select
        collection_id,
        delivery_id,
        donor_id,
        pfoa_ug_l,
        pfoa_limit_code,
        pfos_ug_l,
        pfos_limit_code,
        pfhxs_ug_l,
        pfhxs_limit_code,
        et_pfosa_acoh_ug_l,
        et_pfosa_acoh_limit_code,
        me_pfosa_acoh_ug_l,
        me_pfosa_acoh_limit_code,
        pfda_ug_l,
        pfda_limit_code,
        pfbs_ug_l,
        pfbs_limit_code,
        pfhpa_ug_l,
        pfhpa_limit_code,
        pfna_ug_l,
        pfna_limit_code,
        pfosa_ug_l,
        pfosa_limit_code,
        pfunda_ug_l,
        pfunda_limit_code,
        pfdoda_ug_l,
        pfdoda_limit_code
    from {{ ref('stg_nhanes_lab__pfas_d') }}

),

-- Every person has every compound, so nobody is lost or doubled here.
results as (

    select
        samples.collection_id,
        samples.donor_id,
        compound.analyte_id,
        compound.value_reported,
        'ug/L' as unit,
        samples.delivery_id,
        case
            when compound.value_reported is null then 'missing'
            when compound.limit_code = '1' then 'below_lod'
            else 'detected'
        end as status_code

    from samples

    cross join lateral (
        values
        ('PFOA', samples.pfoa_ug_l, samples.pfoa_limit_code),
        ('PFOS', samples.pfos_ug_l, samples.pfos_limit_code),
        ('PFHXS', samples.pfhxs_ug_l, samples.pfhxs_limit_code),
        ('ET_PFOSA_ACOH', samples.et_pfosa_acoh_ug_l, samples.et_pfosa_acoh_limit_code),
        ('ME_PFOSA_ACOH', samples.me_pfosa_acoh_ug_l, samples.me_pfosa_acoh_limit_code),
        ('PFDA', samples.pfda_ug_l, samples.pfda_limit_code),
        ('PFBS', samples.pfbs_ug_l, samples.pfbs_limit_code),
        ('PFHPA', samples.pfhpa_ug_l, samples.pfhpa_limit_code),
        ('PFNA', samples.pfna_ug_l, samples.pfna_limit_code),
        ('PFOSA', samples.pfosa_ug_l, samples.pfosa_limit_code),
        ('PFUNDA', samples.pfunda_ug_l, samples.pfunda_limit_code),
        ('PFDODA', samples.pfdoda_ug_l, samples.pfdoda_limit_code)
    ) as compound (analyte_id, value_reported, limit_code)

)

select * from results
