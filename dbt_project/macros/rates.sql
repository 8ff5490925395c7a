{# Days as years of 365.25 days, as every figure of this warehouse gives them. #}
{% macro years_of(days) -%}
    round({{ days }} / 365.25, 4)
{%- endmacro %}

{# A rate per 100,000 person-years from a count and person-days; null where nobody was at risk. #}
{% macro rate_per_100000(count, days) -%}
    round(100000 * 365.25 * ({{ count }}) / nullif({{ days }}, 0), 4)
{%- endmacro %}
