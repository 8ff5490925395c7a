{#
The rows of a delivered table that are current: of a table that each delivery restates, the latest
accepted delivery; of one that each delivery adds to, all accepted and not superseded ones.

The list of deliveries is an array, worked out once before the scan, because a join would keep
PostgreSQL from estimating how many rows remain.
#}
{% macro current_rows(source_name, table_name) -%}
    select *
    from {{ source(source_name, table_name) }}
    where
        delivery_id = any(array(
            select current_tables.delivery_id
            from {{ source('ops', 'current_tables') }} as current_tables
            where
                current_tables.source = '{{ source_name }}'
                and current_tables.table_name = '{{ table_name }}'
        ))
{%- endmacro %}
