-- One row per donor of the bank: when follow-up begins, when it ends, and why.

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

residents as (

    select * from {{ ref('stg_population_register__residents') }}

),

migrations as (

    select * from {{ ref('stg_population_register__migrations') }}

),

deaths as (

    select * from {{ ref('stg_cause_of_death__deaths') }}

),

-- Semi-join: only donors of the bank are followed here, the other collections have their own.
donors as (

    select
        persons.collection_id,
        persons.donor_id,
        persons.birth_date
    from persons
    where
        exists (
            select 1
            from bank_donors
            where
                bank_donors.collection_id = persons.collection_id
                and bank_donors.donor_id = persons.donor_id
        )

),

-- A donor is observed from the first blood given.
entries as (

    select
        collection_id,
        donor_id,
        min(draw_date) as entry_date
    from draws
    group by collection_id, donor_id

),

statuses as (

    select distinct on (collection_id, donor_id) *
    from residents
    order by collection_id asc, donor_id asc, status_date desc, line_number desc

),

last_moves as (

    select distinct on (collection_id, donor_id) *
    from migrations
    order by collection_id asc, donor_id asc, migration_date desc, line_number desc

),

last_deaths as (

    select distinct on (collection_id, donor_id) *
    from deaths
    order by collection_id asc, donor_id asc, death_date desc, line_number desc

),

-- All joins are left joins: a donor whom a register does not know is kept and says so.
known as (

    select
        donors.collection_id,
        donors.donor_id,
        donors.birth_date,
        entries.entry_date,
        statuses.vital_status_code,
        statuses.status_date,
        last_deaths.underlying_cause_code,
        statuses.delivery_id,
        coalesce(
            last_deaths.death_date,
            case when statuses.vital_status_code = '2' then statuses.status_date end
        ) as death_date,
        -- Whoever came back is followed again; only a move without return ends follow-up.
        case
            when last_moves.migration_type = 'emigrated' then last_moves.migration_date
            when
                last_moves.migration_type is null and statuses.vital_status_code = '3'
                then statuses.status_date
        end as emigration_date

    from donors

    left join entries
        on
            donors.collection_id = entries.collection_id
            and donors.donor_id = entries.donor_id

    left join statuses
        on
            donors.collection_id = statuses.collection_id
            and donors.donor_id = statuses.donor_id

    left join last_moves
        on
            donors.collection_id = last_moves.collection_id
            and donors.donor_id = last_moves.donor_id

    left join last_deaths
        on
            donors.collection_id = last_deaths.collection_id
            and donors.donor_id = last_deaths.donor_id

),

-- The register's own date ends follow-up of the living. A death it has not heard of yet lies
-- after that date, and counting it would follow the dead longer than the living.
ended as (

    select
        *,
        least(
            death_date,
            emigration_date,
            case when vital_status_code in ('1', '9') then status_date end
        ) as exit_date

    from known

),

reasoned as (

    select
        collection_id,
        donor_id,
        birth_date,
        entry_date,
        exit_date,
        death_date,
        underlying_cause_code,
        delivery_id,
        case
            when exit_date is null then 'not_followed'
            when exit_date = death_date then 'death'
            when exit_date = emigration_date then 'emigration'
            when vital_status_code = '9' then 'lost'
            else 'end_of_linkage'
        end as exit_reason_code

    from ended

)

select * from reasoned
