-- One row per donor of a collection, with the sex and birth date that count.

{{ config(materialized='table') }}

with

bank_donors as (

    select * from {{ ref('stg_biobank__donors') }}

),

residents as (

    select * from {{ ref('stg_population_register__residents') }}

),

survey_donors as (

    select * from {{ ref('int_donors__of_surveys') }}

),

-- Two numbers of the bank can turn out to be one person; the later line is the newer entry.
last_entries as (

    select distinct on (collection_id, donor_id) *
    from bank_donors
    order by collection_id asc, donor_id asc, line_number desc

),

-- Whoever withdrew under either number has withdrawn, whichever entry is the newer.
consents as (

    select
        collection_id,
        donor_id,
        bool_or(consent_status = 'withdrawn') as is_withdrawn,
        min(withdrawn_date) as withdrawn_date
    from bank_donors
    group by collection_id, donor_id

),

-- The register may list a person under an old and a new number; the later status is the true one.
last_statuses as (

    select distinct on (collection_id, donor_id) *
    from residents
    order by collection_id asc, donor_id asc, status_date desc, line_number desc

),

-- From 2032 neither sex nor century can be read from the number, and the bank's own notes are
-- older: the population register goes first. Left join: emigrants may be missing from it. The
-- inner join drops nobody: whoever has an entry has a consent.
janus_donors as (

    select
        last_entries.collection_id,
        last_entries.donor_id,
        last_entries.donor_group,
        consents.withdrawn_date,
        last_entries.delivery_id,
        case
            when consents.is_withdrawn then 'withdrawn' else last_entries.consent_status
        end as consent_status,
        coalesce(last_statuses.sex_code, last_entries.sex_code) as sex_code,
        coalesce(last_statuses.birth_date, last_entries.birth_date) as birth_date

    from last_entries

    inner join consents
        on
            last_entries.collection_id = consents.collection_id
            and last_entries.donor_id = consents.donor_id

    left join last_statuses
        on
            last_entries.collection_id = last_statuses.collection_id
            and last_entries.donor_id = last_statuses.donor_id

),

donors as (

    select
        collection_id,
        donor_id,
        sex_code,
        birth_date,
        donor_group,
        consent_status,
        withdrawn_date,
        delivery_id
    from janus_donors

    union all

    -- Public files tell an age and no date of birth; everybody came through the survey.
    select
        collection_id,
        donor_id,
        sex_code,
        null::date as birth_date,
        'survey' as donor_group,
        'active' as consent_status,
        null::date as withdrawn_date,
        delivery_id
    from survey_donors

)

select * from donors
