-- One row per blood draw.

with

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

-- Left join: a draw whose donor is missing from the bank's list is kept, without an age.
aged as (

    select
        draws.collection_id,
        draws.draw_id,
        draws.donor_id,
        draws.draw_date,
        draws.survey_id,
        {{ completed_years('persons.birth_date', 'draws.draw_date') }} as age_at_draw_years,
        draws.municipality_code,
        draws.fasting_hours,
        draws.delivery_id

    from draws

    left join persons
        on
            draws.collection_id = persons.collection_id
            and draws.donor_id = persons.donor_id

)

select * from aged
