"""Arrays as the text that senders write: dates, decimals, codes, identity numbers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.synthetic.people import NEVER
from janus_warehouse.synthetic.streams import Ints

_FORMS = {
    "yyyy-MM-dd": "%Y-%m-%d", "dd.MM.yyyy": "%d.%m.%Y", "yyyyMMdd": "%Y%m%d",
    "ddMMyyyy": "%d%m%Y",
}  # fmt: skip


def dates(days: Ints, form: str = "yyyy-MM-dd") -> pl.Series:
    """Return days since 1970-01-01 as dates in a contract's format; `NEVER` is null."""
    known = np.where(days >= NEVER, 0, days).astype(np.int32)
    written = pl.Series(known).cast(pl.Date).dt.strftime(_FORMS[form])
    return without(written, days >= NEVER)


def numbers11(numbers: Ints) -> pl.Series:
    """Return identity numbers with their leading zeros."""
    return pl.Series(numbers).cast(pl.String).str.zfill(11)


def whole(values: Ints) -> pl.Series:
    """Return whole numbers as text."""
    return pl.Series(values).cast(pl.String)


def decimals(scaled: Ints, places: int, mark: str = ".") -> pl.Series:
    """Return whole numbers of the last decimal as text: 178 with two places is `1.78`."""
    unit = 10**places
    series = pl.Series(np.abs(scaled))
    sign = pl.Series(scaled < 0).replace_strict({True: "-", False: ""}, return_dtype=pl.String)
    fraction = (series % unit).cast(pl.String).str.zfill(places)
    frame = pl.DataFrame({"s": sign, "i": (series // unit).cast(pl.String), "f": fraction})
    return frame.select(pl.concat_str("s", "i", pl.lit(mark), "f")).to_series()


def coded(values: Sequence[str], positions: Ints) -> pl.Series:
    """Return the code at each position of `values`."""
    return pl.Series(list(values), dtype=pl.String).gather(positions)


def plain(values: npt.NDArray[np.object_]) -> pl.Series:
    """Return an array of Python strings as a column."""
    return pl.Series(values.tolist(), dtype=pl.String)


def without(column: pl.Series, absent: npt.NDArray[np.bool_]) -> pl.Series:
    """Return the column with null where `absent` is true."""
    return column.set(pl.Series(absent), None)


def instead(column: pl.Series, where: npt.NDArray[np.bool_], text: str) -> pl.Series:
    """Return the column with a text, such as a missing-value code, where `where` is true."""
    return column.set(pl.Series(where), text)
