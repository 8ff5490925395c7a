-- One row per donor of the bank: when follow-up begins, when it ends, and why.

{% set donor = ['collection_id', 'donor_id'] %}

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

last_deaths as (

    select distinct on (collection_id, donor_id) *
    from deaths
    order by collection_id asc, donor_id asc, death_date desc, line_number desc

),

{{ follow_up_moves(donor) }},

{{ follow_up_ends(donor) }},

ends as (

    select
        collection_id,
        donor_id,
        birth_date,
        entry_date,
        exit_date,
        death_date,
        underlying_cause_code,
        delivery_id,
        exit_reason_code

    from reasoned

)

select * from ends
