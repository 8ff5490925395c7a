-- One row per dead donor and span of linkages: what the cause-of-death registry said of the death.

with

spans as (

    select * from {{ ref('int_history__cause_of_death__deaths') }}

),

deaths as (

    select
        collection_id,
        donor_id,
        known_from,
        known_to,
        change,
        changed_fields,
        delivery_id,
        death_date,
        underlying_cause_code,
        contributing_cause_codes,
        is_autopsied
    from spans

)

select * from deaths
