{# The spans of a key neither overlap nor leave gaps, and exactly the last one is open. #}
{% test spans_lie_edge_to_edge(model, key) %}

select 1 as failing
from (
    select
        known_to,
        lead(known_from) over (
            partition by collection_id, {{ key | join(', ') }} order by known_from
        ) as next_from
    from {{ model }}
) as spans
where spans.known_to is distinct from spans.next_from

{% endtest %}
