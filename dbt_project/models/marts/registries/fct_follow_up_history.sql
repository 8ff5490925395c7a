-- One row per donor and span of linkages: how follow-up ended, as the registers knew it then.

with

pictures as (

    select * from {{ ref('int_follow_up__as_known') }}

),

-- The living are followed to the day of whichever linkage one asks about. Were that day kept,
-- every linkage would open a span for everybody.
spans as (

    select
        collection_id,
        donor_id,
        picture_date as known_from,
        delivery_id,
        exit_reason_code,
        death_date,
        underlying_cause_code,
        case
            when lag(picture_date) over by_donor is null then 'new'
            else 'changed'
        end as change,
        case when exit_reason_code in ('death', 'emigration') then exit_date end as exit_date
    from pictures
    window by_donor as (
        partition by collection_id, donor_id
        order by picture_date
    )

),

{{ narrowed_history(
    ['donor_id'], ['exit_reason_code', 'exit_date', 'death_date', 'underlying_cause_code']
) }}

select * from narrowed
