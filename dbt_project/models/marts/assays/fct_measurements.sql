-- One row per analyte measured in a sample. The number as reported stays beside the value, and
-- nothing is substituted: below the limit of detection there is no value. A rerun is a new row.

with

janus_results as (

    select * from {{ ref('int_measurements__janus_results') }}

),

nhanes_results as (

    select * from {{ ref('int_measurements__nhanes_results') }}

),

measurements as (

    select
        collection_id,
        md5(concat_ws('|', delivery_id, study_code, analyte_id)) as measurement_id,
        donor_id,
        tube_barcode,
        study_code,
        project_id,
        is_blinded_duplicate,
        analyte_id,
        -- A count of no reads is a number like any other count.
        case
            when status_code = 'detected' or unit = '{reads}' then value_reported
        end as value,
        value_reported,
        status_code,
        unit,
        lod,
        plate_id,
        well,
        batch_id,
        run_date,
        method_version,
        delivery_id
    from janus_results

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
        case when status_code = 'detected' then value_reported end as value,
        value_reported,
        status_code,
        unit,
        lod,
        null as plate_id,
        null as well,
        null as batch_id,
        null::date as run_date,
        null as method_version,
        delivery_id
    from nhanes_results

)

select * from measurements
