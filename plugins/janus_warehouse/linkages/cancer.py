"""Indicators of the quality of cancer registration, over the malignant tumours of a linkage.

Source:
    Bray & Parkin, Eur J Cancer 2009;45(5):747-755, and Parkin & Bray, ibid. 756-764: %MV, %DCO,
    M:I. IARC Technical Report 42. Definitions with their limits: docs/linkage_report.md.
"""

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.linkages.persons import current_rows, is_there
from janus_warehouse.linkages.store import add

NEEDED = {"topography_code", "morphology_code", "behaviour_code", "basis_code", "incidence_date"}
MICROSCOPIC = ("5", "6", "7")
DEATH_CERTIFICATE_ONLY = "0"
UNKNOWN_PRIMARY = ("C76", "C80")
RATIO_YEARS = 10
DEATHS = ("cause_of_death", "deaths")
_SITES_UNLIKE_ICD10 = ("C42", "C44", "C77")
"""Sites whose tumours have other letters and digits in ICD-10: blood, skin, lymph nodes."""
_FIRST_BLOOD_MORPHOLOGY = "9590"
_MORPHOLOGIES_UNLIKE_ICD10 = ("9050", "9051", "9052", "9053", "9140")
"""Mesothelioma (C45) and Kaposi sarcoma (C46) have a code of their own wherever they sit."""


def add_figures(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> None:
    """Keep the indicators, when the table is one of cancer cases."""
    if not {column.name for column in contract.kept_columns} >= NEEDED:
        return
    add(connection, table, "quality", _quality("'{}'::jsonb", ""))
    add(connection, table, "quality_by_site",
        _quality("jsonb_build_object('site', site)", "group by site"))  # fmt: skip
    if is_there(connection, DEATHS):
        add(connection, table, "mortality_by_site", _mortality(delivery))


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _quality(dimensions: str, grouping: str) -> str:
    return f"""
        with malignant as (
            select left(topography_code, 3) as site, basis_code
            from linkage_now where enters and behaviour_code = '3'
        ),
        counted as (
            select
                {dimensions} as dimensions,
                count(*) as malignant,
                count(*) filter (where basis_code in ({_listed(MICROSCOPIC)})) as microscopic,
                count(*) filter (where basis_code = '{DEATH_CERTIFICATE_ONLY}')
                    as death_certificate_only,
                count(*) filter (where site in ({_listed(UNKNOWN_PRIMARY)})) as unknown_primary
            from malignant
            {grouping}
        )
        select item, dimensions, value
        from counted
        cross join lateral (
            values ('malignant', malignant), ('microscopic', microscopic),
                ('death_certificate_only', death_certificate_only),
                ('unknown_primary', unknown_primary)
        ) as listed (item, value)
    """


def _mortality(delivery: Delivery) -> str:
    """Return deaths of a cancer and new cases of it, over the last ten years of the linkage."""
    day = f"date '{delivery.as_of}'"
    years = f"{day} - interval '{RATIO_YEARS} years'"
    return f"""
        with cases as (
            select left(topography_code, 3) as site, count(*) as value
            from linkage_now
            where
                enters and behaviour_code = '3'
                and incidence_date > {years} and incidence_date <= {day}
                and left(topography_code, 3) not in ({_listed(_SITES_UNLIKE_ICD10)})
                and morphology_code < '{_FIRST_BLOOD_MORPHOLOGY}'
                and morphology_code not in ({_listed(_MORPHOLOGIES_UNLIKE_ICD10)})
            group by left(topography_code, 3)
        ),
        deaths as (
            select left(underlying_cause_code, 3) as site, count(*) as value
            from {current_rows(delivery, DEATHS, "death_date", "underlying_cause_code")} as known
            where death_date > {years} and death_date <= {day}
            group by left(underlying_cause_code, 3)
        )
        select 'cases', jsonb_build_object('site', site), value from cases
        union all
        select 'deaths', jsonb_build_object('site', cases.site), coalesce(deaths.value, 0)
        from cases
        left join deaths on cases.site = deaths.site
    """
