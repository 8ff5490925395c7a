-- Who may do what is stated here once; tests try every role against every schema.
-- Roles themselves are made in v0001_foundation.py, because their passwords are derived secrets.

create schema if not exists identity;
create schema if not exists landing;
create schema if not exists quarantine;
create schema if not exists raw;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
create schema if not exists governance;

revoke all on schema public from public;

-- The administrator acts for the roles when it creates things in their schemas.
grant janus_loader, janus_transformer, janus_extractor, janus_publisher, janus_reader,
    janus_curator to current_user;

---------------------------------------------------------------- identity vault: loader only

create table identity.donors (
    donor_id text primary key,
    registered_by text not null,
    registered_at timestamptz not null default now(),
    merged_into text references identity.donors
);
comment on table identity.donors is
'One row per person. The key is a keyed hash of the first identifier the warehouse met.';

create table identity.identifiers (
    system text not null,
    value text not null,
    donor_id text not null references identity.donors,
    valid_from date,
    valid_to date,
    delivery_id text not null,
    primary key (system, value),
    -- A Norwegian number says itself whether it is ordinary, temporary (D) or local (H).
    kind text not null generated always as (
        case
            when system <> 'national_number' then system
            when left(value, 1) between '4' and '7' then 'd_number'
            when substr(value, 3, 1) between '4' and '5' then 'h_number'
            else 'national_number'
        end
    ) stored
);
create index identifiers_donor on identity.identifiers (donor_id);
comment on table identity.identifiers is
'One row per identifier a person has or has had: national number, D-number, survey number, study code.';

---------------------------------------------------------------- deliveries

create table ops.contracts (
    source text not null,
    table_name text not null,
    collection_id text not null,
    version text not null,
    restatement text not null check (restatement in ('full', 'none')),
    sha256 text not null,
    primary key (source, table_name)
);

create table ops.deliveries (
    delivery_id text primary key,
    source text not null,
    collection_id text not null,
    kind text not null,
    folder text not null,
    as_of date,
    content_sha256 text not null unique,
    supersedes text,
    superseded_by text references ops.deliveries,
    state text not null default 'received'
    check (state in ('received', 'verified', 'loaded', 'checked', 'accepted', 'refused', 'superseded')),
    rows_received bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_quarantined bigint not null default 0,
    rows_refused bigint not null default 0,
    reason text,
    received_at timestamptz not null default now(),
    settled_at timestamptz,
    constraint every_row_is_accounted_for check (
        state not in ('accepted', 'refused', 'superseded')
        or rows_received = rows_accepted + rows_quarantined + rows_refused
    )
);

create table ops.delivery_tables (
    delivery_id text not null references ops.deliveries,
    source text not null,
    table_name text not null,
    path text not null,
    contract_version text not null,
    sha256 text not null,
    bytes bigint not null,
    rows_declared bigint not null,
    rows_received bigint not null default 0,
    rows_accepted bigint not null default 0,
    rows_quarantined bigint not null default 0,
    first_line bigint not null default 1,
    primary key (delivery_id, table_name)
);

create table ops.delivery_events (
    event_id bigint generated always as identity primary key,
    delivery_id text not null,
    state text not null,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    detail jsonb not null default '{}'
);
create index delivery_events_delivery on ops.delivery_events (delivery_id, event_id);

-- What dbt sees as current: of a source that restates everything, the latest picture only.
create view ops.current_tables as
select
    tables.delivery_id,
    deliveries.collection_id,
    tables.source,
    tables.table_name,
    deliveries.as_of
from ops.delivery_tables as tables
inner join ops.deliveries as deliveries on tables.delivery_id = deliveries.delivery_id
inner join ops.contracts as contracts
    on tables.source = contracts.source and tables.table_name = contracts.table_name
where
    deliveries.state = 'accepted'
    and (
        contracts.restatement = 'none'
        or not exists (
            select 1
            from ops.delivery_tables as later_tables
            inner join ops.deliveries as later
                on later_tables.delivery_id = later.delivery_id
            where
                later.state = 'accepted'
                and later.collection_id = deliveries.collection_id
                and later_tables.source = tables.source
                and later_tables.table_name = tables.table_name
                and (later.as_of, later.settled_at, later.delivery_id)
                > (deliveries.as_of, deliveries.settled_at, deliveries.delivery_id)
        )
    );

create table quarantine.rows (
    delivery_id text not null,
    table_name text not null,
    line_number bigint not null,
    rule_ids text [] not null,
    content jsonb not null,
    primary key (delivery_id, table_name, line_number)
);
comment on table quarantine.rows is
'One row per rejected line, with the rules it breaks; identifiers of persons are taken out of the content.';

---------------------------------------------------------------- checks, builds, releases, extracts

