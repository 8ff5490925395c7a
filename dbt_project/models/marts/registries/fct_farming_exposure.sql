-- One row per donor whom a census ever found in farming, at work or as a holder.

with

occupations as (

    select * from {{ ref('fct_occupations') }}

),

holdings as (

    select * from {{ ref('fct_farm_holdings') }}

),

persons as (

    select * from {{ ref('int_donors__persons') }}

),

draws as (

    select * from {{ ref('stg_biobank__draws') }}

),

first_draws as (

    select
        collection_id,
        donor_id,
        min(draw_date) as first_draw_date
    from draws
    group by collection_id, donor_id

),

-- One row per donor and census of either kind: the two were held in different years.
findings as (

    select
        collection_id,
        donor_id,
        census_year,
        is_farm_work,
        is_farm_industry,
        false as is_holder
    from occupations
    where is_farm_work or is_farm_industry

    union all

    select distinct
        collection_id,
        donor_id,
        census_year,
        false as is_farm_work,
        false as is_farm_industry,
        true as is_holder
    from holdings

),

found as (

    select
        collection_id,
        donor_id,
        count(distinct census_year)::smallint as farming_census_count,
        min(census_year) as first_farming_year,
        max(census_year) as last_farming_year,
        bool_or(is_farm_work) as has_farm_occupation,
        bool_or(is_farm_industry) as has_farm_industry,
        bool_or(is_holder) as has_holding,
        bool_or(is_farm_work or is_farm_industry) as is_in_census
    from findings
    group by collection_id, donor_id

),

-- Sprayed once is ever. Never needs an answer for each holding; otherwise nobody knows.
farms as (

    select
        collection_id,
        donor_id,
        string_agg(
            distinct farm_type_code, ' '
            order by farm_type_code
        ) as farm_type_codes,
        bool_or(has_crops) as has_crops,
        bool_or(has_animals) as has_animals,
        max(area_daa) as largest_area_daa,
        case
            when bool_or(uses_pesticides) then 'ever'
            when bool_or(uses_pesticides is null) then 'unknown'
            else 'never'
        end as pesticide_use_code
    from holdings
    group by collection_id, donor_id

),

-- Left joins: who only worked for others has no farm, and a donor missing from the bank's list
-- has neither age nor draw.
exposure as (

    select
        found.collection_id,
        found.donor_id,
        found.first_farming_year,
        found.last_farming_year,
        found.farming_census_count,
        found.has_farm_occupation,
        found.has_farm_industry,
        found.has_holding,
        farms.farm_type_codes,
        farms.has_crops,
        farms.has_animals,
        farms.largest_area_daa,
        -- The criteria of the cohort; docs/farming.md gives them in words.
        found.has_holding or found.has_farm_occupation as is_in_farming_cohort,
        coalesce(farms.pesticide_use_code, 'unknown') as pesticide_use_code,
        case
            when found.has_holding and found.is_in_census then 'both'
            when found.has_holding then 'agricultural_census'
            else 'census'
        end as farming_source_code,
        -- The censuses tell a year: age is the one reached in it.
        found.first_farming_year
        - extract(year from persons.birth_date)::smallint as age_at_first_farming_years,
        extract(year from first_draws.first_draw_date)::smallint
        - found.first_farming_year as farming_to_draw_years

    from found

    left join farms
        on
            found.collection_id = farms.collection_id
            and found.donor_id = farms.donor_id

    left join persons
        on
            found.collection_id = persons.collection_id
            and found.donor_id = persons.donor_id

    left join first_draws
        on
            found.collection_id = first_draws.collection_id
            and found.donor_id = first_draws.donor_id

)

select * from exposure
