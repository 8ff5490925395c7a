{# No row satisfies a condition that a good row cannot satisfy; the condition is the argument. #}
{% test no_rows_where(model, condition) %}

select 1 as failing
from {{ model }}
where {{ condition }}

{% endtest %}
