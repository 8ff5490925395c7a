"""Which delivered codes a message or a report may name.

A code that no list has must be told, or nobody can mend the list. It says nothing of a person
when enough rows have it and it looks like a code.
"""

import re

from janus_warehouse.platform.settings import get_settings

CODE_FORM = "[A-Za-z0-9]{1,12}"
LONG_NUMBER = "[0-9]{9}"
"""Nine digits in a row may be most of a person's number that slipped into the column."""
SHOWN_CODES = 10
"""How many codes are named at most."""


def may_be_named(code: str, rows: int) -> bool:
    """Tell whether a delivered code may be named with the number of rows that have it."""
    return (
        rows >= get_settings().small_cell_minimum
        and re.fullmatch(CODE_FORM, code) is not None
        and re.search(LONG_NUMBER, code) is None
    )
