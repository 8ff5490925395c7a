"""Harmonising all surveys, long and wide, against the same result written in SQL by hand.

Both start from the accepted rows and end with the two tables, their keys and statistics, one
after the other, twice, in one run; then their rows are compared. The whole build of the models is
counted: dbt's start, contracts, comments and the index that finds new deliveries. Then one survey
is delivered again. JANUS_BENCH_SCALE=0.05 makes a smaller bank.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from benchmarks.measure import record, timed
from benchmarks.own_home import own_home
from benchmarks.survey_reference import statements
from janus_warehouse.deliveries import ingest, scan_landing, write_manifest
from janus_warehouse.platform import embedded
from janus_warehouse.platform.database import Role, url
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys import load_harmonisation
from janus_warehouse.synthetic import Plan, generate
from janus_warehouse.warehouse.process import run_dbt

SOURCES = ("biobank", "health_surveys", "red_cross")
MARTS = ("fct_survey_answers", "survey_answers_wide")
AGAIN = "counties_1974"
"""The survey that is delivered a second time."""
ROUNDS = 2
CHECKSUM = "select count(*), sum(hashtextextended(row({columns})::text, 0)) from {table} as t"


@dataclass
class Measured:
    """What one bank told."""

    donors: int
    rows: int
    ours: float
    by_hand: float
    anonymous_mib: float
    again_seconds: float
    again_share: float


def records() -> list[dict]:
    """Return the figures: against SQL by hand, memory at two sizes, and one survey again."""
    scale = float(os.environ.get("JANUS_BENCH_SCALE", "1"))
    small, whole = _measure(scale / 10), _measure(scale)
    return [
        record("surveys: all answers, long and wide", whole.rows, whole.ours,
               "SQL written by hand", whole.by_hand, target=2.0, peak=whole.anonymous_mib),
        # Not seconds but MiB: ten times the donors in the same memory.
        record("surveys: memory of the server in MiB, ten times the donors", whole.donors,
               whole.anonymous_mib, "a tenth of them", small.anonymous_mib, target=1.5),
        record("surveys: one survey delivered again", round(whole.again_share * whole.rows),
               whole.again_seconds, "all surveys", whole.ours, target=whole.again_share + 0.25),
    ]  # fmt: skip


def _measure(scale: float) -> Measured:
    with own_home():
        _take_in(scale)
        reference = statements(load_harmonisation())
        _models("+" + " +".join(MARTS))
        ours, by_hand, anonymous = [], [], 0.0
        for _ in range(ROUNDS):
            with _anonymous_memory() as peak:
                ours.append(timed(lambda: _models("int_answers__* " + " ".join(MARTS)))[0])
            anonymous = max(anonymous, peak[0])
            by_hand.append(timed(lambda: _in_psql(reference))[0])
        rows = _require_same_rows()
        share, again = _once_more(rows)
        return Measured(
            Plan.at(scale).donors, rows, min(ours), min(by_hand), anonymous, again, share
        )


def _take_in(scale: float) -> None:
    landing = Path(get_settings().landing)
    generate(landing, scale=scale, seed=1)
    for source in landing.iterdir():
        if source.is_dir() and source.name not in SOURCES:
            shutil.rmtree(source)
    for delivery_id in sorted(scan_landing().new):
        outcome = ingest(delivery_id)
        if outcome.state != "accepted":
            raise SystemExit(f"the benchmark's delivery was {outcome.state}: {outcome.reason}")


def _models(selection: str, *, full: bool = True) -> None:
    """Let dbt make models, as a build does, without their tests."""
    arguments = ["run", "--select", *selection.split()]
    done = run_dbt(arguments + (["--full-refresh"] if full else []), lambda _event: None)
    if done.status != 0:
        raise SystemExit("\n".join(["the models could not be made", *done.errors]))


def _in_psql(script: list[str]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("\\set ON_ERROR_STOP on\n" + "".join(f"{one};\n" for one in script))
        file.flush()
        # The settings of the models' connection.
        settings = ("client_min_messages=warning", "synchronous_commit=off", "work_mem=96MB",
                    "maintenance_work_mem=256MB")  # fmt: skip
        options = " ".join(f"-c {setting}" for setting in settings)
        subprocess.run(
            [embedded.binary("psql"), "--no-psqlrc", "--quiet", "--output=/dev/null",
             f"--file={file.name}", url(Role.admin)],
            check=True, env={**os.environ, "PGOPTIONS": options},
        )  # fmt: skip


def _require_same_rows() -> int:
    """Return the number of rows of both marts, if by hand they are the same."""
    total = 0
    with psycopg.connect(url(Role.admin)) as connection:
        for mart, by_hand in zip(MARTS, ("long", "wide"), strict=True):
            names = connection.execute(
                "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
                "where attrelid = %s::regclass and attnum > 0", [f"marts.{mart}"]
            ).fetchall()[0][0]  # fmt: skip
            ours, theirs = (
                connection.execute(CHECKSUM.format(columns=names, table=table)).fetchone()
                for table in (f"marts.{mart}", f"by_hand.{by_hand}")
            )
            if ours != theirs or ours is None:
                raise SystemExit(f"{mart} and the SQL by hand differ: {ours} and {theirs}")
            total += ours[0]
    return total


def _once_more(rows: int) -> tuple[float, float]:
    """Deliver one survey again; return the share of its rows and the seconds of its answers.

    It is an error if any other row was written or removed.
    """
    with psycopg.connect(url(Role.admin)) as connection:
        [(delivery, as_of, place)] = connection.execute(
            "select delivery_id, as_of, folder from ops.deliveries where delivery_id in "
            "(select delivery_id from marts.survey_answers_wide where survey_id = %s)", [AGAIN]
        ).fetchall()  # fmt: skip
    folder = Path(get_settings().landing) / place
    corrected = shutil.copytree(folder, folder.with_name("again"))
    (corrected / "manifest.yaml").unlink()
    write_manifest(
        corrected, source="health_surveys", collection="janus", as_of=as_of, supersedes=delivery
    )
    mine = _rows_of(delivery)
    for delivery_id in scan_landing().new:
        ingest(delivery_id)
    before = _written()
    seconds, _ = timed(lambda: _models(" ".join(MARTS), full=False))
    written = tuple(after - old for after, old in zip(_written(), before, strict=True))
    if written != (mine, mine):
        raise SystemExit(f"expected {mine} rows written and removed, found {written}")
    return mine / rows, seconds


def _rows_of(delivery_id: str) -> int:
    return sum(
        _one(f"select count(*) from marts.{mart} where delivery_id = %s", delivery_id)
        for mart in MARTS
    )


def _written() -> tuple[int, int]:
    """Return how many rows were ever written to the marts and removed from them."""
    counters = (
        "select sum({}) from pg_stat_user_tables where schemaname = 'marts' and relname in {}"
    )
    return (
        _one(counters.format("n_tup_ins", MARTS)),
        _one(counters.format("n_tup_del", MARTS)),
    )


def _one(query: str, *parameters: object) -> int:
    with psycopg.connect(url(Role.admin)) as connection:
        row = connection.execute(query, parameters or None).fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _anonymous_memory() -> Iterator[list[float]]:
    """Watch the server's processes; give the peak of what they hold beside the shared buffers."""
    peak, done = [0.0], threading.Event()
    server = psutil.Process(int((get_settings().home / "postgres/data/postmaster.pid")
                                .read_text().split()[0]))  # fmt: skip

    def watch() -> None:
        while not done.wait(0.1):
            total = 0
            for process in server.children():
                try:
                    memory = process.memory_info()
                except psutil.NoSuchProcess:
                    continue
                total += memory.rss - memory.shared
            peak[0] = max(peak[0], total / 2**20)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
