"""The history of one tube: where it stood, what was taken, where it was sent, what is in doubt."""

from dataclasses import dataclass
from typing import Any

from janus_warehouse.assays.marts import Row, reading_marts, rows
from janus_warehouse.assays.tubes.errors import UnknownTubeError

_TUBE = """
select tube_barcode, draw_id, material_code, volume_ul, thaw_count, tube_status,
    nullif(concat_ws(' ', freezer, rack, box, position), '') as place, parent_barcode
from marts.dim_tubes
where tube_barcode = %(barcode)s
"""

_MOVEMENTS = """
select movement_date, movement_kind, movement_source, place_before, place_after, status_before,
    status_after, volume_before_ul, volume_after_ul, volume_used_ul, thaws_before, thaws_after,
    parent_barcode, project_id, laboratory, study_code, finding_code, delivery_id
from marts.fct_tube_movements
where tube_barcode = %(barcode)s
order by movement_date, array_position(
    array['first_seen', 'aliquoted', 'sent', 'issued', 'thawed', 'volume_fell'], movement_kind
) nulls last, movement_kind, study_code
"""

_FINDINGS = """
select finding_code, found_date, study_code, project_id, finding_detail
from marts.fct_tube_findings
where tube_barcode = %(barcode)s
order by found_date, finding_code, study_code
"""

_ALIQUOTS = """
select tube_barcode from marts.dim_tubes where parent_barcode = %(barcode)s order by 1
"""


@dataclass(frozen=True)
class TubeHistory:
    """What is known of one tube; `tube` is empty when it has left the inventory."""

    barcode: str
    tube: Row
    movements: tuple[Row, ...]
    findings: tuple[Row, ...]
    aliquots: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as the document that `--json` prints."""
        return {
            "tube_barcode": self.barcode,
            "tube": self.tube,
            "aliquots": list(self.aliquots),
            "movements": list(self.movements),
            "findings": list(self.findings),
        }


def tube_history(barcode: str) -> TubeHistory:
    """Return the history of a tube.

    Raises:
        UnknownTubeError: No inventory ever had the tube.
        NotAvailableError: No database answers, or the marts have not been built.
    """
    asked = {"barcode": barcode}
    with reading_marts("tubes") as connection:
        found = rows(connection, _TUBE, asked)
        movements = rows(connection, _MOVEMENTS, asked)
        findings = rows(connection, _FINDINGS, asked)
        aliquots = rows(connection, _ALIQUOTS, asked)
    if not found and not movements:
        raise UnknownTubeError(
            f"expected a barcode of the inventory, found none like the {len(barcode)} characters "
            "given; a barcode has ten digits"
        )
    return TubeHistory(
        barcode, found[0] if found else {}, tuple(movements), tuple(findings),
        tuple(row["tube_barcode"] for row in aliquots),
    )  # fmt: skip
