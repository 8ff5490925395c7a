-- One row per analyte measured in a sample. The number as reported stays beside the value, and
-- nothing is substituted: below the limit of detection there is no value. A rerun is a new row.
-- Platforms that measure thousands of analytes have their values in the lake.

with

returned_results as (

    select * from {{ ref('int_measurements__returned_results') }}

),

nhanes_results as (

    select * from {{ ref('int_measurements__nhanes_results') }}

),

measurements as (

    select
        collection_id,
        md5(concat_ws(
            '|',
            delivery_id,
            native_file,
            study_code,
            replicate,
            coalesce(plate_id, ''),
            coalesce(well, ''),
            coalesce(panel, ''),
            analyte_code
        )) as measurement_id,
        donor_id,
        tube_barcode,
        study_code,
        project_id,
        is_blinded_duplicate,
        analyte_id,
        panel,
        replicate,
        case when status_code = 'detected' then value_reported end as value,
        value_reported,
        value_text,
        status_code,
        unit,
        lod,
        lloq,
        uloq,
        platform,
        laboratory,
        plate_id,
        well,
        batch_id,
        run_date,
        method_version,
        thaw_count,
        storage_days,
        delivery_id
    from returned_results

    union all

    -- The public files know the person under the survey's number: no tube and no study code.
    select
        collection_id,
        md5(concat_ws('|', delivery_id, donor_id, analyte_id)) as measurement_id,
        donor_id,
        null as tube_barcode,
        null as study_code,
        null as project_id,
        false as is_blinded_duplicate,
        analyte_id,
        null as panel,
        1::smallint as replicate,
        case when status_code = 'detected' then value_reported end as value,
        value_reported,
        null as value_text,
        status_code,
        unit,
        lod,
        null::numeric as lloq,
        null::numeric as uloq,
        'targeted_chemistry' as platform,
        null as laboratory,
        null as plate_id,
        null as well,
        null as batch_id,
        null::date as run_date,
        null as method_version,
        null::integer as thaw_count,
        null::integer as storage_days,
        delivery_id
    from nhanes_results

)

select * from measurements
