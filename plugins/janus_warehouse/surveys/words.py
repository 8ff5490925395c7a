"""The words of an expression in a rule file: which of them are columns.

An expression is SQL over the columns of one row. It is not parsed in full, but no word in it
stays unknown: text in quotes, numbers, functions (a word before a bracket), the words of SQL
listed here, and columns.
"""

import re

_QUOTED = re.compile(r"'(?:[^']|'')*'")
_BRACED = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"(?<![\w.:'])[a-z_][a-z0-9_]*\b(?!\s*\()", re.IGNORECASE)
_CAST = re.compile(r"::\s*[a-z]+(?:\s+precision)?", re.IGNORECASE)
SQL_WORDS = frozenset(
    ("and", "or", "not", "in", "is", "null", "between", "like", "case", "when", "then", "else",
     "end", "date", "true", "false", "distinct", "from", "year", "month", "day", "interval")
)  # fmt: skip


def braced(expression: str) -> set[str]:
    """Return the names in braces."""
    return set(_BRACED.findall(_QUOTED.sub("", expression)))


def unknown_words(expression: str, columns: set[str]) -> set[str]:
    """Return the words outside braces that are neither SQL nor one of the columns."""
    return {word for word in _words(expression) if word not in columns}


def named_columns(expression: str, columns: set[str]) -> set[str]:
    """Return the columns that an expression names, in braces or bare."""
    return (braced(expression) | set(_words(expression))) & columns


def _words(expression: str) -> list[str]:
    bare = _CAST.sub(" ", _BRACED.sub(" ", _QUOTED.sub(" ", expression)))
    return [word for word in _WORD.findall(bare) if word.lower() not in SQL_WORDS]
