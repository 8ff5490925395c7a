"""What a corrected return changes: cells counted by analyte, plate and kind of change.

Cells in PostgreSQL are compared by the mart `fct_assay_corrections`, those in the lake here, when
somebody asks.
"""

from dataclasses import dataclass, field
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


_IN_LAKE = "select 1 from ops.lake_appends where delivery_id = %s"


class NothingCorrectedError(WarehouseError):
    """The delivery corrects no other, or the marts do not know it yet."""


@dataclass(frozen=True)
class Corrections:
    """The differences between a return and the one that it corrects, as counts.

    `rows` holds analyte, plate (or None), kind of change, cells and samples. Of a return in the
    lake plates are not told apart, the rows are in the order of their cells, and `samples` holds
    sample, kind of change and cells; of others it is empty.
    """

    delivery_id: str
    corrected_delivery_id: str
    rows: list[tuple[str, str | None, str, int, int]]
    is_in_lake: bool = False
    samples: list[tuple[str, str, int]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the counts for programs."""
        names = ("analyte_code", "plate_id", "change_kind", "cells", "samples")
        of_samples = ("sample_code", "change_kind", "cells")
        return {
            "delivery_id": self.delivery_id,
            "corrected_delivery_id": self.corrected_delivery_id,
            "changes": [dict(zip(names, row, strict=True)) for row in self.rows],
            "samples": [dict(zip(of_samples, row, strict=True)) for row in self.samples],
        }


def corrections_of(delivery_id: str) -> Corrections:
    """Return what a corrected return changes; no value is told, those stand in mart and lake.

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
        is_in_lake = connection.execute(_IN_LAKE, [delivery_id]).fetchone() is not None
        rows = [] if is_in_lake else connection.execute(_COUNTS, [delivery_id]).fetchall()
    if is_in_lake:
        return _of_lake(delivery_id, corrected.delivery_id)
    return Corrections(delivery_id, corrected.delivery_id, rows)


def _of_lake(delivery_id: str, corrected: str) -> Corrections:
    from janus_warehouse.assays.lake.comparing import changes_between

    changes = changes_between(corrected, delivery_id)
    if changes is None:
        raise NothingCorrectedError(
            f"{delivery_id} is in the lake and {corrected}, which it corrects, is not, or is of "
            "another platform: there is nothing to compare it with"
        )
    return Corrections(
        delivery_id, corrected, is_in_lake=True, samples=changes.samples.rows(),
        rows=[(analyte, None, kind, cells, samples)
              for analyte, kind, cells, samples in changes.analytes.iter_rows()],
    )  # fmt: skip
