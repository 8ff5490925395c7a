"""The one guard between counts and the outside: small counts never leave."""

from janus_warehouse.disclosure.codes import (
    CODE_FORM,
    LONG_NUMBER,
    SHOWN_CODES,
    may_be_named,
)
from janus_warehouse.disclosure.small_counts import (
    TOTAL,
    DisclosureError,
    SafeTable,
    safe_count,
    suppress_small_counts,
)

__all__ = [
    "CODE_FORM",
    "LONG_NUMBER",
    "SHOWN_CODES",
    "TOTAL",
    "DisclosureError",
    "SafeTable",
    "may_be_named",
    "safe_count",
    "suppress_small_counts",
]
