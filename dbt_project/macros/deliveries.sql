{#
The surveys and deliveries whose answers a table holds. It steps from one to the next in the index
on the two columns; `select distinct` would read millions of rows to find a dozen of them.
#}
{% macro held_deliveries(table) -%}
    with recursive held as (

        (
            select
                first_row.survey_id,
                first_row.delivery_id
            from {{ table }} as first_row
            order by first_row.survey_id, first_row.delivery_id
            limit 1
        )

        union all

        select
            next_row.survey_id,
            next_row.delivery_id
        from held
        -- A last one has no next one, and there the steps end.
        cross join lateral (
            select
                rows_held.survey_id,
                rows_held.delivery_id
            from {{ table }} as rows_held
            where (rows_held.survey_id, rows_held.delivery_id) > (held.survey_id, held.delivery_id)
            order by rows_held.survey_id, rows_held.delivery_id
            limit 1
        ) as next_row

    )
{%- endmacro %}

{#
For tables that grow by delivery: takes out the rows of deliveries that are no longer current
(superseded, restated) and those of surveys made from several tables, which are made anew, since a
row tells only of one of its deliveries. `surveys` is the table of the surveys.
Runs in the transaction that inserts the new rows, so readers never see a table in between.
#}
{% macro remove_outdated_rows(surveys) -%}
    {%- set outdated = [] -%}
    {%- if is_incremental() and execute -%}
        {%- set query -%}
            {{ held_deliveries(this) }}
            select
                held.survey_id,
                held.delivery_id
            from held
            where
                held.delivery_id not in (
                    select current_tables.delivery_id
                    from {{ source('ops', 'current_tables') }} as current_tables
                )
                or held.survey_id in (
                    select surveys.survey_id
                    from {{ surveys }} as surveys
                    where surveys.table_count > 1
                )
        {%- endset -%}
        {%- for row in run_query(query) -%}
            {%- do outdated.append("('" ~ row[0] ~ "', '" ~ row[1] ~ "')") -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if outdated -%}
        {# Written out, so that the server knows how few they are and goes by the index. #}
        delete from {{ this }} where (survey_id, delivery_id) in ({{ outdated | join(', ') }})
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{#
True for rows of a survey and delivery that the table does not hold yet. One delivery can bring
several surveys, and one of them may have been taken out. Asked as one text against an array,
because such a filter reaches the scan of each survey's tables; a subquery of pairs would not.
#}
{% macro is_new_delivery(survey, delivery) -%}
    {%- if is_incremental() -%}
        not {{ survey }} || ' ' || {{ delivery }} = any(array(
            select steps.survey_id || ' ' || steps.delivery_id
            from (
                {{ held_deliveries(this) }}
                select
                    held.survey_id,
                    held.delivery_id
                from held
            ) as steps
        ))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
