{# How many days a tube may be at a laboratory before the account of it says that it is late. #}
{% macro days_a_tube_may_be_out() -%}
    365
{%- endmacro %}
