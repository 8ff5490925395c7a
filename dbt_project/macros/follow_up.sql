{#
The rules of follow-up, written once and fed any picture of the registers: the current one, or one
for each linkage. Each macro writes CTEs over CTEs of agreed names; `keys` are the columns that
tell one donor of a picture, and every CTE has them.

Time is counted in days, from the first day of an interval up to but not including its last.
#}

{% macro follow_up_columns(relation, keys) -%}
    {%- for key in keys %}{{ relation }}.{{ key }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{% macro follow_up_match(one, other, keys) -%}
    {%- for key in keys -%}
        {{ one }}.{{ key }} = {{ other }}.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#
Reads `statuses` (one row per donor: vital_status_code, status_date) and `migrations`; writes
`moves`: donor, moved_date, move_type.
#}
{% macro follow_up_moves(keys) -%}
{%- set donor = keys | join(', ') -%}
emigrated_today as (

    select
        {{ donor }},
        status_date
    from statuses
    where vital_status_code = '3'

),

-- The register's status goes before its list of moves: whoever is emigrated today left on the
-- status date at the latest, and a return since then is not believed. Left join: most are at home.
believed_moves as (

    select
        moves_listed.*
    from (
        select {{ donor }}, migration_date as moved_date, migration_type as move_type
        from migrations
    ) as moves_listed
    left join emigrated_today
        on {{ follow_up_match('moves_listed', 'emigrated_today', keys) }}
    where
        moves_listed.move_type = 'emigrated'
        or emigrated_today.status_date is null
        or moves_listed.moved_date < emigrated_today.status_date

    union

    select {{ donor }}, status_date as moved_date, 'emigrated' as move_type
    from emigrated_today

),

-- Two moves of one day in opposite directions undo each other: their order is not known.
moves as (

    select
        {{ donor }},
        moved_date,
        min(move_type) as move_type
    from believed_moves
    group by {{ donor }}, moved_date
    having count(*) = 1

)
{%- endmacro %}

{#
Reads `donors`, `entries` (entry_date), `statuses`, `last_deaths` (death_date,
underlying_cause_code), each with one row per donor at most, and `moves`; writes `ended`: one row
per donor with observed_until, emigration_date, exit_date and exit_reason_code.
#}
{% macro follow_up_ends(keys) -%}
{%- set donor = keys | join(', ') -%}
-- All joins are left joins: a donor whom a register does not know is kept and says so.
known as (

    select
        donors.*,
        entries.entry_date,
        statuses.vital_status_code,
        statuses.status_date,
        last_deaths.underlying_cause_code,
        statuses.delivery_id,
        coalesce(
            last_deaths.death_date,
            case when statuses.vital_status_code = '2' then statuses.status_date end
        ) as death_date
    from donors
    left join entries
        on {{ follow_up_match('donors', 'entries', keys) }}
    left join statuses
        on {{ follow_up_match('donors', 'statuses', keys) }}
    left join last_deaths
        on {{ follow_up_match('donors', 'last_deaths', keys) }}

),

-- The register's own date ends follow-up of the living. A death it has not heard of yet lies
-- after that date, and counting it would follow the dead longer than the living.
bounded as (

    select
        *,
        least(
            death_date,
            case when vital_status_code in ('1', '9') then status_date end
        ) as observed_until
    from known

),

-- What is told of moves after the end is not believed. Inner join: moves of strangers go.
moves_until_end as (

    select
        moves.*,
        max(case when moves.move_type = 'immigrated' then moves.moved_date end)
            over (partition by {{ follow_up_columns('moves', keys) }}) as last_return_date
    from moves
    inner join bounded
        on {{ follow_up_match('moves', 'bounded', keys) }}
    where moves.moved_date <= coalesce(bounded.observed_until, moves.moved_date)

),

-- Whoever came back is followed again; only a move without return ends follow-up. Of two
-- departures without a return between them, the first is the one that is sure.
departures as (

    select
        {{ donor }},
        min(moved_date) as emigration_date
    from moves_until_end
    where
        move_type = 'emigrated'
        and moved_date > coalesce(last_return_date, date '0001-01-01')
    group by {{ donor }}

),

ended as (

    select
        bounded.*,
        departures.emigration_date,
        least(bounded.observed_until, departures.emigration_date) as exit_date
    from bounded
    left join departures
        on {{ follow_up_match('bounded', 'departures', keys) }}

),

reasoned as (

    select
        *,
        case
            when exit_date is null then 'not_followed'
            when exit_date = death_date then 'death'
            when exit_date = emigration_date then 'emigration'
            when vital_status_code = '9' then 'lost'
            else 'end_of_linkage'
        end as exit_reason_code
    from ended

)
{%- endmacro %}

{#
Reads `reasoned` and `moves`; writes `intervals`: one row per donor and period under observation.

A stretch of life counts when it begins with a known presence and ends with a known end: before a
return nobody knows since when the person was away, and after a departure the person is away.
#}
{% macro follow_up_intervals(keys) -%}
{%- set donor = keys | join(', ') -%}
-- Before the first move a person is at home, if the first move is out. Inner joins: a donor who
-- never gave blood, or whom no register knows, is not under observation.
events as (

    select {{ donor }}, entry_date, exit_date, exit_reason_code,
        date '0001-01-01' as event_date, 'at_home' as event_type
    from reasoned
    where entry_date < exit_date

    union all

    select
        {{ follow_up_columns('moves', keys) }}, reasoned.entry_date, reasoned.exit_date,
        reasoned.exit_reason_code, moves.moved_date as event_date, moves.move_type as event_type
    from moves
    inner join reasoned
        on {{ follow_up_match('moves', 'reasoned', keys) }}
    where
        reasoned.entry_date < reasoned.exit_date
        -- A return on the last day begins nothing, but tells that the person was away before it.
        and (
            moves.moved_date < reasoned.exit_date
            or (moves.moved_date = reasoned.exit_date and moves.move_type = 'immigrated')
        )

),

stretches as (

    select
        *,
        lead(event_date) over (partition by {{ donor }} order by event_date) as next_date,
        lead(event_type) over (partition by {{ donor }} order by event_date) as next_type
    from events

),

intervals as (

    select
        {{ donor }},
        greatest(event_date, entry_date) as start_date,
        coalesce(next_date, exit_date) as end_date,
        case when event_date > entry_date then 'return' else 'draw' end as begins_with,
        case when next_date is null then exit_reason_code else 'emigration' end as ends_with,
        coalesce(next_date, exit_date) - greatest(event_date, entry_date) as observed_days
    from stretches
    where
        event_type <> 'emigrated'
        and (next_type is null or next_type = 'emigrated')
        and coalesce(next_date, exit_date) > greatest(event_date, entry_date)

)
{%- endmacro %}
