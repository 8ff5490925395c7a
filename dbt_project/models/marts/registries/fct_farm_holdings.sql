-- One row per donor, agricultural census and holding.

with

holdings as (

    select * from {{ ref('stg_census__holdings') }}

),

farm_type_products as (

    select * from {{ ref('farm_type_products') }}

),

-- A holding listed twice for a donor counts once; the later line is the correction.
last_answers as (

    select distinct on (collection_id, donor_id, census_year, holding_id) *
    from holdings
    order by
        collection_id asc, donor_id asc, census_year asc, holding_id asc, line_number desc

),

-- Left join: what an unknown kind of farm grows is unknown.
described as (

    select
        last_answers.collection_id,
        last_answers.donor_id,
        last_answers.census_year,
        last_answers.holding_id,
        last_answers.farm_type_code,
        farm_type_products.has_crops,
        farm_type_products.has_animals,
        last_answers.area_daa,
        last_answers.uses_pesticides,
        last_answers.delivery_id

    from last_answers

    left join farm_type_products
        on last_answers.farm_type_code = farm_type_products.code

)

select * from described
