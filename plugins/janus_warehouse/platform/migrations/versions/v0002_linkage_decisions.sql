-- A delivery that waits for a person's decision has the state `held`.

alter table ops.deliveries drop constraint deliveries_state_check;
alter table ops.deliveries add constraint deliveries_state_check check (
    state in (
        'received', 'verified', 'loaded', 'checked', 'held', 'accepted', 'refused', 'superseded'
    )
);

create table ops.decisions (
    decision_id bigint generated always as identity primary key,
    delivery_id text not null references ops.deliveries,
    question text not null,
    figures jsonb not null default '{}',
    is_accepted boolean not null,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    reason text not null check (reason <> '')
);
create index decisions_delivery on ops.decisions (delivery_id, decision_id);
comment on table ops.decisions is
'One row per decision about a held delivery: what was asked, what was answered, by whom and why.';

create trigger append_only before update or delete or truncate on ops.decisions
for each statement execute function ops.refuse_change();

create table ops.linkage_figures (
    delivery_id text not null references ops.deliveries,
    table_name text not null,
    section text not null,
    item text not null,
    dimensions jsonb not null default '{}',
    value numeric,
    primary key (delivery_id, table_name, section, item, dimensions)
);
comment on table ops.linkage_figures is
'The figures of the linkage report: counts of one delivered table by section, item and dimensions.';

grant select on ops.decisions, ops.linkage_figures to janus_loader, janus_transformer,
    janus_extractor, janus_publisher, janus_reader, janus_curator;
grant insert on ops.decisions to janus_loader;
-- Figures are worked out again when the landed rows were lost and loaded again.
grant insert, delete on ops.linkage_figures to janus_loader;
