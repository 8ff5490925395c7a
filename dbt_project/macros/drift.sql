{# A threshold of the drift between surveys: metadata/classifications/drift_limits.csv has them. #}
{% macro drift_limit(name) -%}
    (
        select limits.limit_value from {{ ref('drift_limits') }} as limits
        where limits.drift_limit = '{{ name }}'
    )
{%- endmacro %}
