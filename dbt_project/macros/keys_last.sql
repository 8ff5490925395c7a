{#
A table with a contract gets its key when its rows are in: sorting them all once costs a third of
looking for the place of each. Everything else is as in dbt's own macro, which this one replaces.
#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set is_typed = config.get('contract').enforced and not temporary -%}
    {%- set sql_header = config.get('sql_header', none) -%}
    {{ sql_header if sql_header is not none }}

    create {{ 'temporary' if temporary else 'unlogged' if config.get('unlogged', default=false) }}
        table {{ relation }}
    {% if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif %}
    {%- if is_typed %}
        ({{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(', ') }});

    insert into {{ relation }} ({{ adapter.dispatch('get_column_names', 'dbt')() }})
    ({{ get_select_subquery(sql) }});
    {%- for key in adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}

    alter table {{ relation }} add {{ key }};
    {%- endfor %}
    {%- else %}
        as ({{ sql }});
    {%- endif %}
{%- endmacro %}
