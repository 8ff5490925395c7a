{#
The condition of a join with dim_municipalities: a code means what it meant on a day, because
codes were used again. At most one row fits; none fits an unknown code, so join left.
#}
{% macro municipality_on(municipalities, code, day) -%}
    {{ code }} = {{ municipalities }}.municipality_code
    and {{ day }} >= {{ municipalities }}.valid_from
    and {{ day }} <= coalesce({{ municipalities }}.valid_to, date '9999-12-31')
{%- endmacro %}

{# Four-digit codes of municipalities began in 1946; what began no later has this first day. #}
{% macro first_day_of_municipality_codes() -%}
    date '1946-01-01'
{%- endmacro %}
