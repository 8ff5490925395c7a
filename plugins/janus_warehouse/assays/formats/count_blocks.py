"""The lines of a count matrix, some whole ones at a time: names of RNAs and their counts."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.formats.cells import refuse_unread
from janus_warehouse.assays.lake.ahead import map_ahead
from janus_warehouse.assays.tables import NO_NUMBER, Block
from janus_warehouse.deliveries.readers.source import open_content
from janus_warehouse.errors import DeliveryRefusedError

BLOCK_BYTES = 8 << 20
_LARGEST = 2**31 - 1
_MISSING = ("NA",)
"""Words of programs for a count that is not there. NaN is none: it comes of calculations, and who
sends it sends no raw counts."""
_NONE = np.iinfo(np.int64).min
_TAB_TO_LINE = bytes.maketrans(b"\t", b"\n")


def read_blocks(path: Path, samples: int, block_bytes: int | None = None) -> Iterator[Block]:
    """Yield the cells of a matrix, some whole lines at a time.

    Args:
        path: The file, packed with gzip or not.
        samples: How many there are in the header.
        block_bytes: How much of the file is read at a time.

    Raises:
        DeliveryRefusedError: A line has another number of cells than the header, a cell is no
            count, letters are no UTF-8, or the packed file is cut off.
    """

    def read(piece: tuple[bytes, int]) -> Block:
        text, line = piece
        names, bodies = _parted(text, line, samples, path)
        return Block(_as_text(path, names, line), _counts(path, bodies, line, samples), line)

    yield from map_ahead(read, _texts(path, block_bytes or BLOCK_BYTES))


def read_names(path: Path, samples: int, block_bytes: int | None = None) -> pl.Series:
    """Return the names of a matrix alone; see `read_blocks`."""
    names = [pl.Series([], dtype=pl.String)]
    for text, line in _texts(path, block_bytes or BLOCK_BYTES):
        names.append(_as_text(path, _parted(text, line, samples, path)[0], line))
    return pl.concat(names)


def _parted(text: bytes, line: int, samples: int, path: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the name of each line and the rest of it, of which each has as many cells."""
    lines = text.split(b"\n")[:-1]
    tabs = [one.count(b"\t") for one in lines]
    uneven = next((n for n, found in enumerate(tabs) if found != samples), None)
    if uneven is not None:
        found = f"{tabs[uneven] + 1:,}" if lines[uneven] else "an empty line"
        raise DeliveryRefusedError(
            f"{path.name}, line {line + uneven}: expected {samples + 1:,} cells as in the header, "
            f"found {found}; write every line in full, or send the file again if it was cut off"
        )
    parts = [one.partition(b"\t") for one in lines]
    return [name for name, _, _ in parts], [body for _, _, body in parts]


