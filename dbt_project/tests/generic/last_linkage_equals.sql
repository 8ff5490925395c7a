{# The last linkage of a table "as known" has the rows of the table "as of today", and no others. #}
{% test last_linkage_equals(model, today, columns, source_name, table_name) %}

with

last_linkages as (

    select
        collection_id,
        max(linkage_number) as linkage_number
    from {{ source('ops', 'linkages') }}
    where source = '{{ source_name }}' and table_name = '{{ table_name }}'
    group by collection_id

),

known as (

    select {{ columns | join(', ') }}
    from {{ model }}
    inner join last_linkages using (collection_id, linkage_number)
    where not is_carried_on

),

today as (

    select {{ columns | join(', ') }}
    from {{ today }}

)

select 1 as failing
from (
    (select * from known except all select * from today)
    union all
    (select * from today except all select * from known)
) as differing

{% endtest %}
