"""One delivered file of any format as rows that PostgreSQL's COPY reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from janus_warehouse.errors import ContractError


@dataclass(frozen=True)
class CopyStream:
    """A file on its way into `COPY … FROM STDIN`.

    Attributes:
        columns: Names as the file has them, in the file's order; without a header, the
            contract's.
        copy_options: What stands between the brackets of the COPY statement.
        chunks: The data rows, about 1 MiB at a time; header and byte order mark are gone.
        first_line: Line of the file, counted from 1, on which the first data row stands. Row
            `n`, counted from 0, came from line `first_line + n` unless fields hold line breaks.
    """

    columns: list[str]
    copy_options: str
    chunks: Iterator[bytes]
    first_line: int


def open_stream(source: Any, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the rows of a delivered file, ready for COPY, read as they are asked for.

    Args:
        source: Path, fsspec address or fsspec file; a name ending in `.gz` is decompressed.
        file_format: The contract's `format` mapping.
        contract: Gives the columns of a file without header and the positions of a
            fixed-width file; each column has `name`, `physical_name` and `position`.

    Raises:
        ContractError: The format's kind is unknown or lacks what that kind needs.
        DeliveryRefusedError: The file cannot be read as the format says. It may also be
            raised while the chunks are read; the message is fit for the sender.
    """
    kind = file_format.get("kind", "csv")
    if kind == "csv":
        from janus_warehouse.deliveries.readers.csv_file import open_csv as reader
    elif kind == "fixed_width":
        from janus_warehouse.deliveries.readers.fixed_width import open_fixed_width as reader
    elif kind == "xpt":
        from janus_warehouse.deliveries.readers.xpt import open_xpt as reader
    elif kind == "parquet":
        from janus_warehouse.deliveries.readers.parquet import open_parquet as reader
    elif kind == "assay":
        from janus_warehouse.deliveries.readers.returned import open_returned as reader
    else:
        raise ContractError(
            f"format.kind: expected csv, fixed_width, xpt, parquet or assay, found {kind!r}"
        )
    return reader(source, file_format, contract)


def wanted_columns(found: list[str], file_format: Mapping[str, Any], contract: Any) -> list[str]:
    """Return the columns worth reading: all, or the contract's when it ignores others."""
    if contract is None or file_format.get("extra_columns") != "ignore":
        return found
    known = {column.physical_name or column.name for column in contract.columns}
    return [name for name in found if name in known]
