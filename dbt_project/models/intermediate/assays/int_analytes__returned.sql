-- One row per analyte, panel and file of a laboratory's return: which analyte of ours it is.
-- By identifier first, then by name, never by guess: what contradicts itself or may be several is
-- its own. The same as `resolve` in assays/dictionary/resolving.py.

{{ config(materialized='table') }}

with

analytes as (

    select * from {{ ref('stg_laboratories__analytes') }}

),

forms as (

    select * from {{ source('ops', 'returns') }}

),

dictionary as (

    select * from {{ ref('analyte') }}

),

identifiers as (

    select * from {{ ref('analyte_identifiers') }}

),

synonyms as (

    select * from {{ ref('analyte_synonyms') }}

),

-- Inner join: every delivery of the source has a form.
returned as (

    select
        analytes.*,
        forms.platform,
        forms.laboratory,
        concat_ws(
            '|', analytes.delivery_id, analytes.native_file, analytes.panel, analytes.analyte_code
        ) as returned_key

    from analytes

    inner join forms
        on analytes.delivery_id = forms.delivery_id

),

-- Where a platform has several assays of one protein, an accession does not say which.
entries as (

    select
        identifiers.identifier_system,
        identifiers.identifier,
        identifiers.analyte_id,
        dictionary.platform

    from identifiers

    inner join dictionary
        on identifiers.analyte_id = dictionary.analyte_id

    where
        not (
            identifiers.identifier_system = 'UniProt'
            and dictionary.platform in ('proximity_extension', 'aptamer_proteomics')
        )

),

systems as (

    select distinct identifier_system from entries

),

-- What the laboratory states beside the code; and the code may be an identifier itself.
given as (

    select
        returned.returned_key,
        returned.platform,
        stated.identifier_system,
        true as is_stated,
        {{ canonical_identifier('stated.identifier_system', 'stated.identifier') }} as identifier

    from returned

    cross join
        lateral (
            values
            ('UniProt', returned.uniprot),
            ('OlinkID', returned.olink_id),
            ('SeqId', returned.seq_id),
            ('CAS', returned.cas_number),
            ('HMDB', returned.hmdb)
        ) as stated (identifier_system, identifier)

    where btrim(stated.identifier) <> ''

    union all

    select
        returned.returned_key,
        returned.platform,
        systems.identifier_system,
        false as is_stated,
        {{ canonical_identifier('systems.identifier_system', 'returned.analyte_code') }}
        as identifier

    from returned

    cross join systems

),

-- Inner join: an identifier that the dictionary does not have decides nothing.
known as (

    select distinct
        given.returned_key,
        given.identifier_system,
        given.identifier,
        entries.analyte_id

    from given

    inner join entries
        on
            given.identifier_system = entries.identifier_system
            and given.identifier = entries.identifier
            and given.platform = entries.platform

),

asked as (

    select
        returned_key,
        count(distinct identifier_system || '|' || identifier) as identifiers
    from known
    group by returned_key

),

agreed as (

    select
        known.returned_key,
        known.analyte_id,
        count(*) over (partition by known.returned_key) as candidates

    from known

    inner join asked
        on known.returned_key = asked.returned_key

    group by known.returned_key, known.analyte_id, asked.identifiers
    having count(*) = asked.identifiers

),

-- The analyte's own id comes before what one laboratory calls it, and that before what all do.
called as (

    select
        returned.returned_key,
        dictionary.analyte_id,
        1 as name_order,
        'name' as matched_by

    from returned

    inner join dictionary
        on
            returned.analyte_code = dictionary.analyte_id
            and returned.platform = dictionary.platform

    union all

    select
        returned.returned_key,
        synonyms.analyte_id,
        case when synonyms.laboratory is null then 3 else 2 end as name_order,
        'synonym' as matched_by

    from returned

    inner join synonyms
        on
            lower(btrim(returned.analyte_code)) = lower(synonyms.synonym)
            and returned.platform = synonyms.platform
            and returned.laboratory = coalesce(synonyms.laboratory, returned.laboratory)

),

first_names as (

    select
        called.returned_key,
        called.analyte_id,
        called.matched_by

    from called

    where
        called.name_order = (
            select min(ranked.name_order)
            from called as ranked
            where ranked.returned_key = called.returned_key
        )

),

named as (

    select distinct returned_key from first_names

),

-- Identifiers and name must mean the same; where only one of them is known, it decides.
meant as (

    select
        agreed.returned_key,
        agreed.analyte_id,
        case when agreed.candidates = 1 then 'identifier' else first_names.matched_by end
        as matched_by

    from agreed

    left join named
        on agreed.returned_key = named.returned_key

    left join first_names
        on
            agreed.returned_key = first_names.returned_key
            and agreed.analyte_id = first_names.analyte_id

    where named.returned_key is null or first_names.analyte_id is not null

    union all

    select
        first_names.returned_key,
        first_names.analyte_id,
        first_names.matched_by

    from first_names

    left join asked
        on first_names.returned_key = asked.returned_key

    where asked.returned_key is null

),

only_one as (

    select
        returned_key,
        min(analyte_id) as analyte_id,
        min(matched_by) as matched_by
    from meant
    group by returned_key
    having count(*) = 1

),

-- Somebody else's identifier: of the analyte, the system has others.
contradictions as (

    select only_one.returned_key

    from only_one

    inner join given
        on only_one.returned_key = given.returned_key and given.is_stated

    inner join identifiers
        on
            only_one.analyte_id = identifiers.analyte_id
            and given.identifier_system = identifiers.identifier_system

    group by only_one.returned_key, given.identifier_system, given.identifier
    having not bool_or(given.identifier = identifiers.identifier)

),

contradicted as (

    select distinct returned_key from contradictions

),

-- Left joins, each at most one row: what is not in the dictionary stays, as its own analyte. Small
-- RNAs have names of their own everywhere; other codes are only names within a platform.
resolved as (

    select
        returned.delivery_id,
        returned.collection_id,
        returned.platform,
        returned.laboratory,
        returned.native_file,
        returned.panel,
        returned.analyte_code,
        returned.analyte_name,
        returned.unit,
        returned.method_version,
        returned.uniprot,
        returned.olink_id,
        returned.seq_id,
        returned.cas_number,
        returned.hmdb,
        only_one.matched_by,
        coalesce(
            only_one.analyte_id,
            case
                when returned.platform = 'small_rna_sequencing' then returned.analyte_code
                else returned.platform || ':' || returned.analyte_code
            end
        ) as analyte_id

    from returned

    left join contradicted
        on returned.returned_key = contradicted.returned_key

    left join only_one
        on
            returned.returned_key = only_one.returned_key
            and contradicted.returned_key is null

)

select * from resolved
