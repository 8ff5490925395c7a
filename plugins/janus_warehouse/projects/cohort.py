"""A cohort as a query: which donors of a release satisfy every condition of a specification.

All values are bound parameters. Names of schemas come from the release, those of tables and
columns are written here; nothing from the file becomes SQL.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from janus_warehouse.projects.specification import Cohort

SEX_CODES = {"male": "1", "female": "2"}
DONORS = "dim_donors"


@dataclass(frozen=True)
class CohortQuery:
    """`select donor_id from …` and its parameters, and the marts and columns it reads."""

    query: sql.Composed
    parameters: dict[str, Any]
    reads: dict[str, frozenset[str]]


def cohort_query(cohort: Cohort, schema: str) -> CohortQuery:
    """Return the query of a cohort on the schema of a release.

    It gives one row per donor: `donor_id`, `is_withdrawn`.
    """
    conditions = ["d.collection_id = %(collection)s"]
    parameters: dict[str, Any] = {"collection": cohort.collection}
    reads = {DONORS: {"collection_id", "donor_id", "is_withdrawn"}}
    if cohort.sex:
        conditions.append("d.sex_code::text = %(sex)s")
        parameters["sex"] = SEX_CODES[cohort.sex]
        reads[DONORS].add("sex_code")
    if cohort.birth_years:
        conditions.append("d.birth_year between %(born_first)s and %(born_last)s")
        parameters |= {"born_first": cohort.birth_years.first, "born_last": cohort.birth_years.last}
        reads[DONORS].add("birth_year")
    if cohort.donor_groups:
        conditions.append("d.donor_group = any(%(donor_groups)s)")
        parameters["donor_groups"] = list(cohort.donor_groups)
        reads[DONORS].add("donor_group")
    for mart, condition, bound, columns in _linked_conditions(cohort):
        conditions.append(
            f"exists (select 1 from {{schema}}.{mart} as x where x.collection_id = d.collection_id "
            f"and x.donor_id = d.donor_id and {condition})"
        )
        parameters |= bound
        reads[mart] = columns | {"collection_id", "donor_id"}
    query = sql.SQL(
        "select d.donor_id, d.is_withdrawn from {schema}.dim_donors as d where "
        + " and ".join(conditions)
    ).format(schema=sql.Identifier(schema))
    return CohortQuery(query, parameters, {name: frozenset(used) for name, used in reads.items()})


def _linked_conditions(cohort: Cohort) -> list[tuple[str, str, dict[str, Any], set[str]]]:
    """Return mart, condition on its row `x`, parameters and columns of each linked condition."""
    found: list[tuple[str, str, dict[str, Any], set[str]]] = []
    if cohort.cases:
        found.append(_cases(cohort))
    if cohort.drawn:
        years = {"drawn_first": cohort.drawn.first, "drawn_last": cohort.drawn.last}
        condition = "extract(year from x.draw_date) between %(drawn_first)s and %(drawn_last)s"
        found.append(("dim_draws", condition, years, {"draw_date"}))
    if cohort.has_survey_answers:
        condition = "x.variable = any(%(variables)s) and x.value is not null"
        bound: dict[str, Any] = {"variables": list(cohort.has_survey_answers)}
        found.append(("fct_survey_answers", condition, bound, {"variable", "value"}))
    if cohort.has_measurements:
        condition = "x.analyte_id = any(%(analytes)s)"
        bound = {"analytes": list(cohort.has_measurements)}
        found.append(("fct_measurements", condition, bound, {"analyte_id"}))
    return found


def _cases(cohort: Cohort) -> tuple[str, str, dict[str, Any], set[str]]:
    cases = cohort.cases
    assert cases is not None
    columns = {"topography_code"}
    conditions = ["x.topography_code ^@ any(%(topography)s)"]
    parameters: dict[str, Any] = {"topography": list(cases.topography)}
    if cases.behaviour_codes:
        conditions.append("x.behaviour_code = any(%(behaviour)s)")
        parameters["behaviour"] = list(cases.behaviour_codes)
        columns.add("behaviour_code")
    if cases.diagnosed:
        conditions.append(
            "extract(year from x.incidence_date) between %(diagnosed_first)s and %(diagnosed_last)s"
        )
        parameters["diagnosed_first"] = cases.diagnosed.first
        parameters["diagnosed_last"] = cases.diagnosed.last
        columns.add("incidence_date")
    return "fct_cancer_cases", " and ".join(conditions), parameters, columns
