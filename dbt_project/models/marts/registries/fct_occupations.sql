-- One row per donor and population census.

with

occupations as (

    select * from {{ ref('stg_census__occupations') }}

),

farm_work_codes as (

    select * from {{ ref('farm_work_codes') }}

),

municipalities as (

    select * from {{ ref('dim_municipalities') }}

),

-- Two numbers can turn out to be one person, who then has two rows: the one that tells of work
-- counts, then the later line.
last_answers as (

    select distinct on (collection_id, donor_id, census_year) *
    from occupations
    order by
        collection_id asc, donor_id asc, census_year asc, occupation_code is null asc,
        line_number desc

),

-- Which codes mean farm work is a list by census; a census that used other codes gets its own.
-- Inner joins: only the codes that do.
farm_occupations as (

    select distinct
        last_answers.census_year,
        last_answers.occupation_code

    from last_answers

    inner join farm_work_codes
        on
            farm_work_codes.code_kind = 'occupation'
            and starts_with(last_answers.occupation_code, farm_work_codes.code_prefix)
            and last_answers.census_year >= farm_work_codes.census_from
            and last_answers.census_year <= farm_work_codes.census_to

),

farm_industries as (

    select distinct
        last_answers.census_year,
        last_answers.industry_code

    from last_answers

    inner join farm_work_codes
        on
            farm_work_codes.code_kind = 'industry'
            and starts_with(last_answers.industry_code, farm_work_codes.code_prefix)
            and last_answers.census_year >= farm_work_codes.census_from
            and last_answers.census_year <= farm_work_codes.census_to

),

-- Left joins: most people work elsewhere, and a municipality code that was not in use on census
-- day (the first days of November) keeps its row, without a place of today.
classified as (

    select
        last_answers.collection_id,
        last_answers.donor_id,
        last_answers.census_year,
        last_answers.occupation_code,
        last_answers.industry_code,
        last_answers.education_code,
        last_answers.municipality_code,
        municipalities.municipality_code_today,
        municipalities.county_code_today,
        last_answers.delivery_id,
        farm_occupations.occupation_code is not null as is_farm_work,
        farm_industries.industry_code is not null as is_farm_industry

    from last_answers

    left join farm_occupations
        on
            last_answers.census_year = farm_occupations.census_year
            and last_answers.occupation_code = farm_occupations.occupation_code

    left join farm_industries
        on
            last_answers.census_year = farm_industries.census_year
            and last_answers.industry_code = farm_industries.industry_code

    left join municipalities
        on {{
            municipality_on(
                'municipalities',
                'last_answers.municipality_code',
                'make_date(last_answers.census_year, 11, 1)'
            )
        }}

)

select * from classified
