"""The queries behind `janus assay reuse`: the same donors and results in each."""

from typing import LiteralString

KNOWN: LiteralString = "select analyte_id from marts.dim_analytes order by analyte_id"

# Withdrawn donors are out. A result is usable when it says something of the blood: below the limit
# of detection does, a failed control does not. A rerun of an embargoed sample may be free. A tube
# that the inventory has lost tells no year, and its results count where no year is asked for.
_WISHED: LiteralString = """
with wished as materialized (
    select donors.collection_id, donors.donor_id
    from marts.dim_donors as donors
    where donors.collection_id = %(collection)s
        and not donors.is_withdrawn
        and (%(sex)s::text is null or donors.sex_code::text = %(sex)s)
        and (
            %(site)s::text is null
            or exists (
                select 1 from marts.fct_cancer_cases as cases
                where cases.collection_id = donors.collection_id
                    and cases.donor_id = donors.donor_id
                    and replace(cases.icd10_code, '.', '') like %(site)s
            )
        )
        and exists (
            select 1 from marts.dim_draws as draws
            where draws.collection_id = donors.collection_id
                and draws.donor_id = donors.donor_id
                and extract(year from draws.draw_date) between %(from_year)s and %(to_year)s
        )
),
tubes as (
    select tubes.collection_id, tubes.tube_barcode, wished.donor_id, tubes.tube_status,
        tubes.volume_ul
    from wished
    inner join marts.dim_draws as draws
        on wished.collection_id = draws.collection_id and wished.donor_id = draws.donor_id
    inner join marts.dim_tubes as tubes
        on draws.collection_id = tubes.collection_id and draws.draw_id = tubes.draw_id
    where extract(year from draws.draw_date) between %(from_year)s and %(to_year)s
),
results as (
    select wished.donor_id, measured.tube_barcode, measured.analyte_id, measured.platform,
        measured.method_version, measured.status_code, measured.run_date, measured.project_id,
        returns.laboratory, returns.embargo_until,
        coalesce(
            returns.embargo_until > %(today)s
            and measured.project_id is distinct from %(project)s, false
        ) as is_embargoed
    from marts.fct_measurements as measured
    inner join wished
        on measured.collection_id = wished.collection_id and measured.donor_id = wished.donor_id
    left join tubes
        on measured.collection_id = tubes.collection_id
        and measured.tube_barcode = tubes.tube_barcode
    left join ops.returns as returns on measured.delivery_id = returns.delivery_id
    where measured.analyte_id = any(%(analytes)s)
        and measured.status_code not in ('missing', 'qc_failed', 'excluded')
        and (tubes.tube_barcode is not null or %(any_year)s)
)
"""

COVERAGE: LiteralString = (
    _WISHED
    + """
, covered as (
    select donor_id, count(distinct analyte_id) as n_analytes
    from results
    where not is_embargoed
    group by donor_id
),
left_over as (
    select distinct donor_id from tubes where tube_status = 'stored' and volume_ul > 0
)
select
    case
        when coalesce(covered.n_analytes, 0) = 0 then 'none'
        when covered.n_analytes = cardinality(%(analytes)s::text[]) then 'all'
        else 'some'
    end as covered,
    case when left_over.donor_id is null then 'no tube left' else 'tube left' end as tube,
    count(*) as n_donors
from wished
left join covered on wished.donor_id = covered.donor_id
left join left_over on wished.donor_id = left_over.donor_id
group by 1, 2
"""
)

ANALYTES: LiteralString = (
    _WISHED
    + """
select results.analyte_id, results.platform, results.method_version,
    count(distinct results.donor_id) as n_donors,
    count(distinct results.tube_barcode) as n_tubes,
    count(distinct results.donor_id) filter (where results.status_code <> 'below_lod')
        as n_detected_donors,
    min(extract(year from results.run_date))::integer as first_run_year,
    max(extract(year from results.run_date))::integer as last_run_year
from results
where not results.is_embargoed
group by 1, 2, 3
order by 1, 2, 3
"""
)

EMBARGOED: LiteralString = (
    _WISHED
    + """
select project_id, laboratory, embargo_until, count(distinct analyte_id) as n_analytes,
    count(distinct donor_id) as n_donors
from results
where is_embargoed
group by 1, 2, 3
order by 3, 1, 2
"""
)

# What is measured by the thousands lies in the lake: that a donor was measured stands here.
LAKE: LiteralString = (
    _WISHED
    + """
select named.platform, count(distinct accounts.donor_id) as n_donors
from marts.fct_tube_accounts as accounts
inner join tubes
    on accounts.collection_id = tubes.collection_id
    and accounts.tube_barcode = tubes.tube_barcode
cross join lateral string_to_table(accounts.platforms, ',') as named (platform)
where named.platform in ('small_rna_sequencing', 'aptamer_proteomics')
    and not exists (
        select 1 from ops.returns as returns
        where returns.project_id = accounts.project_id
            and returns.laboratory = accounts.laboratory
            and returns.platform = named.platform
            and returns.embargo_until > %(today)s
            and returns.project_id is distinct from %(project)s
    )
group by 1
order by 1
"""
)
