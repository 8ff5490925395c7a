{# What holds now of a history is what the table "as of today" says, for everybody in the history. #}
{% test open_spans_equal(model, today, key, columns) %}

select 1 as failing
from {{ model }} as told
left join {{ today }} as today
    on told.collection_id = today.collection_id and told.{{ key }} = today.{{ key }}
where
    told.known_to is null
    and told.change <> 'retracted'
    and (
        today.{{ key }} is null
        {%- for name in columns %}
        or (told.{{ name }} is not null and told.{{ name }} is distinct from today.{{ name }})
        {%- endfor %}
    )

{% endtest %}
