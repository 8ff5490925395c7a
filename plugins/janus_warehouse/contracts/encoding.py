"""Letters that were read in another encoding than they were written in.

Such a text decodes without a fault, and says `BodÃ¸` where `Bodø` was meant. What gives it away
are characters that no Norwegian or English text has in those places.
"""

from janus_warehouse.contracts.document import PropertySpec

_IN_CP1252 = (
    r"\u0152\u0153\u0160\u0161\u0178\u017D\u017E\u0192\u02C6\u02DC\u2013\u2014\u2018-\u201E"
    r"\u2020-\u2022\u2026\u2030\u2039\u203A\u20AC\u2122"
)
"""What cp1252 has where Latin-1 has control characters."""

LOST = "lost"
"""The letters were replaced by U+FFFD: no encoding brings them back."""

SIGNS = {
    # Two bytes of UTF-8 read as two letters of one byte each: Ø is C3 98, Å is C3 85.
    "utf-8": rf"[\u00C2\u00C3][\u0080-\u00BF{_IN_CP1252}]",
    # Ø, Æ and Å of DOS (9D, 92, 8F) are control characters in Latin-1, and daggers and the like
    # in cp1252.
    "cp865 or cp850 (DOS)": r"[\u0080-\u009F]|[a-z][\u2020\u203A]|[\u2020\u203A][a-z]",
    # And the reverse: Ø, Æ, Å (D8, C6, C5) draw boxes in DOS; ø is a degree sign, æ a micro sign.
    "latin-1": (
        r"[\u2500-\u257F]|[a-z]\u00B0|(^|[^0-9 ])\u00B0[a-z]|[A-Za-z][\u00B5\u00D5\u03C3][A-Za-z]"
        r"|[A-Z][\u00CF\u00E3][A-Z]|(^| )[\u00CF\u00E3][A-Za-z]"
    ),
    "mac-roman": (
        r"[A-Za-z][\u00BF\u00BE\u00AF\u00AE][A-Za-z]|[a-z]\u00BF|(^| )[\u00AF\u00AE\u00BE][a-z]"
    ),
    LOST: r"\uFFFD",
}
"""Regular expression, for PostgreSQL and for Python, by what the text was written in."""
_PLAIN = r"\u0001-~ÆØÅæøåÄÖÜäöüÉéèêóòôáàúùíñçß"
"""Letters of ordinary text that are part of no sign."""


def is_free_text(column: PropertySpec) -> bool:
    """Tell whether a column holds words: codes, patterns and identifiers are judged by theirs."""
    return (
        column.physical_type == "text"
        and column.classification != "identifier"
        and not column.custom_properties.codes
        and not column.logical_type_options.pattern
    )


def misread(text: str) -> str:
    """Return the SQL condition that a text was read in another encoding than it was written in.

    Args:
        text: SQL of the text. Nearly every cell is plain, which two lengths tell, or the letters
            that it may have; the signs are asked of what is left (0.1, 0.6 and 5 s a million).
    """
    return (
        f"octet_length({text}) > length({text}) and {text} ~ '[^{_PLAIN}]' "
        f"and {text} ~ '{'|'.join(SIGNS.values())}'"
    )
