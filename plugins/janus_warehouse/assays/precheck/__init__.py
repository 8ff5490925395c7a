"""A check before sending: what would become of a laboratory's return, without taking it in."""

from janus_warehouse.assays.precheck.errors import NoReturnError, NothingKnownError
from janus_warehouse.assays.precheck.running import Asked, Checked, check_return

__all__ = ["Asked", "Checked", "NoReturnError", "NothingKnownError", "check_return"]
