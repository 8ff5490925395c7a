-- Shipments made here. Who is a case and who a control lies sealed: nobody may read the seals,
-- and the curator gets one only through a function that asks first whether everything is back.

create table governance.shipments (
    shipment_id text primary key,
    project_id text not null,
    laboratory text not null,
    platform text not null,
    shipped_date date not null,
    samples integer not null,
    duplicates integer not null,
    plates integer not null,
    request_sha256 text not null,
    state text not null check (state in ('making', 'made', 'opened')),
    made_by text not null,
    made_at timestamptz not null default clock_timestamp(),
    opened_by text,
    opened_at timestamptz,
    reason text,
    check ((state = 'opened') = (opened_at is not null and opened_by is not null))
);
comment on table governance.shipments is
'One row per shipment made here. While it is being made its files are not in place yet.';

create table governance.shipment_samples (
    study_code text primary key,
    shipment_id text not null references governance.shipments,
    tube_barcode text not null
);
create index shipment_samples_shipment on governance.shipment_samples (shipment_id);
comment on table governance.shipment_samples is
'One row per study code of such a shipment, from the moment the code is given.';

create table governance.shipment_seals (
    shipment_id text primary key references governance.shipments,
    sealed bytea not null
);
comment on table governance.shipment_seals is
'Case or control and the set of each study code, and the seed of the layout; encrypted.';

create table governance.opened_status (
    study_code text primary key references governance.shipment_samples,
    shipment_id text not null references governance.shipments,
    matched_status text not null check (matched_status in ('case', 'control')),
    set_number integer not null,
    duplicate_of text
);
comment on table governance.opened_status is
'One row per study code of an opened shipment: case or control, set, and the code it repeats.';

create table governance.tube_reservations (
    tube_barcode text primary key,
    project_id text not null,
    reserved_until date not null,
    reserved_by text not null,
    reserved_at timestamptz not null default clock_timestamp()
);
comment on table governance.tube_reservations is
'One row per tube that is kept for a project; after its last day it binds nobody.';

create trigger append_only before update or delete or truncate on governance.shipment_samples
for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on governance.shipment_seals
for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on governance.opened_status
for each statement execute function ops.refuse_change();

-- What became of each code of the shipments made here, by accepted returns that stand:
-- `waiting` (the bank's own delivery of the shipment is not in), `pending`, `result`, `reason`
-- (the laboratory says why there is none) or `withdrawn` (the gate keeps such results out).
create function governance.shipment_accounts(wanted text default null)
returns table (shipment_id text, study_code text, account text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $function$
declare
    -- Wide platforms keep their values in the lake, and tell here of which samples.
    of_lake text := 'select null::text as delivery_id, null::text as study_code';
begin
    if to_regclass('raw.laboratories__matrix_samples') is not null then
        of_lake := 'select delivery_id, sample_code from raw.laboratories__matrix_samples '
            'where n_values > 0';
    end if;
    return query execute $query$
        with
        standing as (
            select delivery_id from ops.deliveries where source = 'laboratories' and state = 'accepted'
        ),
        with_result as (
            select study_code from raw.laboratories__results
            where delivery_id in (select delivery_id from standing)
            union
            select study_code from ($query$ || of_lake || $query$) as lake (delivery_id, study_code)
            where delivery_id in (select delivery_id from standing)
        ),
        with_reason as (
            select distinct study_code from raw.laboratories__samples
            where
                delivery_id in (select delivery_id from standing)
                and btrim(missing_reason) <> ''
        ),
        sent as (
            select shipments.study_code, min(shipments.donor_id) as donor_id
            from raw.biobank__shipments as shipments
            inner join ops.current_tables as current_tables
                on
                    shipments.delivery_id = current_tables.delivery_id
                    and current_tables.source = 'biobank'
                    and current_tables.table_name = 'shipments'
            group by shipments.study_code
        ),
        withdrawn as (
            select donor_id from governance.withdrawn_donors
            union
            select donors.donor_id
            from raw.biobank__donors as donors
            inner join ops.current_tables as current_tables
                on
                    donors.delivery_id = current_tables.delivery_id
                    and current_tables.source = 'biobank'
                    and current_tables.table_name = 'donors'
            where donors.consent_status = 'withdrawn'
        )
        select
            samples.shipment_id,
            samples.study_code,
            case
                when with_result.study_code is not null then 'result'
                when with_reason.study_code is not null then 'reason'
                when sent.study_code is null then 'waiting'
                when withdrawn.donor_id is not null then 'withdrawn'
                else 'pending'
            end
        from governance.shipment_samples as samples
        left join sent on samples.study_code = sent.study_code
        left join with_result on samples.study_code = with_result.study_code
        left join with_reason on samples.study_code = with_reason.study_code
        left join withdrawn on sent.donor_id = withdrawn.donor_id
        where $1 is null or samples.shipment_id = $1
    $query$ using wanted;
end
$function$;

create function governance.open_seal(wanted text, opener text, why text)
returns bytea
language plpgsql security definer set search_path = pg_catalog, pg_temp as $function$
declare
    shipment governance.shipments;
    results bigint;
    missing bigint;
begin
    select * into shipment from governance.shipments as s where s.shipment_id = wanted for update;
    if shipment.state is distinct from 'made' then
        raise exception 'shipment % is not there, not finished, or opened already', wanted
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    if btrim(coalesce(why, '')) = '' then
        raise exception 'a seal is opened for a reason' using errcode = 'invalid_parameter_value';
    end if;
    select
        count(*) filter (where accounts.account = 'result'),
        count(*) filter (where accounts.account in ('waiting', 'pending'))
    into results, missing
    from governance.shipment_accounts(wanted) as accounts;
    if missing > 0 or results = 0 then
        raise exception 'shipment %: % codes are not back yet, % have results', wanted, missing, results
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    insert into ops.audit (actor, action, subject, detail)
    values (
        opener, 'open shipment', wanted,
        jsonb_build_object('reason', why, 'codes_with_results', results)
    );
    update governance.shipments as s
    set state = 'opened', opened_by = opener, opened_at = clock_timestamp(), reason = why
    where s.shipment_id = wanted;
    return (select seals.sealed from governance.shipment_seals as seals where seals.shipment_id = wanted);
end
$function$;

revoke all on function governance.shipment_accounts(text) from public;
revoke all on function governance.open_seal(text, text, text) from public;
grant execute on function governance.shipment_accounts(text) to janus_curator;
grant execute on function governance.open_seal(text, text, text) to janus_curator;
grant select, insert on governance.shipments to janus_curator;
-- Opening is the function's part; a curator brings a shipment from `making` to `made`.
grant update (state) on governance.shipments to janus_curator;
grant select, insert on governance.shipment_samples, governance.opened_status to janus_curator;
grant select, insert, update, delete on governance.tube_reservations to janus_curator;
grant insert on governance.shipment_seals to janus_curator;
grant select on governance.shipments, governance.opened_status, governance.tube_reservations
to janus_transformer;
