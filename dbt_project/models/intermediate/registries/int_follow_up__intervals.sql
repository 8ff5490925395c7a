-- One row per donor of the bank and period under observation.

{{ config(materialized='table') }}

{% set donor = ['collection_id', 'donor_id'] %}

with

reasoned as (

    select * from {{ ref('int_follow_up__ends') }}

),

migrations as (

    select * from {{ ref('stg_population_register__migrations') }}

),

-- The model of the ends carries what the register said of each donor.
statuses as (

    select
        collection_id,
        donor_id,
        vital_status_code,
        status_date
    from reasoned

),

{{ follow_up_moves(donor) }},

{{ follow_up_intervals(donor) }}

select * from intervals
