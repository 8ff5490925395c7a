"""What a corrected return changes: cells counted by analyte, plate and kind of change."""

from dataclasses import dataclass
from typing import Any

from janus_warehouse.errors import WarehouseError
from janus_warehouse.platform.database import Role, connect

_COUNTS = """
select analyte_code, plate_id, change_kind, count(*), count(distinct sample_code)
from marts.fct_assay_corrections
where delivery_id = %s
group by analyte_code, plate_id, change_kind
order by analyte_code, plate_id nulls first, change_kind
"""


class NothingCorrectedError(WarehouseError):
    """The delivery corrects no other, or the marts do not know it yet."""


@dataclass(frozen=True)
class Corrections:
    """The differences between a return and the one that it corrects, as counts.

    `rows` holds analyte, plate (or None), kind of change, cells and samples.
    """

    delivery_id: str
    corrected_delivery_id: str
    rows: list[tuple[str, str | None, str, int, int]]

    def document(self) -> dict[str, Any]:
        """Return the counts for programs."""
        names = ("analyte_code", "plate_id", "change_kind", "cells", "samples")
        return {
            "delivery_id": self.delivery_id,
            "corrected_delivery_id": self.corrected_delivery_id,
            "changes": [dict(zip(names, row, strict=True)) for row in self.rows],
        }


def corrections_of(delivery_id: str) -> Corrections:
    """Return what a corrected return changes; no value is told, those stand in the mart.

    Raises:
        NothingCorrectedError: It corrects nothing that had entered.
        UnknownDeliveryError: The ledger has no such delivery.
    """
    from janus_warehouse.deliveries import ledger

    with connect(Role.reader) as connection:
        delivery = ledger.get(connection, delivery_id)
        if delivery.supersedes is None:
            raise NothingCorrectedError(
                f"{delivery_id} corrects no other return: its manifest has nothing under supersedes"
            )
        corrected = ledger.get(connection, delivery.supersedes)
        # A correction that was corrected in its turn still tells what it changed.
        is_in = delivery.state in ("accepted", "superseded")
        if not is_in or corrected.state != "superseded":
            raise NothingCorrectedError(
                f"{delivery_id} is {delivery.state} and {corrected.delivery_id}, which it "
                f"corrects, is {corrected.state}: there is something to compare once the "
                "correction has been accepted"
            )
        rows = connection.execute(_COUNTS, [delivery_id]).fetchall()
    return Corrections(delivery_id, corrected.delivery_id, rows)
