"""Whether the SQL in a rule file is one expression over the columns of one row.

The database is the judge in the end, but it would name a line of a generated model. So what a
slip of the pen leaves is found here: quotes and brackets in pairs, values with an operator between
them, functions of one row. It is no parser: what it lets through, the build still refuses.
"""

import re
from collections.abc import Iterator

from janus_warehouse.surveys.words import SQL_WORDS

FUNCTIONS = frozenset(
    ("abs", "age", "btrim", "cast", "ceil", "ceiling", "char_length", "coalesce", "concat",
     "date_part", "exp", "extract", "floor", "greatest", "least", "left", "length", "ln", "log",
     "lower", "ltrim", "make_date", "mod", "nullif", "num_nonnulls", "num_nulls", "position",
     "power", "replace", "right", "round", "rtrim", "sign", "split_part", "sqrt", "strpos",
     "substr", "substring", "to_date", "trim", "trunc", "upper")
)  # fmt: skip
"""Functions of PostgreSQL that look at one row. One that counts or sums would need many."""

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>'(?:[^']|'')*')|(?P<name>\{\w+\})|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<cast>::\s*[a-z]+(?:\s+precision)?)|(?P<function>[a-z_]\w*(?=\s*\())|(?P<word>[a-z_]\w*)"
    r"|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<operator>\|\||<=|>=|<>|!=|!?~\*?|[-+*/%^=<>])",
    re.IGNORECASE,
)
_VALUE_WORDS = frozenset(("null", "true", "false"))
_BEGINS = frozenset(("text", "name", "number", "open", "function", "value", "case"))
_ENDS = frozenset(("text", "name", "number", "close", "value", "end"))
_JOINS = frozenset(("operator", "and", "or", "comma"))
_CLOSES = frozenset(("close", "comma", "and", "or", "then", "else", "end", "when", "nothing"))


def expression_faults(expression: str) -> list[str]:
    """Return what makes a text no SQL expression of one row, in words; nothing when it is one."""
    if "--" in expression or "/*" in expression:
        return ["expected an expression, found a comment; write it under note"]
    found = list(_tokens(expression))
    unknown = [text for kind, text in found if kind == "unknown"]
    if unknown:
        if unknown[0].startswith("'"):
            return ["expected quotes in pairs, found one that is not closed"]
        return [f"expected an expression, found {unknown[0][:1]} where none can be"]
    faults = list(_brackets(found)) + list(_neighbours(found))
    strangers = sorted(
        {text for kind, text in found if kind == "function" and text not in FUNCTIONS}
    )
    if strangers:
        faults.append(
            f"expected functions of one row, found {', '.join(strangers)}; those known are in "
            "surveys/expressions.py"
        )
    return faults


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each token; a word of SQL is a kind of its own."""
    at = 0
    while at < len(expression):
        matched = _TOKEN.match(expression, at)
        if matched is None or matched.lastgroup is None:
            yield "unknown", expression[at:]
            return
        at = matched.end()
        kind, text = matched.lastgroup, matched.group().lower()
        if kind in ("space", "cast"):
            continue
        if kind in ("word", "function") and text in _VALUE_WORDS:
            kind = "value"
        elif kind in ("word", "function") and text in SQL_WORDS:
            kind = text
        elif kind == "word":
            kind = "name"
        yield kind, text


def _brackets(tokens: list[tuple[str, str]]) -> Iterator[str]:
    depth = 0
    for kind, _ in tokens:
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            break
    if depth != 0:
        yield "expected brackets in pairs, found one too many " + (")" if depth < 0 else "(")
    cases = sum((kind == "case") - (kind == "end") for kind, _ in tokens)
    if cases:
        yield "expected `case … end`, found " + ("no end" if cases > 0 else "an end without case")


def _neighbours(tokens: list[tuple[str, str]]) -> Iterator[str]:
    """Yield where two values have no operator between them, or an operator has no value."""
    before = "nothing"
    for kind, text in [*tokens, ("nothing", "the end")]:
        if before in _ENDS and kind in _BEGINS:
            yield f"expected an operator before {text}, found none"
            return
        doubled = kind == "operator" and text not in ("-", "+")
        if before in _JOINS and (kind in _CLOSES or doubled):
            yield f"expected a value before {text}, found none"
            return
        if before in ("nothing", "open") and kind in _JOINS and text not in ("-", "+"):
            yield f"expected a value before {text}, found none"
            return
        before = kind
