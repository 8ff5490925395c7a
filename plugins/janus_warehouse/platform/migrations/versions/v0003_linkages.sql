-- A linkage is an accepted delivery of a table that each delivery restates. The number counts by
-- the day that the content describes, so one that arrives late takes its place in the row.
create view ops.linkages as
with last_of_the_day as (
    select distinct on (
        deliveries.collection_id, tables.source, tables.table_name, deliveries.as_of
    )
        deliveries.collection_id,
        tables.source,
        tables.table_name,
        tables.delivery_id,
        deliveries.as_of
    from ops.delivery_tables as tables
    inner join ops.deliveries as deliveries on tables.delivery_id = deliveries.delivery_id
    inner join ops.contracts as contracts
        on tables.source = contracts.source and tables.table_name = contracts.table_name
    where
        deliveries.state = 'accepted'
        and deliveries.as_of is not null
        and contracts.restatement = 'full'
    order by
        deliveries.collection_id asc,
        tables.source asc,
        tables.table_name asc,
        deliveries.as_of asc,
        deliveries.settled_at desc,
        deliveries.delivery_id desc
)

select
    collection_id,
    source,
    table_name,
    delivery_id,
    as_of,
    row_number() over (
        partition by collection_id, source, table_name order by as_of
    )::integer as linkage_number
from last_of_the_day;

comment on view ops.linkages is
'One row per linkage of a restated table, numbered by as-of date from 1; of several accepted deliveries for one date the last accepted.';

-- The transformer must know that a tumour came although its row was set aside, and may not read the
-- quarantine. Only numbers of the registry's form pass: anything else might be a person's.
create view ops.quarantined_keys with (security_barrier) as
select distinct
    rejected.delivery_id,
    tables.source,
    rejected.table_name,
    rejected.content ->> 'tumour_id' as key
from quarantine.rows as rejected
inner join ops.delivery_tables as tables
    on rejected.delivery_id = tables.delivery_id and rejected.table_name = tables.table_name
where
    tables.source = 'cancer_registry'
    and rejected.table_name = 'cases'
    and rejected.content ->> 'tumour_id' ~ '^T[0-9]{9}$';

comment on view ops.quarantined_keys is
'One row per delivery and tumour with a row in quarantine; nothing else of the row.';

grant select on ops.linkages to janus_loader, janus_transformer, janus_extractor, janus_publisher,
janus_reader, janus_curator;
grant select on ops.quarantined_keys to janus_transformer;
