"""Deliveries: from the landing zone into raw, checked, every row accounted for."""

from janus_warehouse.deliveries.decisions import decide
from janus_warehouse.deliveries.engine import Outcome, check, ingest, load, retry, settle
from janus_warehouse.deliveries.landing import find_deliveries, scan_landing
from janus_warehouse.deliveries.manifest import write_manifest

__all__ = [
    "Outcome", "check", "decide", "find_deliveries", "ingest", "load", "retry", "scan_landing",
    "settle", "write_manifest",
]  # fmt: skip
