"""Polars frames as the bytes that COPY reads."""

import io

import polars as pl

EXACT_INTEGERS = 1e15
"""Below this every whole number is exact in a double and is written without a fraction."""


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame's rows as UTF-8 csv without header; null is an empty field."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=False, null_value="", quote_style="necessary")
    return buffer.getvalue()


def number_texts(values: pl.Series) -> pl.Series:
    """Return doubles as text: whole ones as integers, others in the fewest exact digits.

    NaN and null are null. `1.0` becomes `1`, so that the text fits an integer column too.
    """
    numbers = values.cast(pl.Float64).fill_nan(None)
    whole = (numbers == numbers.round(0)) & (numbers.abs() < EXACT_INTEGERS)
    integers = numbers.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
    texts = numbers.cast(pl.String)
    return texts.zip_with(~whole.fill_null(False), integers).alias(values.name)


def trimmed(texts: pl.Expr) -> pl.Expr:
    """Return text without spaces at its end; text of nothing but spaces is null."""
    bare = texts.str.strip_chars_end(" ")
    return pl.when(bare != "").then(bare)
