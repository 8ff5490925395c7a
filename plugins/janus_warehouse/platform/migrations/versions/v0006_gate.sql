-- What the gate found about a laboratory's return, so that its report can be written at any time.

create table ops.gate_findings (
    delivery_id text primary key references ops.deliveries,
    document jsonb not null,
    judged_at timestamptz not null default clock_timestamp()
);
comment on table ops.gate_findings is
'One row per return that came to the gate: rules, counts, codes and plates; no value of a person.';

grant select on ops.gate_findings to janus_loader, janus_transformer, janus_extractor,
janus_publisher, janus_reader, janus_curator;
grant insert, delete on ops.gate_findings to janus_loader;

-- A return is judged by the approval of its project and by who has withdrawn.
grant usage on schema governance to janus_loader;
grant select on governance.projects, governance.withdrawn_donors to janus_loader;
