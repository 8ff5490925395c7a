"""What a file holds, column by column, counted batch by batch in bounded memory."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from janus_warehouse.codes.national_id import read_numbers
from janus_warehouse.surveys.errors import ScaffoldError
from janus_warehouse.surveys.scaffold_reading import Shape, batches

MANY = 60
"""Distinct texts beyond which a column holds no codes."""

KEPT_NUMBERS = 4_000
"""Distinct numbers that are kept apart; the inner ones of a longer list are put together."""

KEPT_HASHES = 5_000_000
"""Rows beyond which nothing is said of whether a column repeats a value."""

NOTHING = frozenset({"NA", "N/A", "NaN", "nan", "NULL", "null", "None", ".", "-", "--", "?", "*"})
"""Texts that stand for an empty cell in somebody's file."""

DATE_FORMATS = {
    "yyyy-MM-dd": "%Y-%m-%d", "dd.MM.yyyy": "%d.%m.%Y", "dd/MM/yyyy": "%d/%m/%Y",
    "yyyyMMdd": "%Y%m%d", "ddMMyyyy": "%d%m%Y",
}  # fmt: skip
_DATE_FORM = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}[./][0-9]{2}[./][0-9]{4}|[0-9]{8})$"
_WHOLE = r"^[+-]?[0-9]{1,18}$"
_DOTTED = r"^[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?$"
_COMMA = r"^[+-]?[0-9]*,[0-9]+$"
_SENTINEL = r"^(-?(7+|8+|9+)([.,](0+|7+|8+|9+))?|0+([.,]0+)?|-[1-9])$"


@dataclass
class Tally:
    """The facts about one column that a proposal is made from.

    Attributes:
        rows: Rows seen.
        filled: Cells that hold something; texts of `NOTHING` are not counted.
        nothing: The texts of `NOTHING` that occur.
        texts: How often each text occurs; None when there are more than `MANY`.
        numbers: Columns `value` and `n`, sorted.
        sentinels: Texts that look like missing-value codes (999, 77, 0, -1) with their counts.
        whole, dotted, commas: Cells that are whole numbers or decimal numbers.
        zeros: Cells with a leading zero before another digit.
        dates: Cells that are dates, by the format that reads them.
        years: How many of them are in each year.
        lengths: Shortest and longest text.
        valid_numbers: Cells that are national identity numbers with valid check digits.
        is_unique: Whether no value was seen twice.
    """

    rows: int = 0
    filled: int = 0
    nothing: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] | None = field(default_factory=Counter)
    numbers: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"value": pl.Float64, "n": pl.Int64})
    )
    sentinels: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    dotted: int = 0
    commas: int = 0
    zeros: int = 0
    dates: Counter[str] = field(default_factory=Counter)
    years: dict[str, Counter[int]] = field(
        default_factory=lambda: {form: Counter() for form in DATE_FORMATS}
    )
    lengths: tuple[int, int] = (10**9, 0)
    valid_numbers: int = 0
    is_unique: bool = True
    _hashes: list[pl.Series] = field(default_factory=list, repr=False)

    def add(self, column: pl.Series) -> None:
        """Count one batch of a column."""
        self.rows += len(column)
        cells = column.drop_nulls()
        is_nothing = cells.is_in(list(NOTHING))
        if is_nothing.any():
            _count(self.nothing, cells.filter(is_nothing))
            cells = cells.filter(~is_nothing)
        self.filled += len(cells)
        if not len(cells):
            return
        self._add_texts(cells)
        self._add_numbers(cells)
        self._add_dates(cells)
        self._add_identity(cells)

    def _add_texts(self, cells: pl.Series) -> None:
        lengths = cells.str.len_chars()
        low, high = int(lengths.min() or 0), int(lengths.max() or 0)  # type: ignore[arg-type]
        self.lengths = (min(low, self.lengths[0]), max(high, self.lengths[1]))
        if self.is_unique:
            self._hashes.append(cells.hash())
            if self.rows > KEPT_HASHES or cells.n_unique() < len(cells):
                self.is_unique = False
                self._hashes.clear()
        if self.texts is not None:
            if cells.n_unique() > MANY:
                self.texts = None
            else:
                _count(self.texts, cells)
                self.texts = self.texts if len(self.texts) <= MANY else None

    def _add_numbers(self, cells: pl.Series) -> None:
        bare = cells.str.strip_chars(" ")  # numbers stand at the right in files of fixed width
        whole = bare.str.contains(_WHOLE)
        dotted = bare.str.contains(_DOTTED)
        commas = bare.str.contains(_COMMA)
        self.whole += int(whole.sum())
        self.dotted += int(dotted.sum())
        self.commas += int(commas.sum())
        self.zeros += int(cells.str.contains(r"^0[0-9]+$").sum())
        numeric = bare.filter(whole | dotted | commas)
        if not len(numeric):
            return
        _count(self.sentinels, numeric.filter(numeric.str.contains(_SENTINEL)))
        value = numeric.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        counted = value.drop_nulls().value_counts(name="n")
        counted = counted.select(
            pl.col(counted.columns[0]).alias("value"), pl.col("n").cast(pl.Int64)
        )
        both = pl.concat([self.numbers, counted]).group_by("value").agg(pl.col("n").sum())
        self.numbers = _thinned(both.sort("value"))

    def _add_dates(self, cells: pl.Series) -> None:
        dated = cells.filter(cells.str.contains(_DATE_FORM))
        if len(dated):
            for name, form in DATE_FORMATS.items():
                read = dated.str.to_date(form, strict=False)
                years = read.dt.year().drop_nulls()
                years = years.filter(years.is_between(1850, 2060)).cast(pl.Int64)
                self.dates[name] += len(years)
                _count(self.years[name], years)

    def _add_identity(self, cells: pl.Series) -> None:
        elevens = cells.filter(cells.str.contains("^[0-9]{11}$"))
        if len(elevens):
            read = read_numbers(elevens.alias("number").to_frame())
            self.valid_numbers += int(read["is_valid"].sum())

    def finish(self) -> None:
        """Settle what needs all batches."""
        if self.is_unique and self._hashes:
            hashes = pl.concat(self._hashes)
            self.is_unique = hashes.n_unique() == len(hashes)
        self._hashes.clear()

    @property
    def numeric(self) -> int:
        """Cells that are numbers of any form."""
        return self.whole + self.dotted + self.commas


