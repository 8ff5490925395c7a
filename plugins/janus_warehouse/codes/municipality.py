"""Municipalities of a time → municipalities and counties of today, as `dim_municipalities` says."""

import polars as pl

from janus_warehouse.codes.dates import WAYS, day_of
from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool

_LAST_DAY = pl.date(9999, 12, 31)


def answer(asked: pl.DataFrame) -> pl.DataFrame:
    """Return what each code meant on its day, and what it is today.

    Args:
        asked: `municipality_code` and `date` as text; without a date the latest validity counts.
    """
    municipalities = run_model("dim_municipalities", {})
    rows = asked.with_row_index("row").with_columns(day=day_of("date"))
    held = rows.join(municipalities, on="municipality_code", how="left")
    on_day = held.filter(
        pl.col("valid_from").is_not_null()
        & (
            pl.col("date").is_null()
            | (
                (pl.col("day") >= pl.col("valid_from"))
                & (pl.col("day") <= pl.col("valid_to").fill_null(_LAST_DAY))
            )
        )
    )
    found = on_day.sort("row", "valid_from").unique("row", keep="last").drop("date", "day")
    known = rows.join(municipalities, on="municipality_code", how="semi")["row"]
    answered = rows.join(found.drop("municipality_code"), on="row", how="left").sort("row")
    told = answered.with_columns(is_known=pl.col("row").is_in(known.implode()))
    return told.with_columns(_problem().alias("problem")).select(
        _status().alias("status"),
        "municipality_code_today",
        "municipality_name_today",
        "county_code",
        "county_code_today",
        pl.col("valid_from").dt.strftime("%Y-%m-%d"),
        pl.col("valid_to").dt.strftime("%Y-%m-%d"),
        "cardinality",
        pl.when(pl.col("cardinality").is_in(["1:n", "n:m"]))
        .then(pl.col("municipality_codes_today"))
        .alias("candidates"),
        "problem",
    )


def _status() -> pl.Expr:
    code, today = pl.col("municipality_code"), pl.col("municipality_code_today")
    return (
        pl.when(~pl.col("is_known") | (pl.col("date").is_not_null() & pl.col("day").is_null()))
        .then(pl.lit("unknown"))
        .when(today.is_null())
        .then(pl.lit("not_valid_on_date"))
        .when(pl.col("cardinality").is_in(["1:n", "n:m"]))
        .then(pl.lit("split"))
        .when(code == today)
        .then(pl.lit("current"))
        .when(pl.col("cardinality") == "n:1")
        .then(pl.lit("merged"))
        .otherwise(pl.lit("renumbered"))
    )


def _problem() -> pl.Expr:
    code = pl.col("municipality_code")
    return (
        pl.when(code.is_null())
        .then(pl.lit("no code"))
        .when(code.str.contains(r"^[0-9]{3}$"))
        .then(pl.lit("four digits; did you lose the leading zero?"))
        .when(~code.str.contains(r"^[0-9]{4}$"))
        .then(pl.lit("four digits expected"))
        .when(pl.col("date").is_not_null() & pl.col("day").is_null())
        .then(pl.lit(f"a date is written {WAYS}"))
        .when(~pl.col("is_known"))
        .then(pl.lit("the code is not in the table"))
        .when(pl.col("municipality_code_today").is_null())
        .then(pl.lit("the code was not in use on that day"))
    )


TOOL = CodeTool(
    does="Municipality codes of a time to the municipality and county of today.",
    required={"municipality_code": "four digits, leading zero kept"},
    optional={"date": f"the day the code was used, {WAYS}; without it its latest validity"},
    adds={
        "status": "current, renumbered, merged, split, not_valid_on_date, unknown",
        "municipality_code_today": "of a split municipality the largest part",
        "municipality_name_today": "its name",
        "county_code": "county of the time",
        "county_code_today": "county of today",
        "valid_from": "first day the code meant this; 1946-01-01: before the first known change",
        "valid_to": "last day; empty while it holds",
        "cardinality": "1:1, n:1 (merged), 1:n (split), n:m (both)",
        "candidates": (
            "all municipalities of today that hold a part of a split one, with a space between"
        ),
        "problem": "what is wrong with the row, and how to mend it; empty where nothing is",
    },
    run=answer,
    example="municipality_code,date\n0301,1990-01-01\n1601,2015-06-30\n1507,2021-01-01",
)
