create or replace function ops.chain_audit() returns trigger language plpgsql security definer
set search_path = ops, pg_temp as $$
begin
    -- Who reads an earlier state does not see the row that another has just written, and would
    -- name one before it.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the audit is written in a transaction of isolation read committed, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
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
