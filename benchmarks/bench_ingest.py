"""Validated ingest of a full-size survey against a plain COPY and pandas, on one server."""

import statistics
import time
from datetime import date
from pathlib import Path

import great_expectations  # noqa: F401 - its import is process start, not part of a figure
import numpy as np
import sqlalchemy as sa

from benchmarks.measure import in_new_process, record, timed
from benchmarks.own_home import own_home
from benchmarks.survey_file import identity_numbers, write_survey
from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.deliveries import ingest, scan_landing, write_manifest
from janus_warehouse.platform.database import Role, connect, url
from janus_warehouse.platform.settings import get_settings

ROWS = 318_628
TENFOLD = 10 * ROWS


def records() -> list[dict]:
    """Return the figures of ingest: against COPY, against pandas, again, and ten times as big."""
    [contract] = [c for c in load_contracts() if c.raw_name == "health_surveys__age40_1990"]
    numbers = identity_numbers(ROWS)
    with own_home():
        _register(numbers)
        path, delivery = _deliver(contract, numbers, "bench", date(2000, 1, 1))
        copy_seconds = statistics.median(_copy_typed(contract, path) for _ in range(3))
        pandas_seconds = _pandas_to_sql(path)
        seconds, memory = in_new_process(_must_accept, delivery)
        again_seconds, _ = timed(lambda: (scan_landing(), ingest(delivery)))
    # In a home of its own: beside the first file it would be held, for it says other things.
    with own_home():
        tenfold = _tenfold(contract, numbers, seconds, memory)
    return [
        record("ingest: validated against plain COPY", ROWS, seconds, "COPY into a typed table",
               copy_seconds, target=4, peak=memory),
        record("ingest: validated against pandas.to_sql", ROWS, seconds,
               "pandas.to_sql of a twentieth, times 20", pandas_seconds, target=1 / 15),
        record("ingest: the same content again", ROWS, again_seconds, "first ingest", seconds),
        tenfold,
    ]  # fmt: skip


def _deliver(contract: Contract, numbers: np.ndarray, name: str, as_of: date) -> tuple[Path, str]:
    from janus_warehouse.deliveries.manifest import read_manifest

    folder = Path(get_settings().landing) / contract.source / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{contract.table}.csv"
    write_survey(contract, numbers, path)
    manifest = write_manifest(
        folder, source=contract.source, collection=contract.collection, as_of=as_of
    )
    return path, read_manifest(manifest.read_text(), str(manifest)).delivery_id


def _must_accept(delivery_id: str) -> None:
    outcome = ingest(delivery_id)
    if outcome.state != "accepted":
        raise SystemExit(f"the benchmark's delivery was {outcome.state}: {outcome.reason}")


def _register(numbers: np.ndarray) -> None:
    sync_contracts()
    with connect(Role.loader) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table people (value text, donor_id text) on commit drop")
        with cursor.copy("copy people from stdin") as copy:
            copy.write("".join(f"{v}\tB{n:015d}\n" for n, v in enumerate(numbers)))
        cursor.execute(
            "insert into identity.donors (donor_id, registered_by) "
            "select donor_id, 'benchmark' from people on conflict do nothing"
        )
        cursor.execute(
            "insert into identity.identifiers (system, value, donor_id, delivery_id) "
            "select 'national_number', value, donor_id, 'benchmark' from people "
            "on conflict do nothing"
        )
    with connect(Role.admin, autocommit=True) as connection:
        connection.execute("analyze identity.identifiers")


def _copy_typed(contract: Contract, path: Path) -> float:
    columns = ", ".join(f'"{c.name}" {c.physical_type}' for c in contract.columns)
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
        seconds = time.perf_counter() - started
        connection.execute("drop table public.bench_copy")
    return seconds


def _pandas_to_sql(path: Path, share: int = 20) -> float:
    import pandas as pd

    # What a script would do: read the file, write the frame, over SQLAlchemy's default driver.
    address = url(Role.admin)
    target = sa.create_engine(address)
    seconds, _ = timed(
        lambda: pd.read_csv(path, nrows=ROWS // share).to_sql(
            "bench_pandas", target, schema="public", if_exists="replace", index=False
        )
    )
    target.dispose()
    with connect(Role.admin, autocommit=True) as connection:
        connection.execute("drop table public.bench_pandas")
    return seconds * share


def _tenfold(contract: Contract, numbers: np.ndarray, once: float, memory: float) -> dict:
    """Ingest ten attendances of every donor: ten times the file, the same memory."""
    _register(numbers)
    _, delivery = _deliver(contract, np.tile(numbers, 10), "bench10", date(2001, 1, 1))
    seconds, peak = in_new_process(_must_accept, delivery)
    figure = record("ingest: a file ten times the size", TENFOLD, seconds, "ten times the small",
                    10 * once, target=1.3, peak=peak)  # fmt: skip
    figure["peak_mib_of_the_small"] = memory
    return figure
