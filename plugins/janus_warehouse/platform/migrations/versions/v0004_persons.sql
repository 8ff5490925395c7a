-- Persons: the key of every identifier, decisions about who is who, and what follows for the
-- rows that are in raw already. Raw itself never changes.

---------------------------------------------------------------- identity vault: loader only

alter table identity.identifiers
add column identifier_key text,
add column replaces text,
-- As of when the register told the two days: of two pictures the newer one counts, in whatever
-- order they arrive.
add column valid_from_told date,
add column valid_to_told date;
create unique index identifiers_key on identity.identifiers (identifier_key);
comment on column identity.identifiers.identifier_key is
'Keyed hash of system and value: stands for the identifier where the identifier must not be.';

comment on column identity.identifiers.replaces is
'Key of the number that this one replaced, as the register tells it.';

create table identity.person_decisions (
    decision_id bigint generated always as identity primary key,
    kind text not null check (kind in ('merge', 'split', 'undo')),
    donor_id text not null references identity.donors,
    other_donor_ids text [] not null,
    undoes bigint unique references identity.person_decisions,
    delivery_id text references ops.deliveries,
    reason text not null,
    differences text [] not null default '{}',
    actor text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check ((kind = 'undo') = (undoes is not null))
);
comment on table identity.person_decisions is
'One row per decision about who is who: by a delivery of the register, or by hand with a reason.';

create table identity.person_moves (
    decision_id bigint not null references identity.person_decisions,
    identifier_key text not null,
    from_donor_id text not null references identity.donors,
    to_donor_id text not null references identity.donors,
    primary key (decision_id, identifier_key)
);
create index person_moves_key on identity.person_moves (identifier_key);
comment on table identity.person_moves is
'One row per identifier that a decision gave to another donor.';

create table identity.kept_apart (
    donor_id text not null references identity.donors,
    other_donor_id text not null references identity.donors,
    decision_id bigint not null references identity.person_decisions,
    primary key (decision_id, donor_id, other_donor_id)
);
comment on table identity.kept_apart is
'Pairs of donors whom a split or an undone merge tells apart: no delivery joins them again.';

create trigger append_only before update or delete or truncate on identity.person_decisions
for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on identity.person_moves
for each statement execute function ops.refuse_change();
create trigger append_only before update or delete or truncate on identity.kept_apart
for each statement execute function ops.refuse_change();

-- A decision holds unless it was undone, and again when the undoing was undone.
create view identity.decisions_in_force as
with recursive undone as (
    select
        decision_id,
        decision_id as last_id,
        0 as times
    from identity.person_decisions
    union all
    select
        undone.decision_id,
        later.decision_id as last_id,
        undone.times + 1 as times
    from undone
    inner join identity.person_decisions as later on undone.last_id = later.undoes
)

select decision_id
from undone
group by decision_id
having max(times) % 2 = 0;

-- Which two donors a decision in force tells apart, whatever they have been merged into since;
-- both ways round.
create view identity.apart as
with kept_pairs as (
    select
        kept.donor_id,
        kept.other_donor_id
    from identity.kept_apart as kept
    inner join identity.decisions_in_force as in_force on kept.decision_id = in_force.decision_id
),

pairs as (
    select
        donor_id,
        other_donor_id
    from kept_pairs
    union
    select
        other_donor_id as donor_id,
        donor_id as other_donor_id
    from kept_pairs
)

select
    coalesce(one.merged_into, one.donor_id) as donor_id,
    coalesce(two.merged_into, two.donor_id) as other_donor_id
from pairs
inner join identity.donors as one on pairs.donor_id = one.donor_id
inner join identity.donors as two on pairs.other_donor_id = two.donor_id;

---------------------------------------------------------------- what the transformer may know

create table ops.person_assignments (
    identifier_key text primary key,
    donor_id text not null,
    decision_id bigint not null
);
comment on table ops.person_assignments is
'One row per identifier that a decision ever touched, with the donor of today; no identifier.';

alter table ops.builds add column person_decision bigint not null default 0;
comment on column ops.builds.person_decision is
'The latest decision about persons that the build has seen.';

---------------------------------------------------------------- governance

-- Keys that are one person today; only of persons who were merged.
create view governance.same_persons as
select
    one.donor_id,
    two.donor_id as other_donor_id
from identity.donors as one
inner join identity.donors as two
    on
        one.donor_id <> two.donor_id
        and coalesce(one.merged_into, one.donor_id) = coalesce(two.merged_into, two.donor_id)
where one.merged_into is not null or two.merged_into is not null;

-- A withdrawal holds for the person: under every key that the person has or has had.
create view governance.withdrawn_donors as
select
    told.donor_id,
    min(told.withdrawn_date) as withdrawn_date
from (
    select
        donor_id,
        withdrawn_date
    from governance.withdrawals
    union all
    select
        same.other_donor_id as donor_id,
        withdrawals.withdrawn_date
    from governance.withdrawals as withdrawals
    inner join governance.same_persons as same on withdrawals.donor_id = same.donor_id
) as told
group by told.donor_id;

---------------------------------------------------------------- rights

grant select, insert on identity.person_decisions, identity.person_moves, identity.kept_apart
to janus_loader;
grant select on identity.apart, identity.decisions_in_force to janus_loader;
grant select, insert, update on ops.person_assignments to janus_loader;
grant select on ops.person_assignments to janus_transformer;
grant select on governance.same_persons, governance.withdrawn_donors
to janus_curator, janus_extractor, janus_transformer;
