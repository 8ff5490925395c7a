-- One row per collection, sex, age group and calendar period: the time that donors were observed.

with

intervals as (

    select * from {{ ref('int_follow_up__intervals') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

-- Inner join: time cannot be placed for a person without sex or birth date; a test counts them.
observed as (

    select
        intervals.collection_id,
        intervals.donor_id,
        intervals.start_date,
        intervals.end_date,
        persons.sex_code,
        persons.birth_date

    from intervals

    inner join persons
        on
            intervals.collection_id = persons.collection_id
            and intervals.donor_id = persons.donor_id

    where persons.sex_code is not null and persons.birth_date is not null

),

{{ lexis_pieces('observed', ['sex_code']) }},

cells as (

    select
        collection_id,
        sex_code,
        age_from::smallint as age_from,
        period_from::smallint as period_from,
        sum(days)::bigint as person_days,
        count(distinct donor_id)::integer as persons,
        round(sum(days) / 365.25, 4) as person_years
    from pieces
    group by collection_id, sex_code, age_from, period_from

)

select * from cells
