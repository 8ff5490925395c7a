-- One row per donor of the bank and day of a linkage: how follow-up ended, as known on that day.

{% set donor = ['collection_id', 'donor_id', 'picture_date'] %}

with

persons as (

    select * from {{ ref('int_donors__persons') }}

),

bank_donors as (

    select * from {{ ref('stg_biobank__donors') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

linkages as (

    select * from {{ source('ops', 'linkages') }}
    where
        (source = 'population_register' and table_name in ('residents', 'migrations'))
        or (source = 'cause_of_death' and table_name = 'deaths')

),

-- What is known changes on the days of these linkages and on no other.
pictures as (

    select distinct
        collection_id,
        as_of as picture_date
    from linkages

),

-- A picture sees the latest linkage of each register. Inner join: a register that has not been
-- linked by then is not seen.
seen as (

    select distinct on (pictures.collection_id, pictures.picture_date, linkages.table_name)
        pictures.collection_id,
        pictures.picture_date,
        linkages.table_name,
        linkages.delivery_id
    from pictures
    inner join linkages
        on
            pictures.collection_id = linkages.collection_id
            and pictures.picture_date >= linkages.as_of
    order by
        pictures.collection_id asc,
        pictures.picture_date asc,
        linkages.table_name asc,
        linkages.as_of desc

),

-- Semi-join: only donors of the bank are followed here. Inner join: every donor in every picture.
donors as (

    select
        persons.collection_id,
        persons.donor_id,
        pictures.picture_date
    from persons
    inner join pictures on persons.collection_id = pictures.collection_id
    where
        exists (
            select 1
            from bank_donors
            where
                bank_donors.collection_id = persons.collection_id
                and bank_donors.donor_id = persons.donor_id
        )

),

-- The bank's own draws are not restated by the registers: today's hold for every picture. Inner
-- join: a collection without linkages has no picture.
entries as (

    select
        draws.collection_id,
        draws.donor_id,
        pictures.picture_date,
        min(draws.draw_date) as entry_date
    from draws
    inner join pictures on draws.collection_id = pictures.collection_id
    group by draws.collection_id, draws.donor_id, pictures.picture_date

),

-- The inner joins below leave the rows that the picture sees; a delivery is seen by several. Whose
-- a row is today is joined left.
residents as (

    select
        rows_delivered.collection_id,
        {{ donor_today('rows_delivered') }} as donor_id,
        seen.picture_date,
        rows_delivered.vital_status_code,
        rows_delivered.status_date,
        rows_delivered.line_number,
        rows_delivered.delivery_id
    from {{ source('population_register', 'residents') }} as rows_delivered
    inner join seen
        on rows_delivered.delivery_id = seen.delivery_id and seen.table_name = 'residents'
    {{ join_persons_today('rows_delivered') }}

),

migrations as (

    select
        rows_delivered.collection_id,
        {{ donor_today('rows_delivered') }} as donor_id,
        seen.picture_date,
        rows_delivered.migration_type,
        rows_delivered.migration_date,
        rows_delivered.line_number
    from {{ source('population_register', 'migrations') }} as rows_delivered
    inner join seen
        on rows_delivered.delivery_id = seen.delivery_id and seen.table_name = 'migrations'
    {{ join_persons_today('rows_delivered') }}

),

deaths as (

    select
        rows_delivered.collection_id,
        {{ donor_today('rows_delivered') }} as donor_id,
        seen.picture_date,
        rows_delivered.death_date,
        rows_delivered.underlying_cause_code,
        rows_delivered.line_number
    from {{ source('cause_of_death', 'deaths') }} as rows_delivered
    inner join seen
        on rows_delivered.delivery_id = seen.delivery_id and seen.table_name = 'deaths'
    {{ join_persons_today('rows_delivered') }}

),

statuses as (

    select distinct on (collection_id, donor_id, picture_date) *
    from residents
    order by
        collection_id asc, donor_id asc, picture_date asc, status_date desc, line_number desc

),

last_deaths as (

    select distinct on (collection_id, donor_id, picture_date) *
    from deaths
    order by
        collection_id asc, donor_id asc, picture_date asc, death_date desc, line_number desc

),

{{ follow_up_moves(donor) }},

{{ follow_up_ends(donor) }}

select * from reasoned
