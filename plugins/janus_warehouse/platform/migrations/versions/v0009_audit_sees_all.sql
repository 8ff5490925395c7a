create function ops.require_sight_of_all() returns trigger language plpgsql as $$
begin
    -- Who reads an earlier state does not see the row that another has just written, and would
    -- name one before it.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the audit is written in a transaction of isolation read committed, not %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;
    return null;
end $$;
create trigger sight_of_all before insert on ops.audit
for each statement execute function ops.require_sight_of_all();
