-- One row per donor of the bank: when follow-up begins, when it ends, and why.

with

ends as (

    select * from {{ ref('int_follow_up__ends') }}

),

intervals as (

    select * from {{ ref('int_follow_up__intervals') }}

),

counted_cases as (

    select * from {{ ref('int_cases__statistical') }}

),

-- The first cancer that statistics count: any malignant one but non-melanoma skin cancer.
first_cancers as (

    select
        collection_id,
        donor_id,
        min(incidence_date) as first_cancer_date
    from counted_cases
    where cancer_entity_code = '{{ all_cancers() }}'
    group by collection_id, donor_id

),

-- Left join: most never have cancer. A cancer on the last day ends the cancer-free time.
freed as (

    select
        ends.*,
        first_cancers.first_cancer_date,
        case
            when ends.exit_date is not null
                then least(first_cancers.first_cancer_date, ends.exit_date)
        end as cancer_free_exit_date,
        case
            when first_cancers.first_cancer_date <= ends.exit_date then 'cancer'
            else ends.exit_reason_code
        end as cancer_free_exit_reason_code

    from ends

    left join first_cancers
        on
            ends.collection_id = first_cancers.collection_id
            and ends.donor_id = first_cancers.donor_id

),

-- Inner join: who has no interval was never observed, and is left out of the sums only.
sums as (

    select
        freed.collection_id,
        freed.donor_id,
        sum(intervals.observed_days) as observed_days,
        sum(
            greatest(
                least(intervals.end_date, freed.cancer_free_exit_date) - intervals.start_date, 0
            )
        ) as cancer_free_days,
        sum(case when intervals.ends_with = 'emigration' then 1 else 0 end) as emigrations

    from freed

    inner join intervals
        on
            freed.collection_id = intervals.collection_id
            and freed.donor_id = intervals.donor_id

    group by freed.collection_id, freed.donor_id

),

-- Left join: a donor without observed time keeps the row. Where exit lies before entry the time
-- is missing, not zero; where the donor was away all along it is zero.
timed as (

    select
        freed.collection_id,
        freed.donor_id,
        freed.birth_date,
        freed.entry_date,
        freed.exit_date,
        freed.exit_reason_code,
        freed.death_date,
        freed.underlying_cause_code,
        freed.delivery_id,
        freed.first_cancer_date,
        freed.cancer_free_exit_date,
        freed.cancer_free_exit_reason_code,
        case
            when freed.exit_date >= freed.entry_date then coalesce(sums.observed_days, 0)
        end as observed_days,
        case
            when freed.exit_date >= freed.entry_date
                then freed.exit_date - freed.entry_date - coalesce(sums.observed_days, 0)
        end as days_abroad,
        case
            when freed.exit_date >= freed.entry_date then coalesce(sums.emigrations, 0)
        end as emigrations,
        case
            when freed.cancer_free_exit_date >= freed.entry_date
                then coalesce(sums.cancer_free_days, 0)
        end as cancer_free_days

    from freed

    left join sums
        on
            freed.collection_id = sums.collection_id
            and freed.donor_id = sums.donor_id

)

select * from timed
