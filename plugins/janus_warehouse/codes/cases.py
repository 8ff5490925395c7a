"""Tumours as files have them, made ready for the models: keys, codes without points, dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from janus_warehouse.codes.dates import WAYS, day_of
from janus_warehouse.metadata import load_codelist
from janus_warehouse.platform.settings import get_settings

REQUIRED = {
    "person_id": "any key of the person; rows of one key are one person's tumours",
    "topography_code": "ICD-O-3 site, C50.9 or C509",
    "morphology_code": "ICD-O-3 histology, 8500/3, or 8500 with `behaviour_code`",
    "incidence_date": f"day of incidence, {WAYS}",
}
BEHAVIOUR = {"behaviour_code": "0, 1, 2, 3 or 6, where the morphology does not hold it"}
CODE_COLUMNS = ("topography_code", "morphology_code", "behaviour_code")
CODELISTS = {
    "behaviour_code": "behaviour",
    "sex_code": "sex",
    "basis_code": "basis_of_diagnosis",
    "grade_code": "grade",
    "laterality_code": "laterality",
    "vital_status_code": "vital_status",
    "register_sex_code": "sex",
}
"""Columns whose cells are codes, and the codelists that hold them."""
PROBLEM = "cells that are missing or cannot be read, in words; empty where nothing is"


# ICD-O writes M8500/3, registries 85003 or 8500 and 3; all are read alike.
_MORPHOLOGY = pl.col("morphology_code").str.to_uppercase().str.replace_all(r"[\s.M\-]", "")
_WITHIN = _MORPHOLOGY.str.extract(r"^\d{4}/(\d)", 1)
_BESIDE = pl.col("behaviour_code").str.strip_prefix("/").replace("", None)


def code_columns() -> list[str]:
    """Return the names of the columns that hold the codes of a tumour."""
    return list(CODE_COLUMNS)


def plain_codes() -> list[pl.Expr]:
    """Return the codes of a tumour as the warehouse writes them, from columns as people do.

    A behaviour behind the stroke of the morphology goes before the column of its own; a fifth
    digit without a stroke comes after it.
    """
    fifth = pl.when(_MORPHOLOGY.str.contains(r"^\d{5}$")).then(_MORPHOLOGY.str.slice(4))
    return [
        pl.col("topography_code").str.to_uppercase().str.replace_all(r"[.\s]", ""),
        _MORPHOLOGY.str.slice(0, 4).alias("morphology_code"),
        pl.coalesce(_WITHIN, _BESIDE, fifth).alias("behaviour_code"),
    ]


def behaviours_disagree() -> pl.Expr:
    """Return whether the morphology holds another behaviour than the column beside it."""
    return (_WITHIN != _BESIDE).fill_null(False)


@dataclass(frozen=True)
class CodedCases:
    """Rows with a key of their own and plain codes, and the columns that the file lacked.

    Attributes:
        rows: The rows in their order; `row_key` sorts like the number of the tumour, or like the
            file where there is none.
        absent: Columns without a single value.
    """

    rows: pl.DataFrame
    absent: frozenset[str]


def numbered_tumours(rows: pl.DataFrame) -> CodedCases:
    """Return the rows with keys and with codes as the warehouse writes them.

    A row keeps its own key even where the file repeats a tumour's number, so that every row is
    answered.
    """
    absent = frozenset(name for name in rows.columns if rows[name].null_count() == rows.height)
    coded = rows.with_row_index("line").with_columns(
        *plain_codes(),
        behaviours_disagree().alias("behaviours_differ"),
        # Padded, for 9 goes before 10.
        pl.concat_str(
            pl.col("tumour_id").fill_null("").str.pad_start(12), pl.lit(" "),
            pl.col("line").cast(pl.String).str.zfill(9),
        ).alias("row_key"),
    )  # fmt: skip
    # A row without a person is a person of its own: nothing may tie it to the others.
    person = pl.coalesce(pl.col("person_id"), pl.concat_str(pl.lit("row "), pl.col("row_key")))
    return CodedCases(coded.with_columns(person.alias("person_key")), absent)


def dates_of(rows: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return the rows with these columns read as dates; what is no date becomes missing."""
    return rows.with_columns(day_of(name) for name in names)


def unread_dates(rows: pl.DataFrame, names: Sequence[str]) -> str:
    """Return a line for each column with cells that are no date; they were taken as missing."""
    read = dates_of(rows, names)
    lost = {name: read[name].null_count() - rows[name].null_count() for name in names}
    return "".join(
        f"{count} cell{' in' if count == 1 else 's in'} {name} "
        f"{'is no date' if count == 1 else 'are no dates'} like {WAYS}: taken as missing\n"
        for name, count in lost.items()
        if count
    )


def problems(rows: pl.DataFrame, dates: Sequence[str]) -> pl.Series:
    """Return for each row, as `numbered_tumours` gives it, what of it is missing or unreadable."""
    told = [
        (pl.col("behaviours_differ"), "the behaviour in the morphology is not the one beside it")
    ]
    told += [(pl.col(name).is_null(), f"{name} is missing") for name in (*REQUIRED, *BEHAVIOUR)]
    told += [
        (pl.col(name).is_not_null() & day_of(name).is_null(), f"{name} is no date like {WAYS}")
        for name in dates
    ]
    known_codes = {name: _codes(codelist) for name, codelist in CODELISTS.items()}
    known_codes["found_at_autopsy"] = ["0", "1"]
    for name, known in known_codes.items():
        if name not in rows.columns:
            continue
        told.append((~pl.col(name).is_in(known), f"{name} is none of {', '.join(known)}"))
    words = [pl.when(broken.fill_null(False)).then(pl.lit(what)) for broken, what in told]
    return rows.select(
        pl.concat_str(words, separator="; ", ignore_nulls=True).replace("", None).alias("problem")
    )["problem"]


def _codes(codelist: str) -> list[str]:
    path = get_settings().metadata_dir / "codelists" / f"{codelist}.csv"
    return [code.code for code in load_codelist(path).codes]
