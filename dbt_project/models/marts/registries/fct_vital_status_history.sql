-- One row per donor and span of linkages: whether the population register held the donor alive.

with

spans as (

    select * from {{ ref('int_history__population_register__residents') }}

),

{{ narrowed_history(
    ['donor_id'], ['vital_status_code', 'status_date', 'sex_code', 'birth_date']
) }}

select * from narrowed
