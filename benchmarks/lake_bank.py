"""A bank of as many donors as a matrix has samples, each with one tube that was sent out."""

from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.survey_file import identity_numbers
from janus_warehouse.contracts import load_contracts
from janus_warehouse.deliveries import write_manifest
from janus_warehouse.deliveries.manifest import read_manifest

_TABLES = ("donors", "draws", "tubes", "shipments")


def study_code(n: int) -> str:
    """Return the study code of the nth tube, from 0."""
    return f"S{(n + 1) * 7919 % 100_000_000:08d}"


def lay_bank(landing: Path, people: int, project: str, laboratory: str) -> str:
    """Lay donors, draws, tubes and shipments as one delivery and return its id."""
    folder = landing / "biobank" / "bank"
    folder.mkdir(parents=True)
    n = pl.int_range(1, people + 1, eager=True)
    text = {width: n.cast(pl.String).str.zfill(width) for width in (2, 7, 8, 10)}
    wells = pl.Series([f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)])
    columns = {
        "donor_number": "J" + text[7], "person_number": pl.Series(identity_numbers(people)),
        "sex_code": 1 + n % 2, "birth_date": "1950-05-05", "donor_group": "survey",
        "consent_status": "active", "draw_id": "D" + text[8], "draw_date": "1985-03-01",
        "survey_id": "counties_1985", "municipality_code": "0301", "tube_barcode": text[10],
        "material_code": "SER", "volume_ul": 400, "thaw_count": 0, "freezer": "F1",
        "rack": "R001", "box": "B" + (n // 96).cast(pl.String).str.zfill(2),
        "position": wells[(n % 96)], "tube_status": "stored",
        "study_code": pl.Series([study_code(k) for k in range(people)]),
        "project_id": project, "laboratory": laboratory, "shipped_date": "2018-09-10",
        "is_blinded_duplicate": "false",
    }  # fmt: skip
    for contract in load_contracts():
        if contract.source == "biobank" and contract.table in _TABLES:
            known = {c.physical_name: columns.get(c.name) for c in contract.columns}
            file = pl.select(**{name: pl.lit(value) for name, value in known.items()})
            path = folder / f"{contract.table}.csv"
            file.write_csv(path, separator=contract.format.delimiter)
    manifest = write_manifest(
        folder, source="biobank", collection="janus", as_of=date(2018, 12, 31)
    )
    return read_manifest(manifest.read_text(), str(manifest)).delivery_id
