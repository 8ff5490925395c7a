-- Wide results of laboratories stand in Iceberg tables, whose catalogue is here. Who may read it
-- learns where the files lie; who may read the files is a matter of the storage.

create schema lake;

-- As pyiceberg's SqlCatalog wants them.
create table lake.iceberg_tables (
    catalog_name varchar(255) not null,
    table_namespace varchar(255) not null,
    table_name varchar(255) not null,
    metadata_location varchar(1000),
    previous_metadata_location varchar(1000),
    iceberg_type varchar(5),
    primary key (catalog_name, table_namespace, table_name)
);
create table lake.iceberg_namespace_properties (
    catalog_name varchar(255) not null,
    namespace varchar(255) not null,
    property_key varchar(255) not null,
    property_value varchar(1000) not null,
    primary key (catalog_name, namespace, property_key)
);

create table ops.lake_appends (
    delivery_id text primary key references ops.deliveries,
    platform text not null,
    snapshot_id bigint not null,
    rows bigint not null,
    content_sha256 text not null,
    appended_at timestamptz not null default clock_timestamp()
);
comment on table ops.lake_appends is
'One row per accepted delivery whose values are in the lake: the snapshot that has them.';

create table raw.laboratories__matrix_analytes (
    delivery_id text not null,
    collection_id text not null,
    analyte_code text not null,
    n_values bigint not null,
    n_detected bigint not null,
    n_below_lod bigint not null,
    n_missing bigint not null,
    mean double precision,
    sd double precision,
    median double precision,
    p25 double precision,
    p75 double precision,
    n_within_plate bigint not null,
    df_within_plate bigint not null,
    squares_within_plate double precision not null,
    n_between_plates bigint not null,
    df_between_plates bigint not null,
    squares_between_plates double precision not null,
    n_controls bigint not null,
    df_controls bigint not null,
    squares_controls double precision not null,
    n_plates bigint not null,
    plate_order_correlation double precision,
    change_per_plate double precision,
    largest_plate_deviation double precision
);
comment on table raw.laboratories__matrix_analytes is
'One row per delivery and analyte in the lake, over the samples of the bank: what its cells hold; of
repeated tubes and controls their number, degrees of freedom and squares of logarithms; the plates.';

create table raw.laboratories__matrix_samples (
    delivery_id text not null,
    collection_id text not null,
    sample_code text not null,
    n_values bigint not null,
    n_detected bigint not null,
    total double precision
);
comment on table raw.laboratories__matrix_samples is
'One row per delivery and sample in the lake, controls among them.';

create index laboratories__matrix_analytes_delivery
on raw.laboratories__matrix_analytes using brin (delivery_id);
create index laboratories__matrix_samples_delivery
on raw.laboratories__matrix_samples using brin (delivery_id);

create trigger append_only before update or delete or truncate on ops.lake_appends
for each statement execute function ops.refuse_change();

grant usage on schema lake to janus_loader, janus_transformer, janus_extractor;
grant select on all tables in schema lake to janus_loader, janus_transformer, janus_extractor;
grant insert, update on all tables in schema lake to janus_loader;
grant select on ops.lake_appends to janus_loader, janus_transformer, janus_extractor,
janus_publisher, janus_reader, janus_curator;
grant insert on ops.lake_appends to janus_loader;
