{# No interval of a key begins before the one before it has ended; days are half open. #}
{% test intervals_do_not_overlap(model, key) %}

select 1 as failing
from (
    select
        start_date,
        lag(end_date) over (
            partition by {{ key | join(', ') }} order by start_date
        ) as last_end_date
    from {{ model }}
) as neighbours
where start_date < last_end_date

{% endtest %}
