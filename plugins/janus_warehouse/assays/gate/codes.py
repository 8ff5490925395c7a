"""Rules about study codes: issued, to this project, each once, and all of them back."""

from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked, counted, listed
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.spelling import likely_codes

CODE = "sample_code"
_RUN = [CODE, "replicate", "panel", "analyte_code"]
_RUN_OF_SAMPLE = [CODE, "replicate", "native_file"]


def judge_codes(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield what is found about the codes of a return."""
    codes = landed.of_bank[CODE].unique().sort()
    expected = context.expected(landed.form, codes)
    gone = _not_back(landed, context, expected)
    issued = context.issued["study_code"]
    unknown = codes.filter(~codes.is_in(issued.implode()))
    where = (
        "not in the list of what was sent"
        if context.is_at_laboratory
        else ("never issued by the bank")
    )
    yield _unknown(landed, unknown, expected, gone["study_code"], where)
    yield _of_others(landed, context, codes)
    yield _doubled(landed, gone["study_code"])
    yield _incomplete(expected, gone)
    yield from _reasons(landed)
    yield _withdrawn(landed, context)


def rows_of(landed: Landed, codes: pl.Series) -> dict[str, pl.DataFrame]:
    """Return the rows of samples and results that carry one of the codes."""
    asked = pl.col(CODE).is_in(codes.implode())
    found = {"samples": landed.of_bank.filter(asked).select("row")}
    if landed.results is not None:
        found["results"] = landed.measured.filter(asked).select("row").collect()
    return found


def _count(rows: dict[str, pl.DataFrame]) -> int:
    return rows.get("results", rows["samples"]).height or rows["samples"].height


def _seen(landed: Landed) -> int:
    if landed.results is None:
        return landed.of_bank.height
    return landed.measured.select(pl.len()).collect().item()


def _unknown(
    landed: Landed,
    unknown: pl.Series,
    expected: pl.DataFrame,
    gone: pl.Series,
    where: str,
) -> Finding:
    # A code that came back cannot be what was meant, unless it stands for two samples.
    likely = likely_codes(unknown, gone)
    places = {
        row["study_code"]: f" (plate {row['plate_id']}, well {row['well']})"
        for row in expected.filter(pl.col("plate_id").is_not_null()).iter_rows(named=True)
    }
    named = [
        f"{code}: probably {likely[code]}{places.get(likely[code], '')}" for code in likely
    ] + [code for code in unknown if code not in likely]
    rows = rows_of(landed, unknown)
    told = (
        f"{counted(len(unknown), 'code')} {where}"
        + (f", {len(likely)} probably mistyped" if likely else "")
        + f": {listed(named)}."
    )
    return Finding("gate.codes_issued", _seen(landed), _count(rows), told, rows)


def _of_others(landed: Landed, context: Context, codes: pl.Series) -> Finding | NotAsked:
    rule_id = "gate.codes_of_project"
    if context.is_at_laboratory:
        return NotAsked(rule_id, "only the shipment's manifest is known here")
    form = landed.form
    here = context.issued.filter(pl.col("study_code").is_in(codes.implode()))
    other_project = here.filter(pl.col("project_id") != form.project_id)["study_code"]
    elsewhere = here.filter(
        pl.col("project_id") == form.project_id, pl.col("laboratory") != form.laboratory
    )["study_code"]
    rows = rows_of(landed, pl.concat([other_project, elsewhere]))
    told = []
    if len(other_project):
        told.append(f"{counted(len(other_project), 'code')} issued to another project: "
                    f"{listed(other_project.sort())}")  # fmt: skip
    if len(elsewhere):
        told.append(f"{counted(len(elsewhere), 'code')} sent to another laboratory: "
                    f"{listed(elsewhere.sort())}")  # fmt: skip
    return Finding(rule_id, _seen(landed), _count(rows), "; ".join(told) + ".", rows)


def _doubled(landed: Landed, gone: pl.Series) -> Finding:
    """Return runs of one sample that no replicate number tells apart."""
    runs, key = landed.of_bank.lazy(), _RUN_OF_SAMPLE
    if landed.results is not None:
        runs, key = landed.measured, _RUN
    again = (
        runs.select("row", *key).filter(pl.len().over(key) > 1).select("row", CODE).collect()
    )  # fmt: skip
    codes = again[CODE].unique().sort()
    likely = likely_codes(codes, gone)
    named = [f"{code} (one of them {likely[code]}?)" if code in likely else code for code in codes]
    told = (
        f"{counted(len(codes), 'code')} twice without a replicate number, in "
        f"{counted(again.height, 'row')}: {listed(named)}."
    )
    table = "samples" if landed.results is None else "results"
    rows = {table: again.select("row")}
    return Finding("gate.codes_doubled", _seen(landed), again.height, told, rows)


def _not_back(landed: Landed, context: Context, expected: pl.DataFrame) -> pl.DataFrame:
    """Return what was sent, has no result in any return, and no reason is given for."""
    back = pl.concat([landed.codes_with_results, context.came_back])
    explained = landed.of_bank.filter(pl.col("missing_reason").is_not_null())[CODE]
    known = pl.concat([back, explained]).unique()
    return expected.filter(~pl.col("study_code").is_in(known.implode())).sort("study_code")


def _incomplete(expected: pl.DataFrame, gone: pl.DataFrame) -> Finding:
    told = (
        f"{gone.height:,} of {counted(expected.height, 'code')} sent did not come back and no "
        f"reason is given: {listed(gone['study_code'])}."
    )
    return Finding("gate.codes_complete", expected.height, gone.height, told)


def _reasons(landed: Landed) -> Iterator[Finding]:
    told = landed.of_bank.filter(pl.col("missing_reason").is_not_null())[CODE].unique()
    both = pl.Series([], dtype=pl.String)
    if landed.results is not None and len(told):
        both = told.filter(told.is_in(landed.codes_with_results.implode())).sort()
    yield Finding(
        "gate.reason_without_result", len(told), len(both),
        f"{counted(len(both), 'code')} with results and a reason for having none: "
        f"{listed(both)}.",
    )  # fmt: skip


def _withdrawn(landed: Landed, context: Context) -> Finding | NotAsked:
    rule_id = "gate.donors_consent"
    if context.is_at_laboratory:
        return NotAsked(rule_id, "donors are not known here")
    codes = context.sent(landed.form).filter(pl.col("is_withdrawn"))["study_code"]
    rows = rows_of(landed, codes)
    here = landed.of_bank.filter(pl.col(CODE).is_in(codes.implode()))[CODE].unique().sort()
    told = (
        f"{counted(len(here), 'sample')} of donors who have withdrawn since they were sent: "
        f"{listed(here)}."
    )
    return Finding(rule_id, _seen(landed), _count(rows), told, rows)
