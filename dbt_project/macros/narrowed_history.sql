{#
Some columns of a history: spans that differ only in the others become one. Reads a CTE `spans`
with collection_id, the key, known_from, change, delivery_id and the columns; writes `narrowed`.
Spans of a key lie edge to edge, so a span ends where the next one begins.
#}
{% macro narrowed_history(key, columns) -%}
{%- set keys = 'collection_id, ' ~ (key | join(', ')) -%}
{%- set content = 'row(' ~ (columns | join(', ')) ~ ')' -%}
compared as (

    select
        *,
        ({{ content }} is not distinct from lag({{ content }}) over by_key) as is_same
    from spans
    window by_key as (partition by {{ keys }} order by known_from)

),

told as (

    select *
    from compared
    where change <> 'changed' or not is_same

),

narrowed as (

    select
        {{ keys }},
        known_from,
        lead(known_from) over by_key as known_to,
        change,
        case
            when change in ('changed', 'reinstated')
                then nullif(concat_ws(
                    ',',
                    null
                    {%- for name in columns %},
                    case
                        when {{ name }} is distinct from lag({{ name }}) over by_key
                            then '{{ name }}'
                    end
                    {%- endfor %}
                ), '')
        end as changed_fields,
        delivery_id
        {%- for name in columns %},
        {{ name }}
        {%- endfor %}
    from told
    window by_key as (partition by {{ keys }} order by known_from)

)
{%- endmacro %}
