"""One million long values of a laboratory through the gate into `fct_measurements`, against COPY.

The plain COPY reads the same file, typed, into a table that asks nothing. A second one reads the
rows that the mart holds in the end into a table like it, and makes its key: what they cost with
every question answered before. The return is read in the laboratory's own layout, unpacked, landed,
checked by every rule, judged as a whole and entered; then the mart is built. JANUS_BENCH_SCALE=0.1
makes a tenth of the values. The analytes are the dictionary's, of the size that is usual of each:
the gate refuses others.
"""

import csv
import math
import os
import time
from datetime import date
from pathlib import Path

import great_expectations  # noqa: F401 - its import is process start, not part of a figure
import numpy as np
import polars as pl
import yaml

from benchmarks.measure import in_new_process, record
from benchmarks.own_home import own_home
from benchmarks.survey_file import identity_numbers
from janus_warehouse.assays.packages import write_return_manifest
from janus_warehouse.contracts import load_contracts
from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.deliveries import ingest, scan_landing, write_manifest
from janus_warehouse.deliveries.manifest import read_manifest
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.warehouse.process import run_dbt

ANALYTES = 50
WELLS = 88
TOUCHED = " ".join(
    f"source:laboratories.{table}+,+fct_measurements"
    for table in ("results", "samples", "analytes")
)
"""What a build makes anew for a return, as far as the mart stands on it."""
TYPES = {
    "SampleID": "text", "Analyte": "text", "Result": "numeric", "Unit": "text", "LOD": "numeric",
    "Status": "text", "Plate": "text", "Well": "text", "Batch": "text", "RunDate": "date",
    "Method": "text",
}  # fmt: skip
KEY = "measurement_id"
PROJECT = "pfas-testicular-cancer"
FORM = {
    "project": PROJECT, "approval": "REK 2017/1422", "laboratory": "toxicology_lab",
    "platform": "targeted_chemistry", "platform_version": "LC-MS/MS 2.1", "method": "benchmark",
    "format": "long_csv",
}  # fmt: skip


def records() -> list[dict]:
    """Return the figures: into raw through the gate, into the mart, and both against COPY."""
    samples = round(20_000 * float(os.environ.get("JANUS_BENCH_SCALE", "1")))
    with own_home() as home:
        sync_contracts()
        _take_in_bank(samples)
        path, delivery = _lay_return(samples)
        _models("+fct_measurements")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in TYPES.items())
        copied = min(_copy(path, columns) for _ in range(3))
        entered, memory = in_new_process(_must_accept, delivery)
        started, built = _models(TOUCHED)
        rows = _count("marts.fct_measurements")
        finished = min(_copy(_mart_rows(home), _mart_columns(), KEY) for _ in range(3))
    if rows != samples * ANALYTES:
        raise SystemExit(f"fct_measurements has {rows:,} rows of {samples * ANALYTES:,}")
    reference, of_mart = "COPY into a typed table", "COPY of the mart's rows, and its key"
    return [
        record("returns: through the gate into raw", rows, entered, reference, copied, peak=memory),
        record("returns: dbt's start, the project parsed before", 0, started, reference, copied),
        record("returns: into fct_measurements, dbt's start included", rows, built, reference,
               copied),
        record("returns: through the gate into fct_measurements", rows, entered + built, reference,
               copied, target=3),
        record("returns: the same, against what the mart costs at least", rows, entered + built,
               of_mart, finished),
    ]  # fmt: skip


def _take_in_bank(samples: int) -> None:
    """Bring donors, draws, tubes and a shipment of all of them into the warehouse."""
    number = [f"{n:07d}" for n in range(1, samples + 1)]
    donor = ["J" + n for n in number]
    tables = {
        "donors": {
            "donor_number": donor, "person_number": [str(n) for n in identity_numbers(samples)],
            "sex_code": "1", "birth_date": "1950-05-05", "donor_group": "survey",
            "consent_status": "active",
        },
        "draws": {
            "draw_id": ["D0" + n for n in number], "donor_number": donor,
            "draw_date": "1985-03-01", "survey_id": "counties_1985", "municipality_code": "0301",
        },
        "tubes": {
            "tube_barcode": ["000" + n for n in number], "draw_id": ["D0" + n for n in number],
            "material_code": "SER", "volume_ul": "400", "thaw_count": "0", "tube_status": "issued",
        },
        "shipments": {
            "study_code": ["S0" + n for n in number], "donor_number": donor,
            "tube_barcode": ["000" + n for n in number], "project_id": PROJECT,
            "laboratory": FORM["laboratory"], "shipped_date": "2018-09-10",
            "is_blinded_duplicate": "false",
        },
    }  # fmt: skip
    folder = Path(get_settings().landing) / "biobank" / "bench"
    folder.mkdir(parents=True)
    for contract in (c for c in load_contracts() if c.source == "biobank"):
        told = pl.DataFrame(tables[contract.table])
        names = [column.physical_name for column in contract.columns]
        lacking = [pl.lit(None, pl.String).alias(n) for n in names if n not in told.columns]
        told.with_columns(lacking).select(names).write_csv(
            folder / f"{contract.table}.csv", separator=contract.format.delimiter
        )
    manifest = write_manifest(
        folder, source="biobank", collection="janus", as_of=date(2018, 12, 31)
    )
    scan_landing()
    _must_accept(read_manifest(manifest.read_text(), str(manifest)).delivery_id)


