{# Every value of a column, where there is one, stands in a column of another model. #}
{% test refers_to(model, column, to, field) %}

select 1 as failing
from {{ model }} as referring
where
    referring.{{ column }} is not null
    and not exists (
        select 1
        from {{ to }} as referred
        where referred.{{ field }} = referring.{{ column }}
    )

{% endtest %}
