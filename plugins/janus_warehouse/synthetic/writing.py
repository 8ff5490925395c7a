"""Writing a table as its contract says, and the manifest: hashed and counted while written."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import yaml

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.manifest import MANIFEST, DeliveredFile, Manifest, Returned
from janus_warehouse.synthetic.transport import TransportColumn, transport_chunks

_ROWS_AT_ONCE = 50_000
_STORED_BLOCK = 65_535
_EXTENSIONS = {"csv": "csv", "fixed_width": "txt", "xpt": "xpt"}


def file_name(contract: Contract, *, compressed: bool = False) -> str:
    """Return the name a table's file gets."""
    return f"{contract.table}.{_EXTENSIONS[contract.format.kind]}{'.gz' if compressed else ''}"


def write_table(
    folder: Path, contract: Contract, content: pl.DataFrame, *, compressed: bool = False
) -> DeliveredFile:
    """Write one table and return its line of the manifest.

    Args:
        folder: The delivery's folder.
        contract: Says format, headers and positions.
        content: Text columns named like the contract's, null for an empty cell; for SAS
            transport files numbers and days since 1970-01-01.
        compressed: Whether to write gzip.
    """
    name = file_name(contract, compressed=compressed)
    chunks = table_chunks(contract, content)
    if compressed:
        chunks = stored_gzip(chunks)
    digest, size = hashlib.sha256(), 0
    with (folder / name).open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return DeliveredFile(
        path=name, table=contract.table, contract=contract.version, sha256=digest.hexdigest(),
        rows=content.height, bytes=size,
    )  # fmt: skip


def write_manifest(
    folder: Path, source: str, as_of: date, files: Iterable[DeliveredFile],
    supersedes: str | None = None, returned: Returned | None = None,
) -> Manifest:  # fmt: skip
    """Write the manifest of a delivery of collection janus; the delivery is then complete."""
    manifest = Manifest(
        source=source, collection="janus", as_of=as_of, supersedes=supersedes,
        returned=returned, files=tuple(files),
    )  # fmt: skip
    text = yaml.safe_dump(manifest.model_dump(mode="python"), sort_keys=False, allow_unicode=True)
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    return manifest


def table_chunks(contract: Contract, content: pl.DataFrame) -> Iterator[bytes]:
    """Yield the bytes of a table's file in the format of its contract."""
    if contract.format.kind == "xpt":
        yield from transport_chunks(*_for_transport(contract, content), contract.table[:8])
    elif contract.format.kind == "fixed_width":
        yield from _fixed_width(contract, content)
    else:
        yield from _delimited(contract, content)


def _delimited(contract: Contract, frame: pl.DataFrame) -> Iterator[bytes]:
    form = contract.format
    headers = {column.name: column.physical_name for column in contract.columns}
    frame = frame.select(list(headers)).rename(headers)
    for start in range(0, max(frame.height, 1), _ROWS_AT_ONCE):
        buffer = io.BytesIO()
        frame.slice(start, _ROWS_AT_ONCE).write_csv(
            buffer,
            separator=form.delimiter,
            include_header=start == 0,
            # The one sender with a bar as delimiter quotes every cell.
            quote_style="always" if form.delimiter == "|" else "necessary",
        )
        yield _encoded(buffer.getvalue(), form.encoding)


def _fixed_width(contract: Contract, frame: pl.DataFrame) -> Iterator[bytes]:
    padded, end = [], 0
    for column in contract.columns:
        first, last = column.position or (0, 0)
        padded.append(pl.lit(" " * (first - end - 1)))
        padded.append(pl.col(column.name).fill_null("").str.pad_end(last - first + 1, " "))
        end = last
    for start in range(0, frame.height, _ROWS_AT_ONCE):
        lines = frame.slice(start, _ROWS_AT_ONCE).select(pl.concat_str(padded).alias("line"))
        text = lines["line"].str.join("\n").item() + "\n"
        yield text.encode(contract.format.encoding)


def _for_transport(
    contract: Contract, frame: pl.DataFrame
) -> tuple[pl.DataFrame, list[TransportColumn]]:
    columns = []
    for column in contract.columns:
        is_text = column.is_identifier
        columns.append(
            TransportColumn(
                column.physical_name, column.description, 11 if is_text else None,
                is_date=column.physical_type == "date",
            )
        )  # fmt: skip
    headers = {column.name: column.physical_name for column in contract.columns}
    return frame.select(list(headers)).rename(headers), columns


def _encoded(data: bytes, encoding: str) -> bytes:
    return data if encoding == "utf-8" else data.decode("utf-8").encode(encoding)


def stored_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield gzip whose bytes no compressor's version can change: stored, not deflated."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    check, size = 0, 0
    for chunk in chunks:
        check, size = zlib.crc32(chunk, check), size + len(chunk)
        for start in range(0, len(chunk), _STORED_BLOCK):
            block = chunk[start : start + _STORED_BLOCK]
            yield struct.pack("<BHH", 0, len(block), len(block) ^ 0xFFFF) + block
    yield struct.pack("<BHH", 1, 0, 0xFFFF)
    yield struct.pack("<II", check, size & 0xFFFFFFFF)
