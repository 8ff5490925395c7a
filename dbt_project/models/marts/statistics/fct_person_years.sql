-- One row per collection, sex, age group and calendar period: the time that donors were observed.

with

intervals as (

    select * from {{ ref('int_follow_up__intervals') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

-- Donors who came back to the country: they alone can have several intervals in one cell.
returned as (

    select
        collection_id,
        donor_id
    from intervals
    group by collection_id, donor_id
    having count(*) > 1

),

-- Inner join: time cannot be placed for a person without sex or birth date, and a test tells.
-- Left join: most never left.
observed as (

    select
        intervals.collection_id,
        intervals.donor_id,
        intervals.start_date,
        intervals.end_date,
        persons.sex_code,
        persons.birth_date,
        returned.donor_id as returned_donor_id

    from intervals

    inner join persons
        on
            intervals.collection_id = persons.collection_id
            and intervals.donor_id = persons.donor_id

    left join returned
        on
            intervals.collection_id = returned.collection_id
            and intervals.donor_id = returned.donor_id

    where persons.sex_code is not null and persons.birth_date is not null

),

{{ lexis_pieces('observed', ['sex_code', 'returned_donor_id']) }},

-- Distinct donors would have to be sorted; so only those who came back are told apart.
parts as (

    select
        collection_id,
        sex_code,
        age_from,
        period_from,
        sum(days) as person_days,
        case when returned_donor_id is null then count(*) else 1 end as persons
    from pieces
    group by collection_id, sex_code, age_from, period_from, returned_donor_id

),

cells as (

    select
        collection_id,
        sex_code,
        age_from::smallint as age_from,
        period_from::smallint as period_from,
        sum(person_days)::bigint as person_days,
        sum(persons)::integer as persons,
        {{ years_of('sum(person_days)') }} as person_years
    from parts
    group by collection_id, sex_code, age_from, period_from

)

select * from cells
