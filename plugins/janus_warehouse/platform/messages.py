"""What a database says of an error, without the values that it quotes."""

import re

_NAMED = (
    "collation|column|columns|constraint|database|domain|extension|function|index|language|model|"
    "operator|procedure|relation|role|schema|sequence|table|trigger|type|view"
)
_NAME_OR_QUOTE = re.compile(
    rf"(?P<name>\b(?:{_NAMED})[ ]\"[a-z_][a-z0-9_.$]*\")|[\"«»„“”]", re.IGNORECASE | re.ASCII
)
_LAST_QUOTE = re.compile(r".*[\"«»„“”]", re.DOTALL)
_FURTHER = re.compile(
    r"^[ \t]*(?:DETAIL|CONTEXT|HINT|QUERY|LINE \d+|Failing row|compiled code at)\b",
    re.IGNORECASE | re.MULTILINE,
)


def without_values(message: str) -> str:
    """Return a database message without what it tells of rows: keys, failing rows, literals.

    Kept are the names that say where the fault is, such as `column "sex_code"`. A value is not
    escaped in a message: it may hold quotes, line breaks and words that look like the next part.
    So from the first quote that does not open a name, all is blanked as far as the last one.
    """
    blanked = _without_quoted(message)
    further = _FURTHER.search(blanked)
    kept = blanked[: further.start()] if further else blanked
    return "\n".join(line.rstrip() for line in kept.splitlines() if line.strip())


def _without_quoted(message: str) -> str:
    for found in _NAME_OR_QUOTE.finditer(message):
        if found["name"] is None:
            rest = message[found.end() :]
            last = _LAST_QUOTE.match(rest)
            return f'{message[: found.start()]}"…"{rest[last.end() :] if last else ""}'
    return message
