-- A laboratory's return is a delivery that also says for whom, how and until when it is kept back.

create table ops.returns (
    delivery_id text primary key references ops.deliveries,
    project_id text not null,
    approval text not null,
    laboratory text not null,
    platform text not null,
    platform_version text not null,
    method text not null,
    embargo_until date,
    format text not null
);
comment on table ops.returns is
'One row per return of a laboratory: what its manifest says beyond that of other deliveries.';

create trigger append_only before update or delete or truncate on ops.returns
for each statement execute function ops.refuse_change();

grant select on ops.returns to janus_loader, janus_transformer, janus_extractor, janus_publisher,
janus_reader, janus_curator;
grant insert on ops.returns to janus_loader;