create table ops.check_results (
    result_id bigint generated always as identity primary key,
    run_kind text not null check (run_kind in ('delivery', 'build')),
    run_id text not null,
    subject text not null,
    rule_id text not null,
    dimension text not null,
    rows_seen bigint,
    rows_failing bigint,
    tolerance text,
    consequence text not null,
    outcome text not null
    check (outcome in ('passed', 'warned', 'quarantined', 'refused', 'failed', 'error')),
    seconds double precision,
    checked_at timestamptz not null default clock_timestamp(),
    unique (run_kind, run_id, subject, rule_id)
);

create table ops.builds (
    build_id text primary key,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    state text not null check (state in ('running', 'succeeded', 'failed')),
    code_version text not null,
    selection text,
    deliveries text [] not null default '{}',
    models_built integer,
    seconds double precision
);

create table ops.releases (
    release_name text primary key,
    build_id text,
    code_version text not null,
    created_at timestamptz not null default clock_timestamp(),
    manifest jsonb not null,
    manifest_sha256 text not null
);

create table ops.extracts (
    extract_id text primary key,
    project_id text not null,
    release_name text not null references ops.releases,
    specification_sha256 text not null,
    folder text not null,
    files jsonb not null,
    rows bigint not null,
    sha256 text not null,
    built_at timestamptz not null default clock_timestamp()
);

create table ops.progress (
    job text not null,
    step text not null,
    done bigint not null,
    total bigint,
    state text not null,
    started_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    primary key (job, step)
);

---------------------------------------------------------------- audit: append-only, hash-chained

create table ops.audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    action text not null,
    subject text not null,
    detail jsonb not null default '{}',
    previous_hash text,
    hash text
);

create function ops.chain_audit() returns trigger language plpgsql security definer
set search_path = ops, pg_temp as $$
begin
    -- One writer at a time, or two rows would name the same predecessor.
    perform pg_advisory_xact_lock(hashtext('ops.audit'));
    -- The number was drawn before the wait: drawn again, or it would not follow the chain.
    new.audit_id := nextval(pg_get_serial_sequence('ops.audit', 'audit_id'));
    select a.hash into new.previous_hash from ops.audit as a order by a.audit_id desc limit 1;
    new.hash := encode(sha256(convert_to(concat_ws(
        '|', coalesce(new.previous_hash, ''), new.at at time zone 'UTC', new.actor, new.action,
        new.subject, new.detail
    ), 'UTF8')), 'hex');
    return new;
end $$;
create trigger chain before insert on ops.audit for each row execute function ops.chain_audit();

create function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;
create trigger append_only before update or delete or truncate on ops.audit
for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on ops.delivery_events
for each statement execute function ops.refuse_change();

---------------------------------------------------------------- governance

create table governance.projects (
    project_id text primary key,
    title text not null,
    specification jsonb not null,
    specification_sha256 text not null,
    valid_until date,
    recorded_at timestamptz not null default clock_timestamp()
);

create table governance.withdrawals (
    donor_id text primary key,
    withdrawn_date date not null,
    recorded_at timestamptz not null default clock_timestamp()
);

---------------------------------------------------------------- rights

grant usage on schema ops to janus_loader, janus_transformer, janus_extractor, janus_publisher,
    janus_reader, janus_curator;
grant select on all tables in schema ops to janus_loader, janus_transformer, janus_extractor,
    janus_publisher, janus_reader, janus_curator;
grant insert on ops.audit to janus_loader, janus_transformer, janus_extractor, janus_publisher,
    janus_curator;
grant insert on ops.check_results to janus_loader, janus_transformer;
grant insert, update on ops.progress to janus_loader, janus_transformer, janus_extractor,
    janus_publisher;
grant insert, update on ops.deliveries, ops.delivery_tables to janus_loader;
grant update on ops.check_results to janus_loader;
grant insert on ops.delivery_events to janus_loader;
grant delete on ops.check_results to janus_loader;
grant insert, update on ops.builds to janus_transformer;
grant insert, update on ops.extracts to janus_extractor;

grant usage on schema identity to janus_loader;
grant select, insert, update on all tables in schema identity to janus_loader;
grant usage, create on schema landing to janus_loader;
grant usage on schema quarantine, raw to janus_loader;
grant select, insert on quarantine.rows to janus_loader;
alter default privileges in schema raw grant select, insert on tables to janus_loader;

grant usage on schema raw to janus_transformer;
alter default privileges in schema raw grant select on tables to janus_transformer;
grant usage, create on schema staging, intermediate, marts to janus_transformer;
grant usage on schema marts to janus_extractor, janus_publisher, janus_reader;
alter role janus_loader set jit = off;
alter role janus_transformer set jit = off;
alter default privileges for role janus_transformer in schema marts
grant select on tables to janus_extractor, janus_publisher, janus_reader;
grant usage on schema governance to janus_curator, janus_extractor, janus_transformer;
grant select on all tables in schema governance to janus_extractor, janus_transformer;
grant select, insert, update, delete on all tables in schema governance to janus_curator;
