{# No two rows agree in all of the columns; each group that does is one failure. #}
{% test unique_together(model, columns) %}

select 1 as failing
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