def _count(counter: Counter[Any], cells: pl.Series) -> None:
    counted = cells.value_counts(name="n")
    counter.update(dict(zip(counted[:, 0].to_list(), counted["n"].to_list(), strict=True)))


def _thinned(numbers: pl.DataFrame) -> pl.DataFrame:
    """Put neighbours together in the inner part of a long list; the ends stay as they are."""
    if len(numbers) <= KEPT_NUMBERS:
        return numbers
    end = KEPT_NUMBERS // 4
    inner = numbers[end:-end].with_row_index("at")
    step = -(-len(inner) // end)
    inner = inner.group_by(pl.col("at") // step).agg(pl.col("value").first(), pl.col("n").sum())
    return pl.concat([numbers[:end], inner.select("value", "n").sort("value"), numbers[-end:]])


def tally(
    shape: Shape, moved: Callable[[int, int], None] = lambda _done, _total: None
) -> list[Tally]:
    """Return the tallies of a file's columns, in one pass over it.

    Raises:
        ScaffoldError: The file has no row, or cannot be read to its end.
    """
    found = [Tally() for _ in shape.columns]
    for frame in batches(shape, moved):
        for column, series in zip(found, frame, strict=True):
            column.add(series)
    if not found or not found[0].rows:
        raise ScaffoldError(f"{shape.path}: expected rows below the header, found none")
    for column in found:
        column.finish()
    return found


def decimal_sign(columns: list[Tally]) -> str:
    """Return the decimal sign that the numbers of a file are written with."""
    mostly = [c for c in columns if c.filled and c.numeric >= 0.9 * c.filled]
    return "," if sum(c.commas for c in mostly) > sum(c.dotted for c in mostly) else "."


def is_sentinel(text: str) -> bool:
    """Tell whether a text looks like a code for a missing value: 999, 77, 0 or -1."""
    return re.fullmatch(_SENTINEL, text) is not None
