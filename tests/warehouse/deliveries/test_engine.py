"""The engine: what comes in is accepted, quarantined or refused, and the three add up."""

from janus_warehouse.deliveries import find_deliveries, ingest


def test_smoke(warehouse):
    pass
