{#
For tables that grow by delivery: takes out the rows of deliveries that are no longer current
(superseded, restated) and those of surveys made from several tables, which are made anew, since a
row tells only of one of its deliveries. `surveys` is the table of the surveys, where there are any.
Runs in the transaction that inserts the new rows, so readers never see a table in between.
#}
{% macro remove_outdated_rows(surveys=none) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            not delivery_id = any(array(
                select current_tables.delivery_id
                from {{ source('ops', 'current_tables') }} as current_tables
            ))
            {%- if surveys %}
            or survey_id in (
                select surveys.survey_id from {{ surveys }} as surveys where surveys.table_count > 1
            )
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
