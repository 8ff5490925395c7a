{#
A table with a contract is written while it is read, and gets its key and what must not be null when
its rows are in. Rows for a table that is there already take a third longer, and finding the place
of each in the key three times as long as sorting them all once. Everything else is as in dbt's own
macro, which this one replaces.
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
        as ({{ columns_as_declared(sql) }});
    {%- for rule in rules_of_columns() %}
    {{ 'alter table ' ~ relation if loop.first }}
        {{ rule }}{{ ';' if loop.last else ',' }}
    {%- endfor %}
    {%- else %}
        as ({{ sql }});
    {%- endif %}
{%- endmacro %}

{# The columns of a contract in its order; dbt has seen that names and kinds of types agree. #}
{% macro columns_as_declared(sql) -%}
    select
    {%- for column in model['columns'].values() %}
        {%- set name = adapter.quote(column['name']) if column.get('quote') else column['name'] %}
        {{ name }}::{{ column['data_type'] }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    from (
        {{ sql }}
    ) as model_rows
{%- endmacro %}

{# What a contract says of its columns, as parts of one statement: the rows are read once for all. #}
{% macro rules_of_columns() -%}
    {%- set rules = [] -%}
    {%- for column in model['columns'].values() -%}
        {%- set name = adapter.quote(column['name']) if column.get('quote') else column['name'] -%}
        {%- for constraint in column.get('constraints', []) -%}
            {%- if constraint['type'] != 'not_null' -%}
                {{ exceptions.raise_compiler_error(
                    model['name'] ~ '.' ~ column['name'] ~ ': a column is not_null or free; write a '
                    ~ constraint['type'] ~ ' among the constraints of the model'
                ) }}
            {%- endif -%}
            {%- do rules.append('alter column ' ~ name ~ ' set not null') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for key in adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
        {%- do rules.append('add ' ~ key) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}
