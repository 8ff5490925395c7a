-- One row per donor of a collection. The withdrawn are here too, marked: what follows from a
-- withdrawal is decided where data leave, in the extracts, and must be visible until then.

with

persons as (

    select * from {{ ref('int_donors__persons') }}

),

withdrawals as (

    select * from {{ source('governance', 'withdrawn_donors') }}

),

-- A withdrawal counts from wherever it is heard of first: the bank's list, or the governance
-- ledger, which is told the same day. Left join: nearly everybody consents.
donors as (

    select
        persons.collection_id,
        persons.donor_id,
        persons.sex_code,
        persons.birth_date,
        persons.donor_group,
        persons.delivery_id,
        extract(year from persons.birth_date)::smallint as birth_year,
        persons.consent_status = 'withdrawn' or withdrawals.donor_id is not null as is_withdrawn,
        least(persons.withdrawn_date, withdrawals.withdrawn_date) as withdrawn_date

    from persons

    left join withdrawals
        on persons.donor_id = withdrawals.donor_id

)

select
    collection_id,
    donor_id,
    sex_code,
    birth_date,
    birth_year,
    donor_group,
    is_withdrawn,
    withdrawn_date,
    delivery_id
from donors
