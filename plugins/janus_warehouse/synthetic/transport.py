"""Writing SAS transport files (version 5) with the same bytes every time.

The usual writers put the time of writing into the header. Here it is fixed.

Source:
    SAS Institute, "Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport (XPORT)
    Format", TS-140.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_RECORD = 80
_WHEN = b"01JAN02:00:00:00"
_SAS_EPOCH = -3653
"""1960-01-01 in days since 1970-01-01."""
_NUMBER_BYTES = 8
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class TransportColumn:
    """A column of the file: its name (8 characters at most), its label, its width if text."""

    name: str
    label: str
    text_width: int | None = None
    is_date: bool = False

    @property
    def bytes(self) -> int:
        return self.text_width or _NUMBER_BYTES


def transport_chunks(
    frame: pl.DataFrame, columns: list[TransportColumn], name: str
) -> Iterator[bytes]:
    """Yield the bytes of a transport file.

    Args:
        frame: Text columns as strings, dates as days since 1970-01-01, others as numbers; null
            is SAS's missing value.
        columns: The columns in order, named like those of `frame`.
        name: Name of the data set, 8 characters at most.
    """
    yield _header(columns, name)
    written = 0
    for start in range(0, frame.height, _ROWS_AT_ONCE):
        part = frame.slice(start, _ROWS_AT_ONCE)
        cells = [_cells(part[column.name], column) for column in columns]
        block = np.concatenate(cells, axis=1).tobytes()
        written += len(block)
        yield block
    yield b" " * (-written % _RECORD)


def ibm_bytes(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return IBM System/360 doubles, shape (n, 8); NaN is SAS's missing value."""
    missing = np.isnan(numbers)
    fraction, exponent = np.frexp(np.where(missing, 0, np.abs(numbers)))
    sixteens = -(-exponent // 4)
    # fraction * 2**exponent = mantissa * 16**sixteens, and 2**56 makes the mantissa whole.
    mantissa = np.ldexp(fraction, exponent - 4 * sixteens + 56).astype(np.uint64)
    sign = (np.signbit(numbers) & ~missing).astype(np.uint64) << np.uint64(63)
    power = (sixteens + 64).astype(np.uint64) << np.uint64(56)
    words = np.where(mantissa == 0, np.uint64(0), sign | power | mantissa)
    words = np.where(missing, np.uint64(ord(".")) << np.uint64(56), words)
    return words.astype(">u8").view(np.uint8).reshape(-1, _NUMBER_BYTES)


def _cells(values: pl.Series, column: TransportColumn) -> npt.NDArray[np.uint8]:
    if column.text_width:
        texts = values.fill_null("").str.pad_end(column.text_width, " ").str.join("")
        data = np.frombuffer(texts.item().encode("latin-1"), np.uint8)
        return data.reshape(-1, column.text_width)
    numbers = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return ibm_bytes(numbers - _SAS_EPOCH if column.is_date else numbers)


def _header(columns: list[TransportColumn], name: str) -> bytes:
    title = name.upper().encode("ascii").ljust(8)
    records = [
        _mark("LIBRARY", "0" * 30),
        b"SAS     SAS     SASLIB  9.1     SYNTHETI".ljust(64) + _WHEN,
        _WHEN.ljust(_RECORD),
        _mark("MEMBER ", "000000000000000001600000000140"),
        _mark("DSCRPTR", "0" * 30),
        (b"SAS     " + title + b"SASDATA 9.1     SYNTHETI").ljust(64) + _WHEN,
        _WHEN.ljust(_RECORD),
        _mark("NAMESTR", f"{len(columns):010d}".ljust(30, "0")),
    ]
    offset, names = 0, b""
    for number, column in enumerate(columns, 1):
        names += _name_record(column, number, offset)
        offset += column.bytes
    names += b" " * (-len(names) % _RECORD)
    return b"".join(records) + names + _mark("OBS    ", "0" * 30)


def _mark(kind: str, digits: str) -> bytes:
    return f"HEADER RECORD*******{kind} HEADER RECORD!!!!!!!{digits}".encode("ascii").ljust(_RECORD)


def _name_record(column: TransportColumn, number: int, offset: int) -> bytes:
    kind = 2 if column.text_width else 1
    sas_format = b"DATE" if column.is_date else b""
    return struct.pack(
        ">hhhh8s40s8shhh2s8shhl52s",
        kind, 0, column.bytes, number, column.name.encode("ascii").ljust(8),
        column.label.encode("latin-1", "replace")[:40].ljust(40), sas_format.ljust(8),
        9 if column.is_date else 0, 0, 0, b"\0\0", b" " * 8, 0, 0, offset, b"\0" * 52,
    )  # fmt: skip
