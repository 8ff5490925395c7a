"""A shipment of the small bank: the list of tubes, and making it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.warehouse.assays.bank_of_returns import LABORATORY, PROJECT


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


def results(sent: Sequence[dict[str, str]], tube_of: dict[str, str]) -> str:
    """Return a long csv of two chemicals, measured today in the wells where the samples stood.

    Args:
        sent: Lines of the laboratory's list of samples.
        tube_of: The tube of each code: samples of one tube have nearly the same results.
    """
    day = datetime.now(UTC).date()
    lines = ["SampleID,Analyte,Result,Unit,LOD,Plate,Well,RunDate"]
    for n, row in enumerate(sent):
        for k, analyte in enumerate(("PFOA", "PFOS")):
            value = f"{1 + int(tube_of[row['study_code']]) * 0.13 + k * 5 + n * 0.001:.3f}"
            place = f"{row['plate_id']},{row['well']},{day}"
            lines.append(f"{row['study_code']},{analyte},{value},ng/mL,0.1,{place}")
    return "\n".join(lines) + "\n"
