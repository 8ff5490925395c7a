"""`janus codes primaries`: which tumours of a person are counted, by the rules of IARC/IACR 2004.

The same SQL decides it for the warehouse, in one pass over all persons.
"""

import sys

import polars as pl

from janus_warehouse.codes.cases import (
    BEHAVIOUR,
    PROBLEM,
    REQUIRED,
    code_columns,
    dates_of,
    numbered_tumours,
    problems,
    unread_dates,
)
from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool
from janus_warehouse.metadata import load_codelist
from janus_warehouse.platform.settings import get_settings

_ADDS = {
    "is_primary": "true when the tumour is counted, false when not",
    "counted_with": (
        "the tumour that it is counted with: its tumour_id, or its line of the file where there "
        "is none; empty when it is not counted at all"
    ),
    "reason_code": "why, as a code of the list below",
    "reason": "why, in words",
    "site_group": "sites that are one for the rules: C18, C19-C20",
    "histology_group": "group of the tumour's own histology, 01-17",
    "counted_histology_group": "group of the primary that it is counted with",
    "counted_morphology": "histology of that primary; the more specific wins",
    "problem": PROBLEM,
}


def find_primaries(rows: pl.DataFrame) -> pl.DataFrame:
    """Return for each row whether the tumour is a primary, and why."""
    coded = numbered_tumours(rows).rows
    sys.stderr.write(unread_dates(coded, ["incidence_date"]))
    cases = dates_of(coded, ["incidence_date"]).select(
        pl.lit("file").alias("collection_id"),
        pl.col("row_key").alias("tumour_id"),
        pl.col("person_key").alias("donor_id"),
        pl.lit("file").alias("delivery_id"),
        pl.col("tumour_sequence").cast(pl.Int32, strict=False),
        "incidence_date", *code_columns(),
    )  # fmt: skip
    found = run_model("int_cases__primaries", {
        "stg_cancer_registry__cases": cases,
        "int_tumour_codes__distinct": cases.select(code_columns()).unique(),
    })  # fmt: skip
    names = coded.select(
        pl.col("row_key").alias("primary_tumour_id"),
        pl.coalesce("tumour_id", (pl.col("line") + 2).cast(pl.String)).alias("counted_with"),
    )
    answered = found.join(names, on="primary_tumour_id", how="left").select(
        pl.col("tumour_id").alias("row_key"),
        pl.col("is_primary").cast(pl.String),
        "counted_with",
        pl.col("reason").alias("reason_code"),
        pl.col("reason").replace_strict(reasons()),
        pl.col("primary_site_group_code").alias("site_group"),
        pl.col("histology_group_code").alias("histology_group"),
        pl.col("primary_histology_group_code").alias("counted_histology_group"),
        pl.col("primary_morphology_code").alias("counted_morphology"),
    )
    told = coded.select("row_key", problems(coded, ["incidence_date"]))
    return told.join(
        answered, on="row_key", how="left", maintain_order="left"
    ).select(list(_ADDS))  # fmt: skip


def reasons() -> dict[str, str]:
    """Return the reasons why a tumour is counted or not, in words."""
    path = get_settings().metadata_dir / "codelists" / "primary_reason.csv"
    return {code.code: code.label_en for code in load_codelist(path).codes}


TOOL = CodeTool(
    does="Tell which of a person's tumours are counted, by the rules of IARC/IACR (2004).",
    required=REQUIRED,
    optional={
        **BEHAVIOUR,
        "tumour_id": "number of the tumour",
        "tumour_sequence": "order of tumours of one day; without it tumour_id, then the line",
    },
    adds=_ADDS,
    run=find_primaries,
    example=(
        "person_id,incidence_date,topography_code,morphology_code,behaviour_code\n"
        "1,2001-01-01,C18.2,8000,3\n1,2005-03-10,C18.7,8140,3"
    ),
    legend=lambda: {"Codes of reason_code": reasons()},
)
