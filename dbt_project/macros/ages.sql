{# Completed years between two dates, the way ages are counted; null when either is missing. #}
{% macro completed_years(from_date, to_date) -%}
    extract(year from age({{ to_date }}, {{ from_date }}))::smallint
{%- endmacro %}
