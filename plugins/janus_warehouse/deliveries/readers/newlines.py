"""Line breaks: COPY wants one style throughout a file, senders do not always keep to one."""

import re
from collections.abc import Iterator

LINE_BREAK = re.compile(rb"\r\n|\r|\n")


def even_newlines(chunks: Iterator[bytes], quote: bytes) -> Iterator[bytes]:
    """Yield the chunks with one style of line break outside quotes: that of the first row.

    A chunk that already keeps to the style is passed on untouched, which costs one or two
    searches. Line breaks inside quotes are data and stay as they are. A lone carriage
    return outside quotes is taken for a line break.
    """
    style = b""
    inside = False
    for chunk in chunks:
        style = style or _first_style(chunk, quote, inside)
        if not _keeps(chunk, style):
            yield _rewrite(chunk, style or b"\n", quote, inside)
        else:
            yield chunk
        inside ^= chunk.count(quote) % 2 == 1


def _first_style(chunk: bytes, quote: bytes, inside: bool) -> bytes:
    """Return the style of the first line break outside quotes; a lone return counts as lf."""
    start = 0
    for found in LINE_BREAK.finditer(chunk):
        inside ^= chunk.count(quote, start, found.start()) % 2 == 1
        if not inside:
            return b"\r\n" if found.group() == b"\r\n" else b"\n"
        start = found.end()
    return b""


def _keeps(chunk: bytes, style: bytes) -> bool:
    if b"\r" not in chunk:
        return style != b"\r\n" or b"\n" not in chunk
    if style != b"\r\n":
        return False
    pairs = chunk.count(b"\r\n")
    return pairs == chunk.count(b"\r") == chunk.count(b"\n")


def _rewrite(chunk: bytes, style: bytes, quote: bytes, inside: bool) -> bytes:
    parts = chunk.split(quote)
    for number in range(1 if inside else 0, len(parts), 2):
        plain = parts[number].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        parts[number] = plain.replace(b"\n", style)
    return quote.join(parts)


def drop_trailing_blank_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks without empty lines at the very end of the file.

    Editors and spreadsheets leave them; COPY would take each for a row with too few columns.
    Empty lines between rows stay, and are faults.
    """
    held = b""
    any_row = False
    for chunk in chunks:
        body = chunk.rstrip(b"\r\n") if chunk[-1:] in b"\r\n" else chunk
        if not body:
            held += chunk
            continue
        any_row = True
        yield held + body if held else body
        held = chunk[len(body) :]
    if held and any_row:
        yield held[:2] if held.startswith(b"\r\n") else held[:1]
