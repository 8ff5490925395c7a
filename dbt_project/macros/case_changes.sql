{#
Which of the fields of a tumour a linkage changed. Reads a CTE `history` with the columns of
`fct_cancer_case_history`; writes `fields`: one row per tumour, linkage and changed field.
#}
{% macro case_changes(fields) -%}
-- What a tumour was under its number before is the tombstone there. Left join: few had another.
before as (

    select
        history.*,
        lag(history.donor_id) over by_tumour as donor_before,
        former.tumour_sequence as former_sequence
        {%- for field in fields %},
        lag(history.{{ field }}) over by_tumour as {{ field }}_before
        {%- endfor %}
    from history
    left join history as former
        on
            history.collection_id = former.collection_id
            and history.previous_tumour_id = former.tumour_id
            and history.known_from = former.known_from
    window by_tumour as (
        partition by history.collection_id, history.tumour_id order by history.known_from
    )

),

changed as (

    select *
    from before
    where changed_fields is not null

),

-- Lateral: each changed span looks at its fields, and those that are equal go. Keys of persons and
-- tumours are not written out as values: they leave the warehouse as pseudonyms only.
fields as (

    select
        changed.collection_id,
        changed.tumour_id,
        changed.known_from,
        looked_at.changed_field,
        looked_at.value_before,
        looked_at.value_after,
        changed.change,
        changed.donor_id,
        changed.delivery_id
    from changed
    cross join lateral (
        values
        ('tumour_id', changed.change = 'renumbered', null, null),
        (
            'donor_id',
            changed.change <> 'renumbered' and changed.donor_id is distinct from changed.donor_before,
            null,
            null
        )
        {%- for field in fields %},
        (
            '{{ field }}',
            {%- if field == 'tumour_sequence' %}
            changed.tumour_sequence is distinct from case
                when changed.change = 'renumbered' then changed.former_sequence
                else changed.tumour_sequence_before
            end,
            case
                when changed.change = 'renumbered' then changed.former_sequence
                else changed.tumour_sequence_before
            end::text,
            {%- else %}
            changed.change <> 'renumbered'
            and changed.{{ field }} is distinct from changed.{{ field }}_before,
            changed.{{ field }}_before::text,
            {%- endif %}
            changed.{{ field }}::text
        )
        {%- endfor %}
    ) as looked_at (changed_field, is_other, value_before, value_after)
    where looked_at.is_other

)
{%- endmacro %}
