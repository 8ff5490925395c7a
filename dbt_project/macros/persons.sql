{#
Rows of raw keep the donor that they were loaded with. Whose an identifier is after persons were
merged or split stands in ops.person_assignments, one row for each identifier that was ever
touched. Whoever reads rows of raw joins it, and takes the donor of today.
#}
{% macro donor_today(rows) -%}
    coalesce(persons_today.donor_id, {{ rows }}.donor_id)
{%- endmacro %}

{#
A left join, and a key stands once: no row is lost or doubled. A row that does not tell its
identifier goes with the donor's own key.
#}
{% macro join_persons_today(rows) -%}
    left join {{ source('ops', 'person_assignments') }} as persons_today
        on coalesce({{ rows }}.identifier_key, {{ rows }}.donor_id) = persons_today.identifier_key
{%- endmacro %}
