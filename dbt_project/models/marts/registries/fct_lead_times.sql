-- One row per blood draw and tumour of the same donor: how long before the diagnosis the blood was
-- drawn.

with

draws as (

    select * from {{ ref('dim_draws') }}

),

cases as (

    select * from {{ ref('fct_cancer_cases') }}

),

-- Inner join: donors without a tumour have no lead time, and cases without a draw have none.
pairs as (

    select
        draws.collection_id,
        draws.draw_id,
        cases.tumour_id,
        draws.donor_id,
        draws.draw_date,
        cases.incidence_date,
        cases.incidence_date_quality,
        draws.age_at_draw_years,
        cases.age_at_diagnosis_years,
        cases.incidence_date - draws.draw_date as lead_days

    from draws

    inner join cases
        on
            draws.collection_id = cases.collection_id
            and draws.donor_id = cases.donor_id

),

-- The last draw before the diagnosis; of two on one day, the one with the higher number.
closest as (

    select distinct on (collection_id, tumour_id)
        collection_id,
        tumour_id,
        draw_id
    from pairs
    where lead_days > 0
    order by collection_id asc, tumour_id asc, draw_date desc, draw_id desc

),

-- Left join: a tumour that every draw came after has no closest draw.
-- A month is a calendar month: blood of 31 January is a month old on 28 February.
led as (

    select
        pairs.collection_id,
        pairs.draw_id,
        pairs.tumour_id,
        pairs.donor_id,
        pairs.lead_days,
        pairs.age_at_draw_years,
        pairs.age_at_diagnosis_years,
        pairs.incidence_date_quality,
        {{ years_of('pairs.lead_days') }} as lead_years,
        pairs.lead_days > 0 as is_before_diagnosis,
        (pairs.draw_date + interval '1 month')::date <= pairs.incidence_date
        as is_at_least_one_month,
        closest.draw_id is not null as is_closest_before

    from pairs

    left join closest
        on
            pairs.collection_id = closest.collection_id
            and pairs.tumour_id = closest.tumour_id
            and pairs.draw_id = closest.draw_id

)

select
    collection_id,
    draw_id,
    tumour_id,
    donor_id,
    lead_days,
    lead_years,
    is_before_diagnosis,
    is_at_least_one_month,
    is_closest_before,
    age_at_draw_years,
    age_at_diagnosis_years,
    incidence_date_quality
from led
