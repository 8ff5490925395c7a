-- One row per analyte that any laboratory measures.

with

dictionary as (

    select * from {{ ref('analyte') }}

),

counts as (

    select * from {{ ref('stg_sequencing_lab__small_rna_counts') }}

),

-- There are thousands of small RNAs and every annotation has others: those that were counted
-- are those that exist here.
counted as (

    select distinct analyte_code
    from counts

),

analytes as (

    select
        analyte_id,
        analyte_name,
        analyte_class,
        platform,
        unit,
        cas_number
    from dictionary

    union all

    select
        counted.analyte_code as analyte_id,
        counted.analyte_code as analyte_name,
        split_part(counted.analyte_code, '-', 1) as analyte_class,
        'small_rna_sequencing' as platform,
        '{reads}' as unit,
        null as cas_number
    from counted

)

select * from analytes