def _lay_return(samples: int) -> tuple[Path, str]:
    folder = Path(get_settings().landing) / "laboratories" / "bench"
    (folder / "returned").mkdir(parents=True)
    path = folder / "returned" / "run.csv"
    code, unit, usual = (np.array(told) for told in zip(*_analytes(), strict=True))
    sample = np.repeat(np.arange(samples), ANALYTES)
    analyte = np.tile(np.arange(ANALYTES), samples)
    place = sample % WELLS
    spread = np.random.default_rng(1).lognormal(0, 0.4, len(sample))
    digits = 3 - np.floor(np.log10(usual)).astype(int)
    scale = 10.0 ** digits[analyte]
    amount = (spread * usual[analyte] * scale).round() / scale
    limit = (0.5 * usual).round(6)[analyte]
    pl.DataFrame({"sample": sample, "amount": amount, "limit": limit, "place": place}).select(
        SampleID="S0" + (pl.col("sample") + 1).cast(pl.String).str.zfill(7),
        Analyte=pl.Series(code[analyte]),
        Result="amount", Unit=pl.Series(unit[analyte]), LOD="limit",
        Status=pl.when(pl.col("amount") < pl.col("limit")).then(pl.lit("below_lod"))
        .otherwise(pl.lit("detected")),
        Plate="P" + (pl.col("sample") // WELLS).cast(pl.String).str.zfill(3),
        Well=pl.col("place").floordiv(12).replace_strict(dict(enumerate("ABCDEFGH")))
        + (pl.col("place") % 12 + 1).cast(pl.String).str.zfill(2),
        Batch=pl.lit("B1"), RunDate=pl.lit("2019-03-04"), Method=pl.lit("LC-MS/MS 2.1"),
    ).write_csv(path)  # fmt: skip
    (folder / "return.yaml").write_text(yaml.safe_dump(FORM))
    manifest = write_return_manifest(folder, collection="janus", as_of=date(2019, 6, 30))
    scan_landing()
    return path, read_manifest(manifest.read_text(), str(manifest)).delivery_id


def _analytes() -> list[tuple[str, str, float]]:
    """Return code, unit and a usual amount of analytes of the dictionary."""
    path = get_settings().metadata_dir / "analytes" / "analyte.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["platform"] == FORM["platform"]]
    return [
        (row["analyte_id"], row["unit"],
         math.sqrt(float(row["usual_low"] or 1) * float(row["usual_high"] or 1)))
        for row in rows[:ANALYTES]
    ]  # fmt: skip


def _must_accept(delivery_id: str) -> None:
    outcome = ingest(delivery_id)
    if outcome.state != "accepted":
        raise SystemExit(f"the benchmark's delivery was {outcome.state}: {outcome.reason}")


def _copy(path: Path, columns: str, key: str | None = None) -> float:
    """Return the seconds that a COPY of a file into a new table takes, its key made at the end."""
    with connect(Role.admin, autocommit=True) as connection:
        connection.execute("drop table if exists public.bench_copy")
        connection.execute(f"create table public.bench_copy ({columns})")
        connection.execute("checkpoint")
        started = time.perf_counter()
        with connection.cursor() as cursor, path.open("rb") as file:
            statement = "copy public.bench_copy from stdin with (format csv, header true)"
            with cursor.copy(statement) as copy:
                while chunk := file.read(1 << 20):
                    copy.write(chunk)
        if key:
            connection.execute(f"alter table public.bench_copy add primary key ({key})")
        seconds = time.perf_counter() - started
        connection.execute("drop table public.bench_copy")
    return seconds


def _mart_rows(home: Path) -> Path:
    """Return a file of the rows of the mart, written once."""
    path = home / "mart.csv"
    if not path.exists():
        with connect(Role.admin) as connection, path.open("wb") as file:
            statement = "copy marts.fct_measurements to stdout with (format csv, header true)"
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for block in copy:
                    file.write(block)
    return path


def _mart_columns() -> str:
    with connect(Role.admin) as connection:
        columns = connection.execute(
            "select format('%I %s %s', column_name, data_type, "
            "case is_nullable when 'NO' then 'not null' end) from information_schema.columns "
            "where table_schema = 'marts' and table_name = 'fct_measurements' "
            "order by ordinal_position"
        ).fetchall()
    return ", ".join(column for (column,) in columns)


def _models(selection: str) -> tuple[float, float]:
    """Let dbt make models, as a build does, without their tests.

    Returns:
        Seconds until the first of them was begun, and until dbt had ended.
    """
    begun: list[float] = []
    seeds = [] if selection == TOUCHED else [["seed"]]
    for arguments in (*seeds, ["run", "--select", *selection.split()]):
        begun.clear()
        asked = time.perf_counter()
        done = run_dbt(arguments, lambda _event: begun.append(time.perf_counter()))
        if done.status != 0:
            raise SystemExit("\n".join(["the models could not be made", *done.errors]))
    return begun[0] - asked, time.perf_counter() - asked


def _count(table: str) -> int:
    with connect(Role.admin) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0
