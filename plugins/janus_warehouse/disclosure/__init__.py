"""The one guard between counts and the outside: small counts never leave."""

from janus_warehouse.disclosure.small_counts import (
    TOTAL,
    DisclosureError,
    SafeTable,
    safe_count,
    suppress_small_counts,
)

__all__ = ["TOTAL", "DisclosureError", "SafeTable", "safe_count", "suppress_small_counts"]
