-- One row per move of a donor and span of linkages in which the population register told of it.

with

spans as (

    select * from {{ ref('int_history__population_register__migrations') }}

),

moves as (

    select
        collection_id,
        donor_id,
        migration_type,
        migration_date,
        known_from,
        known_to,
        change,
        delivery_id
    from spans

)

select * from moves
