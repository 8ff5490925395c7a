{#
The rules of follow-up, written once and fed any picture of the registers: the current one, or one
for each linkage. Each macro writes CTEs over CTEs of agreed names; `keys` are the columns that
tell one donor of a picture, and every CTE has them.
#}

{% macro follow_up_match(one, other, keys) -%}
    {%- for key in keys -%}
        {{ one }}.{{ key }} = {{ other }}.{{ key }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Reads `migrations`; writes `moves`: the last move of each donor. #}
{% macro follow_up_moves(keys) -%}
moves as (

    select distinct on ({{ keys | join(', ') }}) *
    from migrations
    order by
        {%- for key in keys %}
        {{ key }} asc,
        {%- endfor %}
        migration_date desc,
        line_number desc

)
{%- endmacro %}

{#
Reads `donors`, `entries` (entry_date), `statuses`, `last_deaths`, each with one row per donor at
most, and `moves`; writes `reasoned`: one row per donor with the end of follow-up and its reason.
#}
{% macro follow_up_ends(keys) -%}
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
        ) as death_date,
        -- Whoever came back is followed again; only a move without return ends follow-up.
        case
            when moves.migration_type = 'emigrated' then moves.migration_date
            when
                moves.migration_type is null and statuses.vital_status_code = '3'
                then statuses.status_date
        end as emigration_date

    from donors

    left join entries
        on {{ follow_up_match('donors', 'entries', keys) }}

    left join statuses
        on {{ follow_up_match('donors', 'statuses', keys) }}

    left join moves
        on {{ follow_up_match('donors', 'moves', keys) }}

    left join last_deaths
        on {{ follow_up_match('donors', 'last_deaths', keys) }}

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
