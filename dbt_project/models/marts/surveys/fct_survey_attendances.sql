-- One row per donor and survey attended: when, and which attendance of the donor it was.

with

answers as (

    select
        collection_id,
        donor_id,
        survey_id,
        attended_date
    from {{ ref('survey_answers_wide') }}

),

-- Two surveys on one day are told apart by their ids, so that every build numbers them alike.
in_order as (

    select
        collection_id,
        donor_id,
        survey_id,
        attended_date,
        rank() over (
            partition by collection_id, donor_id
            order by attended_date asc nulls last, survey_id asc
        ) as place,
        count(*) over (partition by collection_id, donor_id) as surveys,
        min(attended_date) over (partition by collection_id, donor_id) as first_date
    from answers

),

-- Without a day nobody knows which of several attendances it was.
attendances as (

    select
        collection_id,
        donor_id,
        survey_id,
        attended_date,
        case
            when attended_date is not null or surveys = 1 then place
        end::smallint as attendance_number,
        round((attended_date - first_date) / 365.25, 4) as years_since_first
    from in_order

)

select * from attendances
