-- One row per donor and span of linkages: where the population register said the donor lives.

with

spans as (

    select * from {{ ref('int_history__population_register__residents') }}

),

{{ narrowed_history(['donor_id'], ['municipality_code']) }}

select * from narrowed
