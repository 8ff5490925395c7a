{#
Every linkage of a restated table, turned into spans: one row per key and stretch of linkages in
which the same was known of it. A key that a linkage does not have is retracted there; when it
comes again it is reinstated. Runs on PostgreSQL and on DuckDB.

  key       columns that make two rows of two linkages the same thing
  tracked   columns followed, each {name, sql}; sql takes out what only repeats the linkage's day
  latest    column of which the highest value counts when a key comes twice in one linkage
  set_aside whether keys that lie in quarantine are known: what was known of them is carried on
  donor     what `donor_today` makes of `delivered_rows`, where rows belong to donors
  persons   the join that `donor` needs, of `join_persons_today`

The delivered rows are sorted once, by key and linkage. What repeats the linkage before, which is
nearly everything, is left behind there; the steps after it see little more than the spans.
#}
{% macro history(source_name, table_name, key, tracked, latest=none, set_aside=false, donor=none, persons=none) -%}
{%- set keys = 'collection_id, ' ~ (key | join(', ')) -%}
{%- set names = tracked | map(attribute='name') | list -%}
{%- set content = 'row(' ~ (names | join(', ')) ~ ')' if names else 'true' -%}
with

linkages as (

    select
        collection_id,
        delivery_id,
        as_of,
        linkage_number,
        max(linkage_number) over (partition by collection_id) as last_number
    from {{ source('ops', 'linkages') }}
    where source = '{{ source_name }}' and table_name = '{{ table_name }}'

),

-- Inner join: rows of superseded and of repeated deliveries go, for these are no linkages.
delivered as (

    select
        delivered_rows.collection_id,
        {%- for name in key %}
        {{ history_column(name, donor) }},
        {%- endfor %}
        linkages.linkage_number,
        linkages.last_number,
        {%- for column in tracked %}
        {{
            column.sql ~ ' as ' ~ column.name if column.get('sql')
            else history_column(column.name, donor)
        }},
        {%- endfor %}
        {%- if latest %}
        delivered_rows.{{ latest }} as latest_value,
        {%- endif %}
        delivered_rows.line_number,
        false as is_set_aside
    from {{ source(source_name, table_name) }} as delivered_rows
    inner join linkages
        on
            delivered_rows.delivery_id = linkages.delivery_id
            and delivered_rows.collection_id = linkages.collection_id
    {%- if persons %}
    {{ persons }}
    {%- endif %}

),
{%- if set_aside %}

-- A row in quarantine tells that the thing is still there, and nothing of it that can be trusted.
-- Inner join: rows of deliveries that are no linkages go.
seen as (

    select * from delivered

    union all

    select
        linkages.collection_id,
        quarantined.key as {{ key[0] }},
        linkages.linkage_number,
        linkages.last_number,
        {%- for name in names %}
        null as {{ name }},
        {%- endfor %}
        {%- if latest %}
        null as latest_value,
        {%- endif %}
        null as line_number,
        true as is_set_aside
    from {{ source('ops', 'quarantined_keys') }} as quarantined
    inner join linkages on quarantined.delivery_id = linkages.delivery_id
    where quarantined.source = '{{ source_name }}' and quarantined.table_name = '{{ table_name }}'

),
{%- endif %}

-- A key that comes twice in one linkage counts once: the latest state, then the later line.
pictures as (

    select distinct on ({{ keys }}, linkage_number) *
    from {{ 'seen' if set_aside else 'delivered' }}
    order by
        collection_id asc,
        {%- for name in key %}
        {{ name }} asc,
        {%- endfor %}
        linkage_number asc,
        is_set_aside asc,
        {%- if latest %}
        latest_value desc nulls last,
        {%- endif %}
        line_number desc nulls last

),

-- The same sort order serves this window: nothing is sorted again.
compared as (

    select
        *,
        coalesce(lead(linkage_number) over by_key, last_number + 1) > linkage_number + 1
            as is_gone_next,
        coalesce(
            lag(linkage_number) over by_key = linkage_number - 1
            and not lag(is_set_aside) over by_key
            and {{ content }} is not distinct from lag({{ content }}) over by_key,
            false
        ) as is_repeated
    from pictures
    window by_key as (partition by {{ keys }} order by linkage_number)

),

telling as (

    select *
    from compared
    where is_set_aside or is_gone_next or not is_repeated

),

events as (

    select
        {{ keys }},
        linkage_number,
        false as is_gone
        {%- for name in names %},
        {{ name }}
        {%- endfor %}
    from telling
    where not is_set_aside

    union all

    select
        {{ keys }},
        linkage_number + 1 as linkage_number,
        true as is_gone
        {%- for name in names %},
        {{ name }}
        {%- endfor %}
    from telling
    where is_gone_next

),

-- A tombstone keeps what was last known, so that one can see of what it is the end.
weighed as (

    select
        {{ keys }},
        linkage_number,
        is_gone,
        coalesce(is_gone = lag(is_gone) over by_key, is_gone) as is_alike,
        ({{ content }} is not distinct from lag({{ content }}) over by_key) as is_same
        {%- for name in names %},
        case when is_gone then lag({{ name }}) over by_key else {{ name }} end as {{ name }}
        {%- endfor %}
    from events
    window by_key as (partition by {{ keys }} order by linkage_number)

),

-- Gone twice, or gone before it came, tells nothing; neither does the same content once more.
turning as (

    select *
    from weighed
    where not is_alike or (not is_gone and not is_same)

),

spans as (

    select
        *,
        lead(linkage_number) over by_key as next_number,
        case
            when is_gone then 'retracted'
            when lag(is_gone) over by_key then 'reinstated'
            when not lag(is_gone) over by_key then 'changed'
            else 'new'
        end as change,
        lag(is_gone) over by_key is not null and not is_gone as is_comparable
        {%- for name in names %},
        ({{ name }} is distinct from lag({{ name }}) over by_key) as is_other_{{ loop.index }}
        {%- endfor %}
    from turning
    window by_key as (partition by {{ keys }} order by linkage_number)

),

-- Inner join: a linkage opened every span. Left join: none has ended a span that still lasts.
dated as (

    select
        spans.collection_id,
        {%- for name in key %}
        spans.{{ name }},
        {%- endfor %}
        opened.as_of as known_from,
        closed.as_of as known_to,
        spans.change,
        case
            when spans.is_comparable
                then nullif(concat_ws(
                    ',',
                    null
                    {%- for name in names %},
                    case when spans.is_other_{{ loop.index }} then '{{ name }}' end
                    {%- endfor %}
                ), '')
        end as changed_fields,
        opened.delivery_id
        {%- for name in names %},
        spans.{{ name }}
        {%- endfor %}
    from spans
    inner join linkages as opened
        on
            spans.collection_id = opened.collection_id
            and spans.linkage_number = opened.linkage_number
    left join linkages as closed
        on
            spans.collection_id = closed.collection_id
            and spans.next_number = closed.linkage_number

)

select * from dated
{%- endmacro %}

{% macro history_column(name, donor) -%}
    {%- if donor and name == 'donor_id' -%}
        {{ donor }} as donor_id
    {%- else -%}
        delivered_rows.{{ name }}
    {%- endif -%}
{%- endmacro %}
