"""`janus codes icd7-to-icd10`: what a code of the years before 1993 is in ICD-10."""

import polars as pl

from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool, first_problem


def convert(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the preferred ICD-10 code of each row, all candidates, and how sure that is.

    Codes are read with or without the point. Each distinct code is looked at once, by the model
    that builds the warehouse.

    Args:
        rows: One text column `icd7_code`; missing is null.
    """
    # A spreadsheet in Norwegian writes the point as a comma.
    written = rows.select(pl.col("icd7_code").str.replace_all(r"[\s.,]", ""))
    codes = written.filter(pl.col("icd7_code").str.contains(r"^\d{3,4}$"))
    mapped = run_model("int_icd7_codes__mapped", {"stg_cancer_registry__cases": codes})
    answered = written.join(mapped, on="icd7_code", how="left", maintain_order="left")
    problems = [
        (pl.col("icd7_code").is_null(), "the code is missing"),
        (~pl.col("icd7_code").str.contains(r"^\d{3,4}$"), "ICD-7 codes have three or four digits"),
        (pl.col("icd10_code").is_null(), "the code is not in the table"),
        (
            pl.col("mapped_icd7_code") != pl.col("icd7_code"),
            "the fourth digit is not in the table; the first three are used",
        ),
        (pl.col("icd10_candidates").str.contains(","), "several codes are possible"),
    ]
    return answered.with_columns(first_problem(problems))


TOOL = CodeTool(
    does="Give the ICD-10 code of tumours that were coded in ICD-7.",
    required={"icd7_code": "ICD-7, three or four digits, 170, 1900 or 190.0"},
    adds={
        "icd10_code": "the preferred ICD-10 code without the point; empty where there is none",
        "icd10_candidates": "every ICD-10 code that it may be, the preferred one first",
        "cardinality": "ICD-7 codes to ICD-10 codes: 1:1, 1:n, n:1 or n:m",
        "mapping_version": "version of the table",
        "problem": "what to look at, in words; empty where nothing is",
    },
    run=convert,
    example="icd7_code\n170\n190.0\n155",
)
