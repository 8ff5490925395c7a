"""Writing random delimited files, and reading a stream back as the server would."""

import csv
import gzip
import io
from pathlib import Path
from types import SimpleNamespace

from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import CopyStream


def cells(encoding: str = "utf-8") -> st.SearchStrategy[str]:
    """Return texts a cell may hold: no NUL, no lone carriage return, encodable."""
    codec = encoding if encoding in ("utf-8", "latin-1") else "ascii"
    characters = st.characters(codec=codec, exclude_characters="\0\r", exclude_categories=["Cs"])
    return st.text(characters, max_size=12)


def tables(encoding: str = "utf-8") -> st.SearchStrategy[list[list[str]]]:
    """Return tables of two to four columns, with no row that is an empty line."""
    return st.integers(2, 4).flatmap(
        lambda width: st.lists(
            st.lists(cells(encoding), min_size=width, max_size=width), min_size=1, max_size=8
        )
    )


def written(
    rows: list[list[str]],
    *,
    delimiter: str = ",",
    quote: str = '"',
    encoding: str = "utf-8",
    newline: str = "\n",
) -> bytes:
    """Return the rows as a sender's program would write them, header first."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quotechar=quote, lineterminator=newline)
    writer.writerow([f"column_{number}" for number in range(len(rows[0]))])
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


def received(stream: CopyStream) -> list[list[str]]:
    """Return the rows of a stream, read by the options that it gives to COPY."""
    options = dict(
        option.strip().split(" ", 1) for option in stream.copy_options.split(", ") if option.strip()
    )
    decoded = b"".join(stream.chunks).decode(
        {"UTF8": "utf-8", "LATIN1": "latin-1", "WIN1252": "cp1252"}[_unquoted(options["ENCODING"])]
    )
    reader = csv.reader(
        io.StringIO(decoded, newline=""),
        delimiter=_unquoted(options["DELIMITER"]),
        quotechar=_unquoted(options["QUOTE"]),
    )
    return list(reader)


def _unquoted(literal: str) -> str:
    if literal.startswith("E'\\x"):
        return chr(int(literal[4:6], 16))
    return literal[1:-1].replace("''", "'")


def column(name: str, position: tuple[int, int] | None = None, header: str | None = None):
    """Return what the readers look at in a contract's column."""
    return SimpleNamespace(name=name, physical_name=header or name, position=position)


def contract(*columns) -> SimpleNamespace:
    """Return what the readers look at in a contract."""
    return SimpleNamespace(columns=columns)


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file, compressed when its name says so, and return its path."""
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path
