{#
The entity of all cancers but non-melanoma skin cancer: what ends cancer-free time, and what a
total rate counts.
#}
{% macro all_cancers() -%}
    990
{%- endmacro %}
