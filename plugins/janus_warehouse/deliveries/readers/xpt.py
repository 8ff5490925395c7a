"""SAS transport files (XPORT version 5 and 8), decoded block by block.

Layout: SAS Institute, "Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport
(XPORT) Format" and the same for versions 8 and 9. Records of 80 bytes; numbers are IBM
System/360 hexadecimal floating point, 2 to 8 bytes long.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.deliveries.readers.dialect import copy_options, read_dialect
from janus_warehouse.deliveries.readers.frames import frame_bytes, number_texts, trimmed
from janus_warehouse.deliveries.readers.source import (
    CHUNK_BYTES,
    file_name,
    open_content,
    read_exactly,
)
from janus_warehouse.deliveries.readers.stream import CopyStream, wanted_columns
from janus_warehouse.errors import DeliveryRefusedError

RECORD = 80
_MARK = b"HEADER RECORD*******"
_EPOCH = np.datetime64("1960-01-01")
_DATE_FORMATS = ("DATE", "YYMMDD", "DDMMYY", "MMDDYY", "E8601DA", "JULIAN", "WORDDAT", "WEEKDAT")
_TIME_FORMATS = ("DATETIME", "E8601DT")
_SMALLEST = 1e-78
"""Nobody measures this: 5.397605e-79, the smallest number the format can hold, is what some
writers put for zero. The public NHANES files are known for it."""


@dataclass(frozen=True)
class Variable:
    """One column of a transport file: where it stands in a row and how it is to be read."""

    name: str
    is_number: bool
    offset: int
    length: int
    sas_format: str


@dataclass(frozen=True)
class Layout:
    """The columns of a transport file, its row length in bytes, and its rows where it says."""

    variables: list[Variable]
    row_bytes: int
    rows: int | None


def open_xpt(source: Any, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the stream of a SAS transport file; see `open_stream`.

    Missing numbers of every kind (`.`, `._`, `.A` to `.Z`) are empty fields; numbers with a
    date format are written as ISO dates; whole numbers have no fraction.
    """
    with open_content(source) as handle:
        layout = read_layout(handle, file_name(source))
    columns = wanted_columns([v.name for v in layout.variables], file_format, contract)
    wanted = [v for v in layout.variables if v.name in set(columns)]
    encoding = read_dialect(file_format).encoding
    return CopyStream(columns, copy_options(), _chunks(source, wanted, encoding), 1)


def count_rows(source: Any) -> int:
    """Return the number of rows, by reading through the file."""
    with open_content(source) as handle:
        layout = read_layout(handle, file_name(source))
        return sum(len(block) for block in _blocks(handle, layout, file_name(source)))


