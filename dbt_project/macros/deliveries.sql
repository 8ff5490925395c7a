{#
For tables that grow by delivery: takes out the rows of deliveries that are no longer current
(superseded, restated) and those of surveys made from several deliveries, which are made anew.
Runs in the transaction that inserts the new rows, so readers never see a table in between.
#}
{% macro remove_outdated_rows(remade_surveys=[]) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            not delivery_id = any(array(
                select current_tables.delivery_id
                from {{ source('ops', 'current_tables') }} as current_tables
            ))
            {%- if remade_surveys %}
            or survey_id in ('{{ remade_surveys | join("', '") }}')
            {%- endif -%}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# True for rows of deliveries that the table does not hold yet. #}
{% macro is_new_delivery(column) -%}
    {%- if is_incremental() -%}
        not {{ column }} = any(array(select distinct held.delivery_id from {{ this }} as held))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
