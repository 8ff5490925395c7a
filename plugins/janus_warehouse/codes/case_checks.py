"""`janus codes case-checks`: the registry's rules over a file of cases, each flag with its reason.

The same SQL flags the cases of the warehouse. A file may lack columns; the rules that need them
are then not asked, and standard error says which.
"""

import sys
from datetime import date

import polars as pl

from janus_warehouse.codes.cases import (
    BEHAVIOUR,
    CODE_COLUMNS,
    PROBLEM,
    REQUIRED,
    CodedCases,
    code_columns,
    dates_of,
    numbered_tumours,
    problems,
    unread_dates,
)
from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool
from janus_warehouse.metadata import CaseChecks, load_case_checks

_OPTIONAL = {
    **BEHAVIOUR,
    "tumour_id": "number of the tumour; equal tumours are taken in its order",
    "tumour_sequence": "1 for the person's first tumour",
    "sex_code": "1 man, 2 woman",
    "birth_date": "day of birth",
    "age_years": "age at incidence as delivered; compared with the dates",
    "basis_code": "0 death certificate, 1 2 4 no microscope, 5 6 7 microscope, 9 unknown",
    "grade_code": "1-4, 5-8 cell type of blood cancers, 9 unknown",
    "laterality_code": "0 no paired organ, 1 right, 2 left, 3 one side, 4 both, 9 unknown",
    "vital_status_code": "1 alive, 2 dead, 3 emigrated or lost, 9 unknown",
    "follow_up_date": "end of follow-up: death, emigration or the last day known",
    "found_at_autopsy": "1 when first found at autopsy, 0 otherwise",
    "register_sex_code": "sex in the population register",
    "register_birth_date": "day of birth in the population register",
    "as_of": "day that the file describes; today when it is left out",
}
_ADDS = {
    "flags": "codes of the rules below that the case breaks, with a space between",
    "severities": "error, warning or rare, in the order of the flags",
    "messages": "what each rule says",
    "problem": PROBLEM,
}
_GIVEN_AS = {"age_years": "given_age_years"}
_NEVER_ABSENT = {"as_of"}
_DATES = ("birth_date", "incidence_date", "follow_up_date", "register_birth_date", "as_of")


def check_cases(rows: pl.DataFrame) -> pl.DataFrame:
    """Return flags, severities and messages for each row, and sum up on standard error."""
    checks = load_case_checks()
    coded = numbered_tumours(rows)
    assembled = _assembled(coded)
    inputs = {
        "int_cases__assembled": assembled,
        "int_tumour_codes__distinct": assembled.select(code_columns()).unique(),
    }
    # Made once: flagging and counting read the prepared cases.
    checkable = run_model("int_cases__checkable", inputs)
    flagged = run_model("int_case_checks__flagged", {"int_cases__checkable": checkable})
    counted = run_model("int_case_checks__counted", {"int_cases__checkable": checkable})
    sys.stderr.write(_summary(checks, coded, counted) + unread_dates(coded.rows, _DATES))
    return _joined(coded.rows, flagged, checks)


def _assembled(coded: CodedCases) -> pl.DataFrame:
    """Return the rows in the shape of `int_cases__assembled`; unreadable dates are missing."""
    rows = dates_of(coded.rows, _DATES)
    return rows.select(
        pl.lit("file").alias("collection_id"),
        pl.col("row_key").alias("tumour_id"),
        pl.col("person_key").alias("donor_id"),
        pl.lit("file").alias("delivery_id"),
        pl.col("tumour_sequence").cast(pl.Int32, strict=False),
        "sex_code", "birth_date", "incidence_date", "follow_up_date", "vital_status_code",
        "basis_code", *CODE_COLUMNS, "grade_code", "laterality_code", "found_at_autopsy",
        pl.col("age_years").cast(pl.Int32, strict=False).alias("given_age_years"),
        "register_sex_code", "register_birth_date",
        pl.lit(None, dtype=pl.Boolean).alias("has_draw"),
        pl.col("as_of").fill_null(date.today()).alias("known_on_date"),
    )  # fmt: skip


def _joined(rows: pl.DataFrame, flagged: pl.DataFrame, checks: CaseChecks) -> pl.DataFrame:
    rules = pl.DataFrame({
        "rule_code": list(checks.rules),
        "place": range(len(checks.rules)),
        "message": [rule.description.en for rule in checks.rules.values()],
    })  # fmt: skip
    listed = (
        flagged.join(rules, on="rule_code")
        .sort("place")
        .group_by("tumour_id", maintain_order=True)
        .agg(
            pl.col("rule_code").str.join(" ").alias("flags"),
            pl.col("severity").str.join(" ").alias("severities"),
            pl.col("message").str.join(" ").alias("messages"),
        )
    )
    return (
        rows.with_columns(problems(rows, _DATES))
        .join(listed, left_on="row_key", right_on="tumour_id", how="left", maintain_order="left")
        .select(list(_ADDS))
    )


def _summary(checks: CaseChecks, coded: CodedCases, counted: pl.DataFrame) -> str:
    """Return a line for each rule that was asked, and one for those that could not be."""
    absent = {_GIVEN_AS.get(name, name) for name in coded.absent - _NEVER_ABSENT} | {"has_draw"}
    unasked = {code: rule.columns & absent for code, rule in checks.rules.items()}
    counts = {code: (broken, about) for _, code, about, broken in counted.iter_rows()}
    width = max(map(len, checks.rules))
    lines = [f"{'rule':<{width}} {'broken':>8} {'of':>8}"]
    for code in (code for code, missing in unasked.items() if not missing):
        broken, about = counts.get(code, (0, 0))
        lines.append(f"{code:<{width}} {broken:>8} {about:>8}")
    needed = {name: given for given, name in _GIVEN_AS.items()}
    for code, missing in unasked.items():
        if missing:
            names = ", ".join(sorted(needed.get(name, name) for name in missing))
            lines.append(f"{code:<{width}} not asked: no {names}")
    return "\n".join(lines) + "\n"


def _legend() -> dict[str, dict[str, str]]:
    rules = load_case_checks().rules.items()
    return {"Rules": {code: f"{rule.severity}. {rule.description.en}" for code, rule in rules}}


TOOL = CodeTool(
    does="Check cancer cases by the rules of IARC and JRC-ENCR; a flag never drops a case.",
    required=REQUIRED,
    optional=_OPTIONAL,
    adds=_ADDS,
    run=check_cases,
    example=(
        "person_id,sex_code,birth_date,incidence_date,topography_code,morphology_code,"
        "behaviour_code\n1,1,1950-06-15,2005-03-10,C53.9,8070,3"
    ),
    legend=_legend,
)