def read_layout(handle: BinaryIO, name: str) -> Layout:
    """Return the layout of a transport file and leave the handle at its first row.

    Raises:
        DeliveryRefusedError: Not a transport file, or one cut off in its header.
    """
    if _header_kind(_record(handle, name)) not in ("LIBRARY", "LIBV8"):
        raise _damaged(name, "something else")
    size = 140
    while (kind := _header_kind(record := _record(handle, name))) not in ("NAMESTR", "NAMSTV8"):
        if kind in ("MEMBER", "MEMBV8"):
            size = int(record[75:78])
    count = int(record[53:58])
    padded = -(-count * size // RECORD) * RECORD
    names = read_exactly(handle, padded, name)
    if len(names) < count * size:
        raise _damaged(name, "a part of one")
    while not (kind := _header_kind(record := _record(handle, name))).startswith("OBS"):
        continue
    rows = int(record[48:63]) if kind == "OBSV8" and record[48:63].strip().isdigit() else None
    variables = [_variable(names[at * size : (at + 1) * size], size) for at in range(count)]
    row_bytes = max((v.offset + v.length for v in variables), default=0)
    return Layout(variables, row_bytes, rows)


def _record(handle: BinaryIO, name: str) -> bytes:
    record = read_exactly(handle, RECORD, name)
    if len(record) < RECORD:
        raise _damaged(name, "a part of one" if record else "nothing more")
    return record


def _damaged(name: str, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        f"{name}: expected a SAS transport file (XPORT), found {found}; "
        "write it again with the XPORT engine and send it again"
    )


def _header_kind(record: bytes) -> str:
    return record[20:28].decode("ascii", "replace").strip() if record.startswith(_MARK) else ""


def _variable(entry: bytes, size: int) -> Variable:
    kind, _, length = struct.unpack(">hhh", entry[:6])
    long_name = entry[88:120].rstrip(b" \0") if size == 140 else b""
    name = (long_name or entry[8:16].rstrip(b" \0")).decode("latin-1")
    (offset,) = struct.unpack(">l", entry[84:88])
    sas_format = entry[56:64].rstrip(b" \0").decode("latin-1").upper()
    return Variable(name, kind == 1, offset, length, sas_format)


def _blocks(handle: BinaryIO, layout: Layout, name: str) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield rows as a matrix of bytes, (rows, row_bytes), without the padding at the end."""
    width = layout.row_bytes
    if not width:
        return
    step = max(CHUNK_BYTES // width, 1) * width
    held = b""
    done = 0
    while part := read_exactly(handle, step, name):
        data = held + part
        if _MARK in data:
            raise DeliveryRefusedError(
                f"{name}: expected one data set in the transport file, found a second; "
                "send one file per table"
            )
        # The last 80 bytes may be padding; they wait until the end of the file is known.
        usable = max(len(data) - RECORD, 0) // width * width
        held = data[usable:]
        if usable:
            yield np.frombuffer(data[:usable], np.uint8).reshape(-1, width)
            done += usable // width
    rows = _last_rows(held, width, layout.rows, done, name)
    if rows:
        yield np.frombuffer(held[: rows * width], np.uint8).reshape(-1, width)


def _last_rows(held: bytes, width: int, stated: int | None, done: int, name: str) -> int:
    filled = -(-len(held.rstrip(b" ")) // width)
    rows = filled if stated is None else stated - done
    if rows * width > len(held) or (stated is None and (len(held) - rows * width) >= RECORD):
        raise _damaged(name, "one cut off in a row")
    return rows


def _chunks(source: Any, wanted: list[Variable], encoding: str) -> Iterator[bytes]:
    name = file_name(source)
    with open_content(source) as handle:
        layout = read_layout(handle, name)
        for block in _blocks(handle, layout, name):
            series = [_texts(block, variable, encoding, name) for variable in wanted]
            yield frame_bytes(pl.DataFrame(series))


def _texts(block: npt.NDArray[np.uint8], variable: Variable, encoding: str, name: str) -> pl.Series:
    cells = np.ascontiguousarray(block[:, variable.offset : variable.offset + variable.length])
    if not variable.is_number:
        texts = cells.view(f"S{variable.length}").ravel()
        try:
            decoded = [text.decode(encoding) for text in texts.tolist()]
        except UnicodeDecodeError:
            raise DeliveryRefusedError(
                f"{name}: expected text in {encoding} in column {variable.name}, found bytes "
                "that are not; write the file in the encoding of the contract"
            ) from None
        frame = pl.DataFrame({"text": pl.Series(decoded, dtype=pl.String)})
        return frame.select(trimmed(pl.col("text"))).to_series().alias(variable.name)
    numbers = ibm_numbers(cells)
    if variable.sas_format.startswith(_TIME_FORMATS):
        return _moments(numbers, "s").alias(variable.name)
    if variable.sas_format.startswith(_DATE_FORMATS):
        return _moments(numbers, "D").alias(variable.name)
    return number_texts(pl.Series(variable.name, numbers))


def _moments(numbers: npt.NDArray[np.float64], unit: Literal["s", "D"]) -> pl.Series:
    missing = ~np.isfinite(numbers)
    counts = np.where(missing, 0, numbers).astype("int64").astype(f"timedelta64[{unit}]")
    instants: npt.NDArray[np.datetime64] = _EPOCH.astype(f"datetime64[{unit}]") + counts
    moments = np.datetime_as_string(instants, unit=unit)
    return pl.Series(moments.astype(object).tolist(), dtype=pl.String).set(pl.Series(missing), None)


def ibm_numbers(cells: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return IBM hexadecimal floating point numbers as doubles; missing values as NaN.

    Value = (-1)^sign × fraction × 16^(exponent - 64), with 1 bit of sign, 7 of exponent and
    the rest fraction. A missing value is one letter, `.` or `_`, and nothing but zeros.

    Args:
        cells: Bytes, shape (rows, length), length 2 to 8; shorter numbers were cut at the
            right and are filled up with zeros.
    """
    padded = np.zeros((len(cells), 8), np.uint8)
    padded[:, : cells.shape[1]] = cells
    words = padded.view(">u8").ravel().astype(np.uint64)
    fraction = words & np.uint64(0x00FF_FFFF_FFFF_FFFF)
    exponent = ((words >> np.uint64(56)) & np.uint64(0x7F)).astype(np.int32)
    numbers = np.ldexp(fraction.astype(np.float64), 4 * (exponent - 64) - 56)
    numbers[words >> np.uint64(63) == 1] *= -1
    numbers[np.abs(numbers) < _SMALLEST] = 0
    first = padded[:, 0]
    letter = (first == ord(".")) | (first == ord("_")) | ((first >= 65) & (first <= 90))
    numbers[letter & (fraction == 0)] = np.nan
    return numbers
