"""A wide return whose ingest is killed (SIGKILL) on its way into the lake, and run again."""

import importlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from returned_files import SENT, code
from tests.warehouse.lake.matrices import PLATFORM, counts, lay_matrix, rna, tsv

CODES = [code(n) for n in range(1, SENT + 1)]
RNAS, ALIKE = 120, 70
LAKE = "janus_warehouse.assays.lake"
MOMENTS = {
    "in the middle of the first file being staged": (f"{LAKE}.counted", "_GrowingMatrix.add", 1),
    "between two staged files": (f"{LAKE}.staging", "stage_counts", 2),
    "before the list of staged files": (f"{LAKE}.staging", "json.dumps", 1),
    "between loaded and checked": ("janus_warehouse.deliveries.engine", "check_delivery", 1),
    "in the middle of the first lake file": (f"{LAKE}.writing", "RowGroups.close", 1),
    "with one lake file whole": (f"{LAKE}.writing", "RowGroups.close", 2),
    "when all lake files are written": (f"{LAKE}.door", "append_files", 1),
    "before the catalogue knows of the append": (f"{LAKE}.catalogue", "SqlCatalog.commit_table", 1),
    "between quarantine and lake": (f"{LAKE}.door", "append_files", 2),
    "between the append and the ledger": (f"{LAKE}.door", "note_append", 1),
    "before the ledger's transaction ends": ("janus_warehouse.deliveries.settle", "drop_landed", 1),
    "between the ledger and the archive": ("janus_warehouse.deliveries.endings", "_archive", 1),
}
"""Module, what is called in it, and at which of its calls the process dies."""


def matrix() -> np.ndarray:
    """Return counts; those of one RNA are all the same, which puts them aside."""
    numbers = counts(RNAS, SENT)
    numbers[ALIKE] = 7
    return numbers


def two_files() -> dict[str, str]:
    numbers, names = matrix(), [rna(k) for k in range(RNAS)]
    return {
        "mirna.tsv": tsv(numbers[:60], CODES, names[:60]),
        "pirna.tsv": tsv(numbers[60:], CODES, names[60:]),
    }


def killed(settings: dict[str, str], delivery_id: str, moment: tuple[str, str, int]) -> None:
    """Ingest in a process of its own, which is killed at a moment."""
    # The server of forks may have been started by another test, in the settings of that one.
    for name in [name for name in os.environ if name.startswith("JANUS_")]:
        del os.environ[name]
    os.environ.update(settings)
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform.settings import get_settings

    get_settings.cache_clear()
    module, name, call = moment
    *owners, last = name.split(".")
    place = importlib.import_module(module)
    for owner in owners:
        place = getattr(place, owner)
    real, calls = getattr(place, last), []

    def dies(*arguments, **named):
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(place, last, dies)
    ingest(delivery_id)


@pytest.fixture(scope="module")
def kill() -> Callable[[str, tuple[str, str, int]], None]:
    """Give a function that lets the ingest of a delivery be killed at a moment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([
        "great_expectations", "janus_warehouse.deliveries", f"{LAKE}.door", f"{LAKE}.strays",
    ])  # fmt: skip

    def run(delivery_id: str, moment: tuple[str, str, int]) -> None:
        settings = {name: value for name, value in os.environ.items() if "JANUS_" in name}
        victim = context.Process(target=killed, args=(settings, delivery_id, moment))
        victim.start()
        victim.join(120)
        assert victim.exitcode == -signal.SIGKILL, "it did not get to the moment"

    return run


def rows_of(namespace: str) -> pl.DataFrame:
    """Return all rows of a lake table."""
    from janus_warehouse.assays.lake.catalogue import open_lake
    from janus_warehouse.platform.database import Role

    with open_lake(Role.transformer) as catalogue:
        return pl.from_arrow(catalogue.load_table((namespace, PLATFORM)).scan().to_arrow())


def files_of(namespace: str) -> tuple[set[str], set[str]]:
    """Return the names of the files that a table leads to, and of those that lie there."""
    from janus_warehouse.assays.lake.catalogue import open_lake
    from janus_warehouse.platform.database import Role
    from janus_warehouse.platform.settings import get_settings

    with open_lake(Role.transformer) as catalogue:
        known = catalogue.load_table((namespace, PLATFORM)).inspect.all_data_files()
    folder = get_settings().home / "lake" / namespace / PLATFORM / "data"
    return (
        {Path(name).name for name in known["file_path"].to_pylist()},
        {path.name for path in folder.iterdir()},
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_on_the_way_into_the_lake_and_run_again_it_is_as_undisturbed(
    laboratory, kill, moment
):
    from janus_warehouse.assays.archive import is_archived
    from janus_warehouse.assays.lake.strays import strays
    from janus_warehouse.deliveries import ingest

    warehouse, cells = laboratory.warehouse, RNAS * SENT
    good = cells - SENT
    delivery_id = lay_matrix(warehouse, "wide", two_files())
    kill(delivery_id, MOMENTS[moment])
    outcome = ingest(delivery_id)

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", SENT)
    numbers = matrix()
    expected = pl.DataFrame({
        "analyte_code": [rna(k) for k in range(RNAS) for _ in CODES],
        "sample_code": CODES * RNAS,
        "value": numbers.reshape(-1).astype("int32"),
    })  # fmt: skip
    found = rows_of("assay").select(expected.columns)
    varies = expected.filter(pl.col("analyte_code") != rna(ALIKE))
    assert found.sort(pl.all()).equals(varies.sort(pl.all()))
    aside = rows_of("quarantine").select("analyte_code", "sample_code").sort(pl.all())
    assert aside.rows() == sorted((rna(ALIKE), name) for name in CODES)
    assert warehouse.query("select rows from ops.lake_appends") == [(good,)]
    assert warehouse.query(
        "select rows_received, rows_accepted, rows_quarantined from ops.delivery_tables "
        "where table_name = 'matrix'"
    ) == [(cells, good, SENT)]
    assert warehouse.query(
        "select sum(n_values)::int, count(*)::int from raw.laboratories__matrix_analytes"
    ) == [(good, RNAS - 1)]
    for namespace in ("assay", "quarantine"):
        led_to, lying = files_of(namespace)
        assert lying == led_to
    assert list((warehouse.home / "incoming").glob("returned-*")) == []
    assert is_archived(delivery_id)
    assert strays() == []
