-- One row per analyte and identifier that it has or had; of unknown analytes what their
-- laboratory states.

with

identifiers as (

    select * from {{ ref('analyte_identifiers') }}

),

analytes as (

    select * from {{ ref('dim_analytes') }}

),

stated as (

    select distinct
        analytes.analyte_id,
        named.identifier_system,
        named.identifier,
        null as first_edition,
        null as last_edition,
        null as replaced_by,
        true as is_current_identifier

    from analytes

    cross join
        lateral (
            values
            ('CAS', analytes.cas_number),
            ('HMDB', analytes.hmdb),
            ('OlinkID', analytes.olink_id),
            ('SeqId', analytes.seq_id),
            ('UniProt', analytes.uniprot)
        ) as named (identifier_system, identifier)

    where
        not analytes.is_in_dictionary
        and named.identifier is not null

),

-- An identifier that became nothing, or several things, is of no analyte.
entered as (

    select
        analyte_id,
        identifier_system,
        identifier,
        first_edition,
        last_edition,
        replaced_by,
        last_edition is null and replaced_by is null as is_current_identifier
    from identifiers
    where analyte_id is not null

    union all

    select * from stated

)

select * from entered
