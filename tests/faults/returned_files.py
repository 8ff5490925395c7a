"""A small bank that has sent two plates to a laboratory, and the laboratory's results of them."""

import hashlib
from dataclasses import dataclass
from datetime import date

import polars as pl
from tests.warehouse.assays.bank_of_returns import (
    LABORATORY,
    OTHER_PROJECT,
    PROJECT,
    lay_return,
    table,
)
from tests.warehouse.deliveries.small_files import donors, draws

WELLS = 24
"""Samples on each of the two plates; every sixth is a blinded duplicate, on the first plate of the
sample before it, on the second of that before this one."""

SENT, OF_THE_OTHER, ELSEWHERE = 2 * WELLS, 4, 2
ANALYTES = {"PFOA": 2.6, "PFOS": 18.0, "PFHXS": 0.9, "PFNA": 0.5}
"""What is usual, in ng/mL."""

MORE_ANALYTES = ANALYTES | {"PFDA": 0.2, "PFUNDA": 0.11, "PFHPA": 0.3, "PFBS": 0.4}


def code(n: int) -> str:
    """Return the study code of the nth tube, from 1; no two are one letter apart."""
    return f"S{n * 1_234_577 % 100_000_000:08d}"


def tube(n: int) -> int:
    """Return the tube of the nth sample; a duplicate has that of an earlier one."""
    if n % 6 or n > SENT:
        return n
    return n - 1 if n <= WELLS else n - 2


def place(n: int) -> tuple[str, str]:
    """Return plate and well of the nth sample as it was sent."""
    at = (n - 1) % WELLS
    return f"P{(n - 1) // WELLS + 1:02d}", f"{'ABCDEFGH'[at // 12]}{at % 12 + 1:02d}"


def lay_bank(warehouse) -> str:
    """Lay donors, draws, tubes and shipments and return the delivery's id."""
    tubes, shipments = [], []
    for n in range(1, SENT + OF_THE_OTHER + ELSEWHERE + 1):
        tubes.append({
            "tube_barcode": f"{n:010d}", "draw_id": f"D{n:08d}", "material_code": "SER",
            "volume_ul": 400, "thaw_count": 0, "freezer": "F1", "rack": "R001", "box": "B00",
            "position": f"{'ABCDEFGH'[n % 96 // 12]}{n % 12 + 1:02d}", "tube_status": "stored",
        })  # fmt: skip
        plate, well = place(n) if n <= SENT else ("", "")
        shipments.append({
            "study_code": code(n), "donor_number": f"J{tube(n):07d}",
            "tube_barcode": f"{tube(n):010d}", "shipped_date": "2018-09-10",
            "project_id": PROJECT if not SENT < n <= SENT + OF_THE_OTHER else OTHER_PROJECT,
            "laboratory": LABORATORY if n <= SENT else "serology_lab",
            "is_blinded_duplicate": str(tube(n) != n).lower(),
            "shipment_id": "pfas-1" if n <= SENT else "others-1", "plate_id": plate, "well": well,
        })  # fmt: skip
    return warehouse.deliver(
        "2018", source="biobank", as_of=date(2018, 12, 31),
        files={
            "donors.csv": donors(), "draws.csv": draws(),
            "tubes.csv": table("biobank__tubes", tubes),
            "shipments.csv": table("biobank__shipments", shipments),
        },
    )  # fmt: skip


def _noise(*of: object) -> float:
    digest = hashlib.sha256(" ".join(map(str, of)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def results(analytes: dict[str, float] = ANALYTES, unit: str = "ng/mL") -> pl.DataFrame:
    """Return clean results of all that was sent; duplicates agree within two percent."""
    rows = []
    for n in range(1, SENT + 1):
        plate, well = place(n)
        for analyte, usual in analytes.items():
            value = (
                usual * (0.3 + 2 * _noise(tube(n), analyte)) * (0.99 + 0.02 * _noise(n, analyte))
            )
            rows.append((n, code(n), analyte, f"{value:.4f}", unit, "0.05", plate, well))
    return pl.DataFrame(
        rows, orient="row",
        schema=["n", "SampleID", "Analyte", "Result", "Unit", "LOD", "Plate", "Well"],
    ).with_columns(RunDate=pl.lit("2019-03-04"))  # fmt: skip


def text(frame: pl.DataFrame) -> str:
    """Return results as the laboratory's file."""
    return frame.drop("n", strict=False).write_csv()


def of(n: int) -> pl.Expr:
    """Return the condition of the results of the nth sample."""
    return pl.col("SampleID") == code(n)


@dataclass
class Laboratory:
    """A warehouse that knows the shipment, and how its laboratory sends returns."""

    warehouse: object

    def send(self, files: dict | pl.DataFrame, *, name: str = "one", **given):
        """Send a return and take it in; give the outcome.

        Args:
            files: Files by name, or the results of one.
            name: Of the folder.
            given: `form`, `as_of`, `supersedes`.
        """
        from janus_warehouse.deliveries import ingest

        if isinstance(files, pl.DataFrame):
            files = {"run.csv": text(files)}
        return ingest(lay_return(self.warehouse, name, files, **given))

    def quarantined(self, outcome) -> dict[str, int]:
        """Return rows in quarantine by table and rule of the gate."""
        return {
            f"{table} {rule}": rows
            for table, rule, rows in self.warehouse.query(
                "select table_name, rule_id, count(*) from quarantine.rows, "
                "unnest(rule_ids) as rule_id where delivery_id = %s and rule_id like 'gate.%%' "
                "group by 1, 2", outcome.delivery_id,
            )
        }  # fmt: skip

    def found(self, outcome) -> dict[str, tuple[str, int]]:
        """Return outcome and failing count of every rule of the gate that is broken."""
        return {
            rule: (result, failing)
            for rule, result, failing in self.warehouse.query(
                "select rule_id, outcome, rows_failing from ops.check_results "
                "where run_id = %s and subject = 'return' and rows_failing > 0",
                outcome.delivery_id,
            )
        }

    def report(self, outcome):
        """Return the document of a return's report."""
        import json

        folder = self.warehouse.home / "reports" / "assays" / outcome.delivery_id
        assert (folder / "report.html").exists()
        return json.loads((folder / "report.json").read_text())

    def told(self, outcome, rule: str) -> str:
        """Return what the report tells about a rule that does not refuse."""
        [one] = [entry for entry in self.report(outcome)["to_do"] if entry["rule_id"] == rule]
        return f"{one['told']} {one['mend']}"
