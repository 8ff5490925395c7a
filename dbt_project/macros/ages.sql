{# Completed years between two dates, the way ages are counted; null when either is missing. #}
{% macro completed_years(from_date, to_date) -%}
    extract(year from age({{ to_date }}, {{ from_date }}))::smallint
{%- endmacro %}

{# The five-year age group as standard populations have it: 85 stands for 85 and older. #}
{% macro age_group(years) -%}
    least({{ years }} - {{ years }} % 5, 85)
{%- endmacro %}

{# The five calendar years that a year lies in, by the first of them. #}
{% macro calendar_period(year) -%}
    {{ year }} - {{ year }} % 5
{%- endmacro %}

{# The period as text, by its first and last year. #}
{% macro calendar_period_name(period_from) -%}
    {{ period_from }}::text || '-' || ({{ period_from }} + 4)::text
{%- endmacro %}

{#
Cuts the time of a relation at birthdays and at New Year, exactly and by sets: a row is joined with
the age groups that it touches, and what is left of it in one group touches two periods at most.

Reads `relation` with collection_id, donor_id, birth_date, start_date, end_date (exclusive) and
`carried` columns; writes `pieces`: the carried columns, age_from, period_from, days.
#}
{% macro lexis_pieces(relation, carried) -%}
{%- set kept = (['collection_id', 'donor_id'] + carried) | join(', ') -%}
age_bands as (

    select bands.years::integer as years
    from generate_series(0, 120, 5) as bands (years) -- noqa: RF02

),

-- The parts of the birthday are worked out once for each row, which is why it is materialised.
-- Whoever is born on 29 February turns on the day after 28 February, as ages are counted.
born as materialized (

    select
        {{ kept }},
        start_date,
        end_date,
        extract(year from start_date)::integer - birth_year - 5 as first_years,
        extract(year from end_date)::integer - birth_year as last_years,
        birth_year,
        birth_month,
        birth_day - leap_day as birth_day,
        leap_day
    from (
        select
            *,
            extract(year from birth_date)::integer as birth_year,
            extract(month from birth_date)::integer as birth_month,
            extract(day from birth_date)::integer as birth_day,
            case
                when extract(month from birth_date) = 2 and extract(day from birth_date) = 29
                    then 1
                else 0
            end as leap_day
        from {{ relation }}
        where start_date < end_date
    ) as born_in_parts

),

-- Inner join: a row meets each age group that its years can touch; what it does not touch goes
-- in the next step.
in_age_bands as (

    select
        {{ kept }},
        age_bands.years,
        greatest(
            born.start_date,
            make_date(born.birth_year + age_bands.years, born.birth_month, born.birth_day)
            + born.leap_day
        ) as start_date,
        least(
            born.end_date,
            make_date(born.birth_year + age_bands.years + 5, born.birth_month, born.birth_day)
            + born.leap_day
        ) as end_date
    from born
    inner join age_bands
        on
            age_bands.years >= born.first_years
            and age_bands.years <= born.last_years

),

halves as (

    select 0 as later
    union all
    select 5 as later

),

-- Cross join: five years of age meet two calendar periods at most.
in_periods as (

    select
        {{ kept }},
        in_age_bands.years,
        in_age_bands.start_date,
        in_age_bands.end_date,
        {{ calendar_period('extract(year from in_age_bands.start_date)::integer') }}
        + halves.later as period_from
    from in_age_bands
    cross join halves
    where in_age_bands.start_date < in_age_bands.end_date

),

pieces as (

    select
        {{ kept }},
        period_from,
        least(years, 85) as age_from,
        least(end_date, make_date(period_from + 5, 1, 1))
        - greatest(start_date, make_date(period_from, 1, 1)) as days
    from in_periods
    where end_date > make_date(period_from, 1, 1)

)
{%- endmacro %}
