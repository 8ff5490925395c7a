"""A bank of a few dozen donors with two shipments, and returns made for it by hand."""

import csv
import io
from collections.abc import Iterable
from datetime import date

import yaml
from tests.conftest import Warehouse
from tests.warehouse.deliveries.small_files import ENOUGH, NUMBERS, donors, draws, header

PROJECT, LABORATORY = "pfas-testicular-cancer", "toxicology_lab"
OTHER_PROJECT = "hpv-ebv-head-neck"
SENT, OF_THE_OTHER = 24, 6
"""How many tubes went to the laboratory for the project, and for another project elsewhere."""

FORM = {
    "project": PROJECT, "approval": "REK 2015/123", "laboratory": LABORATORY,
    "platform": "targeted_chemistry", "platform_version": "LC-MS/MS 2.1",
    "method": "Isotope dilution, liquid chromatography and tandem mass spectrometry",
}  # fmt: skip


def study_code(n: int) -> str:
    """Return the study code of the nth tube sent, counted from 1."""
    return f"S{n * 7919 % 100_000_000:08d}"


def lay_bank(warehouse: Warehouse, *, duplicates: Iterable[int] = (), sent: int = SENT) -> str:
    """Lay donors, draws, tubes and shipments as one delivery and return its id.

    Args:
        warehouse: Where.
        duplicates: Numbers of sent tubes that are blinded duplicates of the tube before them.
        sent: How many tubes went to the laboratory, at most 594.
    """
    rows = sent + OF_THE_OTHER
    people = max(ENOUGH, rows)
    again, tubes, shipments = set(duplicates), [], []
    for n in range(1, rows + 1):
        tubes.append({
            "tube_barcode": f"{n:010d}", "draw_id": f"D{n:08d}", "material_code": "SER",
            "volume_ul": 400, "thaw_count": 0, "freezer": "F1", "rack": "R001",
            "box": f"B{n // 96:02d}", "position": f"{'ABCDEFGH'[n % 96 // 12]}{n % 12 + 1:02d}",
            "tube_status": "stored",
        })  # fmt: skip
        of = n - 1 if n in again else n
        shipments.append({
            "study_code": study_code(n), "donor_number": f"J{of:07d}",
            "tube_barcode": f"{of:010d}", "shipped_date": "2018-09-10",
            "project_id": PROJECT if n <= sent else OTHER_PROJECT,
            "laboratory": LABORATORY if n <= sent else "serology_lab",
            "is_blinded_duplicate": str(n in again).lower(),
        })  # fmt: skip
    return warehouse.deliver(
        "2018", source="biobank", as_of=date(2018, 12, 31),
        files={
            "donors.csv": donors(NUMBERS[:people]), "draws.csv": draws(people),
            "tubes.csv": table("biobank__tubes", tubes),
            "shipments.csv": table("biobank__shipments", shipments),
        },
    )  # fmt: skip


def table(raw_name: str, rows: list[dict]) -> str:
    """Return rows as the file that the contract of a table describes."""
    columns = header(raw_name).split(";")
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def lay_return(
    warehouse: Warehouse,
    name: str,
    files: dict[str, str | bytes],
    *,
    form: dict | None = None,
    as_of: date = date(2019, 6, 30),
    supersedes: str | None = None,
) -> str:
    """Lay a return of native files with form and manifest and return its delivery id."""
    from janus_warehouse.assays.packages import write_return_manifest
    from janus_warehouse.deliveries.manifest import read_manifest

    folder = warehouse.landing / "laboratories" / name
    (folder / "returned").mkdir(parents=True)
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        target = folder / "returned" / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    (folder / "return.yaml").write_text(yaml.safe_dump(FORM | (form or {})))
    manifest = write_return_manifest(folder, collection="janus", as_of=as_of, supersedes=supersedes)
    return read_manifest(manifest.read_text(), str(manifest)).delivery_id


def chemicals(
    codes: Iterable[str], analytes: Iterable[str] = ("PFOA", "PFOS"), *, lod: str = "0.1"
) -> str:
    """Return a long csv of two chemicals for each code; no two values are alike."""
    lines = ["SampleID,Analyte,Result,Unit,LOD,Plate,Well,RunDate"]
    for n, code in enumerate(codes):
        well = f"{'ABCDEFGH'[n % 96 // 12]}{n % 12 + 1:02d}"
        for k, analyte in enumerate(analytes):
            value = f"{1 + n * 0.13 + k * 5:.2f}"
            lines.append(f"{code},{analyte},{value},ng/mL,{lod},P001,{well},2019-03-04")
    return "\n".join(lines) + "\n"
