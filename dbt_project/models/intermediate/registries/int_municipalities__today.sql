-- One row per municipality code, validity, and municipality of today that holds a part of it.

with recursive

changes as (

    select * from {{ ref('municipality_changes') }}

),

municipalities_today as (

    select * from {{ ref('municipalities_today') }}

),

pairs as (

    select
        change_date,
        new_code,
        is_main_part,
        unnest(string_to_array(old_codes, ' ')) as old_code
    from changes

),

-- A part that goes to a municipality of others is merged as well as split.
edges as (

    select
        change_date,
        old_code,
        new_code,
        is_main_part,
        count(*) over (partition by change_date, new_code) > 1 as is_merged,
        count(*) over (partition by change_date, old_code) > 1 as is_split
    from pairs

),

-- A code begins where a change makes it and ends where a change uses it up. One that takes in
-- others and goes on does both on that day: it means another area from then.
events as (

    select
        new_code as municipality_code,
        change_date as event_date,
        true as begins,
        false as ends
    from edges

    union all

    select
        old_code as municipality_code,
        change_date as event_date,
        false as begins,
        true as ends
    from edges

    union all

    select
        municipality_code,
        {{ first_day_of_municipality_codes() }} as event_date,
        null as begins,
        false as ends
    from (
        select municipality_code from municipalities_today
        union
        select new_code from edges
        union
        select old_code from edges
    ) as codes

),

days as (

    select
        municipality_code,
        event_date,
        bool_or(begins) as begins,
        bool_or(ends) as ends
    from events
    group by municipality_code, event_date

),

segments as (

    select
        municipality_code,
        event_date as valid_from,
        begins,
        lead(event_date) over by_code as left_on,
        lead(ends) over by_code as is_left
    from days
    window by_code as (
        partition by municipality_code
        order by event_date
    )

),

-- Before the first change that tells of it, a code was there if that change ends it, or if no
-- change ever speaks of it.
spans as (

    select
        municipality_code,
        valid_from,
        left_on
    from segments
    where coalesce(begins, is_left, true)

),

-- Every span follows the changes, from the day it was left, until nothing leaves it any more.
reached as (

    select
        municipality_code,
        valid_from,
        left_on - 1 as valid_to,
        municipality_code as reached_code,
        left_on as reached_left_on,
        true as is_main_part,
        false as is_merged,
        false as is_split
    from spans

    union all

    -- Inner join: the rows that no change leaves have arrived.
    select
        reached.municipality_code,
        reached.valid_from,
        reached.valid_to,
        edges.new_code as reached_code,
        spans.left_on as reached_left_on,
        reached.is_main_part and edges.is_main_part as is_main_part,
        reached.is_merged or edges.is_merged as is_merged,
        reached.is_split or edges.is_split as is_split

    from reached

    inner join edges
        on
            reached.reached_code = edges.old_code
            and reached.reached_left_on = edges.change_date

    inner join spans
        on
            edges.new_code = spans.municipality_code
            and edges.change_date = spans.valid_from

),

-- Parts that were split and came together again count once.
arrived as (

    select
        municipality_code,
        valid_from,
        valid_to,
        reached_code as municipality_code_today,
        bool_or(is_main_part) as is_main_part,
        bool_or(is_merged) as is_merged,
        bool_or(is_split) as is_split
    from reached
    where reached_left_on is null
    group by municipality_code, valid_from, valid_to, reached_code

)

select * from arrived