def _as_text(path: Path, names: list[bytes], line: int) -> pl.Series:
    """Return names without the quotes around them; null where there is none."""
    try:
        texts = pl.Series(names, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        raise _no_letters(path, names, line) from None
    return texts.str.extract(r'^"?([^"]*)"?$', 1).str.strip_chars()


def _no_letters(path: Path, texts: list[bytes], line: int) -> DeliveryRefusedError:
    """Return what is said of a line that is no UTF-8, from texts of all lines."""
    damaged = next(n for n, text in enumerate(texts) if "\ufffd" in text.decode(errors="replace"))
    return DeliveryRefusedError(
        f"{path.name}, line {line + damaged}: letters that are no UTF-8; save the file in UTF-8, "
        "or send it again if it was damaged"
    )


def _counts(path: Path, bodies: list[bytes], line: int, samples: int) -> npt.NDArray[np.int32]:
    """Return the counts of some whole lines, a row for each; `NO_NUMBER` where there is none."""
    cells = b"\n".join(bodies).translate(_TAB_TO_LINE) + b"\n"
    column = _plain(cells)
    if column is None:
        column = _odd(path, bodies, line, samples)
    if (column.min() or 0) < 0:  # type: ignore[operator]
        _refuse_count(path, column < 0, line, samples, "negative")
    if column.null_count():
        column = column.fill_null(NO_NUMBER)
    return column.to_numpy().reshape(len(bodies), samples)


def _plain(cells: bytes) -> pl.Series | None:
    """Return cells, one a line, as counts; None if there are other things than whole numbers.

    So the cells are read in two thirds of the time that thousands of columns take, and lie as
    they are wanted. Words for missing cells are looked for only where there are words at all.
    """
    for words in (None, ["", *_MISSING]):
        try:
            return pl.read_csv(
                cells, separator="\t", has_header=False, quote_char=None, schema={"0": pl.Int32},
                null_values=words,
            )["0"]  # fmt: skip
        except pl.exceptions.PolarsError:
            continue
    return None


def _odd(path: Path, bodies: list[bytes], line: int, samples: int) -> pl.Series:
    """Return the counts of lines of which some cells are odd, one line after the other.

    Raises:
        DeliveryRefusedError: A cell is neither a whole number nor a word for a missing one.
    """
    try:
        texts = pl.read_csv(
            b"\n".join(bodies) + b"\n", separator="\t", has_header=False, quote_char=None,
            schema={str(n): pl.String for n in range(samples)}, null_values=["", *_MISSING],
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        raise _no_letters(path, bodies, line) from None
    wide = texts.select(pl.all().str.strip_chars().cast(pl.Int64, strict=False))
    _refuse_cells(path, texts, wide, line)
    column = pl.Series(wide.with_columns(pl.all().fill_null(_NONE)).to_numpy().ravel())
    column = column.set(column == _NONE, None)
    if (column.max() or 0) > _LARGEST:  # type: ignore[operator]
        _refuse_count(path, column > _LARGEST, line, samples, f"above {_LARGEST:,}")
    if (column.min() or 0) < 0:  # type: ignore[operator]
        _refuse_count(path, column < 0, line, samples, "negative")
    return column.cast(pl.Int32)


def _refuse_count(path: Path, where: pl.Series, line: int, samples: int, what: str) -> None:
    first = line + (where.arg_max() or 0) // samples
    raise DeliveryRefusedError(
        f"{path.name}, line {first}: a count is {what}; send raw counts of reads"
    )


def _refuse_cells(path: Path, texts: pl.DataFrame, numbers: pl.DataFrame, line: int) -> None:
    """Refuse cells that are no whole number; the message tells of one cell a line."""
    unread = pl.DataFrame(
        [t.is_not_null() & n.is_null() for t, n in zip(texts, numbers, strict=True)]
    )
    rows = unread.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    cells = texts[rows].select(
        pl.coalesce(pl.when(pl.lit(unread[c][rows])).then(pl.col(c)) for c in texts.columns)
    )
    refuse_unread(
        path, "counts (whole numbers of reads)", (rows + line).cast(pl.Int64), cells.to_series()
    )


def _texts(path: Path, block_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield some whole lines of data at a time, each with a line feed, and the first's number."""
    line, rest, has_header = 2, b"", False
    try:
        with open_content(path) as handle:
            while chunk := handle.read(block_bytes):
                data = rest + chunk
                end = data.rfind(b"\n") + 1
                rest, data = data[end:], data[:end].replace(b"\r\n", b"\n")
                if not has_header and data:
                    data, has_header = data[data.index(b"\n") + 1 :], True
                if data.endswith(b"\n\n") or data == b"\n":
                    # Empty lines end a file, or are refused with what comes after them.
                    whole = data.rstrip(b"\n") + b"\n" if data.strip(b"\n") else b""
                    rest, data = data[len(whole) :] + rest, whole
                if data:
                    yield data, line
                    line += data.count(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DeliveryRefusedError(
            f"{path.name}, after line {line - 1:,}: the packed file is cut off or damaged; pack "
            "it again and send it again"
        ) from None
    if has_header and rest.strip():
        yield rest.removesuffix(b"\r") + b"\n", line
