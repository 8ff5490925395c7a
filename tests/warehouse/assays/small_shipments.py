"""A shipment of the small bank: the list of tubes, and making it."""

from pathlib import Path

from tests.warehouse.assays.small_bank import LABORATORY, PROJECT

CASES_EACH, CONTROLS_EACH = 1, 2


def write_tubes(path: Path, sets: int = 10, *, first: int = 1) -> Path:
    """Write a list of tubes: sets of one case and two controls, the case first."""
    lines = ["tube_barcode,set_number,status"]
    for n in range(sets * 3):
        status = "control" if n % 3 else "case"
        lines.append(f"{first + n:010d},{n // 3 + 1},{status}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def request(tubes: Path, **changes):
    """Return a request for a shipment of the small bank's project."""
    from janus_warehouse.assays.shipments import Design, Request

    asked = {
        "project_id": PROJECT, "laboratory": LABORATORY, "platform": "targeted_chemistry",
        "tubes": tubes, "design": Design(seed=1953), "seed_was_given": True,
        "volume_ul": 100, "is_thawed": True,
    }  # fmt: skip
    return Request(**(asked | changes))
