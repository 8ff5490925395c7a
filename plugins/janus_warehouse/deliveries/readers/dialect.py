"""What a contract says about a text file, and how to say the same to PostgreSQL's COPY."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from janus_warehouse.errors import ContractError

NO_QUOTE = "\x01"
"""COPY insists on a quote character; one that no text holds stands for "no quotes"."""

SERVER_ENCODINGS = {
    "utf-8": "UTF8",
    "utf-8-sig": "UTF8",
    "ascii": "SQL_ASCII",
    "iso8859-1": "LATIN1",
    "iso8859-2": "LATIN2",
    "iso8859-4": "LATIN4",
    "iso8859-9": "LATIN5",
    "iso8859-10": "LATIN6",
    "iso8859-13": "LATIN7",
    "iso8859-15": "LATIN9",
    "cp1250": "WIN1250",
    "cp1252": "WIN1252",
    "cp1257": "WIN1257",
    "cp866": "WIN866",
}
"""Encodings that PostgreSQL decodes itself and whose ASCII bytes are ASCII characters."""


@dataclass(frozen=True)
class Dialect:
    """How the rows of a delimited or fixed-width text file are written.

    Attributes:
        delimiter: One or more characters between two fields.
        quote: The character around fields, or None when the file has no quotes.
        encoding: Python's name of the encoding, as the sender wrote the file.
        has_header: Whether the first row holds column names.
    """

    delimiter: str
    quote: str | None
    encoding: str
    has_header: bool

    @property
    def server_encoding(self) -> str | None:
        """PostgreSQL's name of the encoding, or None when it cannot decode it."""
        if self.encoding == "ascii":
            return "UTF8"  # every ASCII file is UTF-8; anything else is found by the scan
        return SERVER_ENCODINGS.get(self.encoding)

    @property
    def server_reads_fields(self) -> bool:
        """Whether COPY can be given the delimiter and quote as they are."""
        return all(len(mark) == 1 and mark.isascii() for mark in (self.delimiter, self.copy_quote))

    @property
    def copy_quote(self) -> str:
        """The quote character for COPY, which cannot do without one."""
        return self.quote or NO_QUOTE

    @property
    def quote_byte(self) -> bytes:
        """The quote as it stands in the file; the stand-in when the file has none."""
        return self.copy_quote.encode("ascii", "replace")

    def copy_options(self) -> str:
        """Return the options of a COPY statement that reads this file's own bytes."""
        return copy_options(self.delimiter, self.copy_quote, self.server_encoding or "UTF8")


def copy_options(delimiter: str = ",", quote: str = '"', encoding: str = "UTF8") -> str:
    """Return what stands between the brackets of `COPY … FROM STDIN (…)`."""
    return (
        f"FORMAT csv, DELIMITER {_literal(delimiter)}, QUOTE {_literal(quote)}, "
        f"ENCODING {_literal(encoding)}, NULL ''"
    )


def _literal(character: str) -> str:
    if not character.isprintable():
        return f"E'\\x{ord(character):02x}'"
    return "'" + character.replace("'", "''") + "'"


def read_dialect(file_format: Mapping[str, Any]) -> Dialect:
    """Return the dialect that a contract's `format` states; csv with quotes unless it says so.

    Raises:
        ContractError: An encoding that Python does not know, or an empty delimiter.
    """
    kind = file_format.get("kind", "csv")
    stated = str(file_format.get("encoding", "utf-8"))
    try:
        encoding = codecs.lookup(stated).name
    except LookupError:
        raise ContractError(
            f"format.encoding: expected the name of a text encoding, found {stated!r}; "
            "write for example utf-8, latin-1 or cp1252"
        ) from None
    delimiter = str(file_format.get("delimiter", ","))
    if not delimiter or "\n" in delimiter or "\r" in delimiter:
        raise ContractError(
            "format.delimiter: expected one or more characters other than a line break; "
            'write for example ";" or "\\t"'
        )
    return Dialect(
        delimiter=delimiter,
        quote=file_format.get("quote", '"') or None,
        encoding=encoding,
        # Positions come from the contract, so a fixed-width file has no row of names.
        has_header=kind != "fixed_width" and bool(file_format.get("header", True)),
    )
