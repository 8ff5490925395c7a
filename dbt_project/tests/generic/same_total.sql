{# The sum of a column is the sum of a column of another model, to the last unit. #}
{% test same_total(model, column, to, field) %}

select 1 as failing
where
    (select coalesce(sum({{ column }}), 0) from {{ model }})
    <> (select coalesce(sum({{ field }}), 0) from {{ to }})

{% endtest %}
