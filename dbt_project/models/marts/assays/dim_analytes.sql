-- One row per analyte of the dictionary, or that a laboratory has measured and nobody knows yet.

{% set systems = {
    'CAS': 'cas_number', 'ChEBI': 'chebi', 'GENCODE': 'gencode', 'HMDB': 'hmdb',
    'InChIKey': 'inchikey', 'LOINC': 'loinc', 'miRBase': 'mirbase', 'OlinkID': 'olink_id',
    'SeqId': 'seq_id', 'UniProt': 'uniprot'
} %}

with

dictionary as (

    select * from {{ ref('analyte') }}

),

identifiers as (

    select * from {{ ref('analyte_identifiers') }}

),

returned as (

    select * from {{ ref('int_analytes__returned') }}

),

-- A retired identifier is in dim_analyte_identifiers and not here.
main_identifiers as (

    select
        {% for system, column in systems.items() %}
            min(identifier) filter (where identifier_system = '{{ system }}') as {{ column }},
        {% endfor %}
        analyte_id
    from identifiers
    where last_edition is null and replaced_by is null
    group by analyte_id

),

-- Left join: many an analyte has no identifier.
known as (

    select
        dictionary.analyte_id,
        dictionary.analyte_name,
        dictionary.analyte_name_no,
        dictionary.analyte_class,
        dictionary.platform,
        dictionary.unit,
        dictionary.analyte_form,
        dictionary.molar_mass,
        main_identifiers.cas_number,
        main_identifiers.chebi,
        main_identifiers.gencode,
        main_identifiers.hmdb,
        main_identifiers.inchikey,
        main_identifiers.loinc,
        main_identifiers.mirbase,
        main_identifiers.olink_id,
        main_identifiers.seq_id,
        main_identifiers.uniprot,
        null as annotation_version,
        true as is_in_dictionary

    from dictionary

    left join main_identifiers
        on dictionary.analyte_id = main_identifiers.analyte_id

),

-- Of small RNAs the panel is the class, and the method names the annotation. There are thousands
-- and every annotation has others: those that were counted are those that exist here.
arrived as (

    select
        analyte_id,
        platform,
        analyte_code,
        analyte_name,
        unit,
        cas_number,
        hmdb,
        olink_id,
        seq_id,
        uniprot,
        case when platform = 'small_rna_sequencing' then method_version end as annotation_version,
        coalesce(
            case when platform = 'small_rna_sequencing' then panel end, 'unknown'
        ) as analyte_class
    from returned
    where matched_by is null

),

-- What two returns say differently of an unknown analyte stays unsaid.
-- Left join that keeps what the dictionary does not have.
unknown as (

    select
        arrived.analyte_id,
        coalesce(min(arrived.analyte_name), min(arrived.analyte_code)) as analyte_name,
        null as analyte_name_no,
        min(arrived.analyte_class) as analyte_class,
        min(arrived.platform) as platform,
        {{ only_value('arrived.unit') }} as unit,
        null as analyte_form,
        null::numeric as molar_mass,
        {{ only_value('arrived.cas_number') }} as cas_number,
        null as chebi,
        null as gencode,
        {{ only_value('arrived.hmdb') }} as hmdb,
        null as inchikey,
        null as loinc,
        null as mirbase,
        {{ only_value('arrived.olink_id') }} as olink_id,
        {{ only_value('arrived.seq_id') }} as seq_id,
        {{ only_value('arrived.uniprot') }} as uniprot,
        {{ only_value('arrived.annotation_version') }} as annotation_version,
        false as is_in_dictionary

    from arrived

    left join dictionary
        on arrived.analyte_id = dictionary.analyte_id

    where dictionary.analyte_id is null
    group by arrived.analyte_id

),

analytes as (

    select * from known

    union all

    select * from unknown

)

select * from analytes
