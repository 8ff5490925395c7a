"""Tumours as files have them, made ready for the models: keys, codes without points, dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

CODE_COLUMNS = {
    "topography_code": "ICD-O-3 site, C50.9 or C509",
    "morphology_code": "ICD-O-3 histology, 8500 (or 8500/3 with the behaviour)",
    "behaviour_code": "behaviour, fifth digit of the morphology",
}


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
        pl.concat_str(
            pl.col("tumour_id").fill_null(""), pl.lit(" "),
            pl.col("line").cast(pl.String).str.zfill(9),
        ).alias("row_key"),
    )  # fmt: skip
    # A row without a person is a person of its own: nothing may tie it to the others.
    person = pl.coalesce(pl.col("person_id"), pl.concat_str(pl.lit("row "), pl.col("row_key")))
    return CodedCases(coded.with_columns(person.alias("person_id")), absent)


def dates_of(rows: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Return the rows with these columns read as dates; what is no date becomes missing."""
    return rows.with_columns(pl.col(name).str.to_date("%Y-%m-%d", strict=False) for name in names)


def unread_dates(rows: pl.DataFrame, names: Sequence[str]) -> str:
    """Return a line for each column with cells that are no date; they were taken as missing."""
    read = dates_of(rows, names)
    lost = {name: read[name].null_count() - rows[name].null_count() for name in names}
    return "".join(
        f"{count} cell{' in' if count == 1 else 's in'} {name} "
        f"{'is no date' if count == 1 else 'are no dates'} like 2005-03-10: taken as missing\n"
        for name, count in lost.items()
        if count
    )
