"""Figures of lake tables through Daft, here and on a Ray cluster of two machines."""

import json
import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.warehouse.assays.bank_of_returns import lay_bank
from tests.warehouse.lake.matrices import CODES, PLATFORM, counts, lay_matrix, rna, tsv

from janus_warehouse.assays.lake.quality import FIGURES


@pytest.fixture
def two_returns(warehouse):
    """Take in two returns of other RNAs and return their ids."""
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    names = [rna(k) for k in range(60)]
    returned = [
        lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(counts(40))}),
        lay_matrix(warehouse, "2020", {"more.tsv": tsv(counts(40, seed=8), names=names[20:])}),
    ]
    assert [ingest(one).state for one in returned] == ["accepted", "accepted"]
    return returned


@pytest.mark.parametrize("of", ["analytes", "samples"])
def test_the_lake_says_what_was_noted_when_its_returns_were_accepted(warehouse, two_returns, of):
    from janus_warehouse.assays.lake.quality import differences, figures

    found = figures(PLATFORM, of)
    assert found.height == (80 if of == "analytes" else 2 * len(CODES))
    assert differences(found, of).is_empty()
    spoilt = found.with_columns(
        total=pl.when(pl.int_range(pl.len()) == 3).then(pl.col("total") + 1).otherwise("total"),
        sd=pl.when(pl.int_range(pl.len()) == 3).then(pl.col("sd") * 1.001).otherwise("sd"),
    )
    assert differences(spoilt, of).rows() == [found.select(found.columns[:2]).row(3)]
    assert differences(found[1:], of).height == 1, "a row that the lake has lost"


@pytest.mark.parametrize("of", ["analytes", "samples"])
def test_figures_counted_in_pieces_are_those_of_the_whole(two_returns, monkeypatch, of):
    from janus_warehouse.assays.lake import quality

    whole, both = quality.figures(PLATFORM, of), quality.figures(PLATFORM, of, together=True)
    monkeypatch.setattr(quality, "PIECE_CELLS", 500)
    cut = []
    between = quality._between
    monkeypatch.setattr(
        quality, "_between", lambda cells, code, piece: cut.append(piece) or between(
            cells, code, piece
        )
    )  # fmt: skip

    assert_frame_equal(quality.figures(PLATFORM, of), whole)
    assert len(cut) > 3 and cut[0][0] is None and cut[-1][1] is None
    assert_frame_equal(quality.figures(PLATFORM, of, together=True), both)


def test_figures_of_returns_together_are_those_of_all_their_numbers(warehouse, two_returns):
    from janus_warehouse.assays.lake.quality import figures

    both = np.concatenate([counts(40)[30], counts(40, seed=8)[10]])
    found = figures(PLATFORM, together=True).row(
        by_predicate=pl.col("analyte_code") == rna(30), named=True
    )
    expected = {
        "n_values": both.size, "n_detected": np.count_nonzero(both), "mean": both.mean(),
        "sd": both.std(ddof=1), "median": np.median(both), "p25": np.quantile(both, 0.25),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_return_that_is_not_accepted_is_not_read(warehouse, two_returns):
    from janus_warehouse.assays.lake.errors import NothingInTheLakeError
    from janus_warehouse.assays.lake.quality import figures

    with pytest.raises(NothingInTheLakeError, match="found laboratories-2019-unknown"):
        figures(PLATFORM, deliveries=["laboratories-2019-unknown"])


def test_what_was_not_seen_is_not_detected_and_close_numbers_keep_their_spread():
    import daft

    from janus_warehouse.assays.lake.quality import figures_of_cells

    close = [1e8 + 0.1, 1e8 - 0.1, 1e8]
    cells = daft.from_pydict({
        "analyte_code": ["zeros"] * 3 + ["empty"] + ["close"] * 3,
        "value": [0.0, 4.0, None, None, *close],
        "status": ["detected", "detected", "missing", "missing"] + ["detected"] * 3,
    })  # fmt: skip
    found = {
        row["analyte_code"]: row for row in figures_of_cells(cells, ["analyte_code"]).to_dicts()
    }
    zeros, empty = found["zeros"], found["empty"]
    assert [zeros[name] for name in FIGURES] == [
        3, 1, 0, 1, 2.0, pytest.approx(8**0.5), 2.0, 1.0, 3.0, 4.0
    ]  # fmt: skip
    assert [empty[name] for name in FIGURES] == [1, 0, 0, 1, None, None, None, None, None, 0.0]
    assert found["close"]["sd"] == pytest.approx(0.1, rel=1e-6)


def test_the_command_tells_whether_the_lake_has_what_was_accepted(warehouse, two_returns):
    from typer.testing import CliRunner

    from janus_warehouse.cli import app

    def run(*words):
        return CliRunner().invoke(app, ["assay", "lake", *words, "--json"])

    listed = json.loads(run("list").output)
    assert {(one["delivery_id"], one["rows"]) for one in listed} == {
        (name, 40 * len(CODES)) for name in two_returns
    }
    good = run("qc", PLATFORM)
    told = json.loads(good.output)["deliveries"]
    assert good.exit_code == 0
    assert [(one["analytes"], one["values"], one["differing"]) for one in told] == [
        (40, 40 * len(CODES), 0)
    ] * 2
    unknown = run("qc", PLATFORM, "--snapshot", "12")
    assert unknown.exit_code == 1
    assert "no snapshot 12" in unknown.output
    assert "janus assay lake list" in unknown.output
    warehouse.query("alter table raw.laboratories__matrix_analytes disable trigger all")
    warehouse.query(
        "update raw.laboratories__matrix_analytes set n_detected = n_detected - 1 "
        "where analyte_code = %s", rna(30),
    )  # fmt: skip
    bad = run("qc", PLATFORM)
    assert bad.exit_code == 1
    assert [one["differing"] for one in json.loads(bad.output)["deliveries"]] == [1, 1]


def test_a_cluster_that_does_not_answer_is_told_with_its_setting(monkeypatch):
    from janus_warehouse.assays.lake.runner import use_runner
    from janus_warehouse.errors import NotAvailableError
    from janus_warehouse.platform.ports import any_free_port
    from janus_warehouse.platform.settings import get_settings

    monkeypatch.setenv("JANUS_LAKE_RUNNER", "ray")
    monkeypatch.setenv("JANUS_RAY_ADDRESS", f"127.0.0.1:{any_free_port()}")
    get_settings.cache_clear()
    with pytest.raises(NotAvailableError, match="correct JANUS_RAY_ADDRESS"):
        use_runner.__wrapped__()
    get_settings.cache_clear()


def test_a_cluster_of_two_machines_finds_the_same(warehouse, two_returns, monkeypatch, tmp_path):
    from janus_warehouse.assays.lake.quality import figures

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    machine = {"num_cpus": 1, "object_store_memory": 100 << 20}
    cluster = Cluster(initialize_head=True, head_node_args=machine | {"include_dashboard": False})
    try:
        cluster.add_node(**machine)
        code = (
            "import ray\n"
            "from janus_warehouse.assays.lake.quality import figures\n"
            f"found = figures({PLATFORM!r})\n"
            "assert sum(node['Alive'] for node in ray.nodes()) == 2\n"
            "import daft; assert daft.runners.get_or_create_runner().name == 'ray'\n"
            f"found.write_parquet({str(tmp_path / 'found.parquet')!r})\n"
        )
        settings = {"JANUS_LAKE_RUNNER": "ray", "JANUS_RAY_ADDRESS": cluster.address}
        done = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | settings, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
    finally:
        cluster.shutdown()
    assert done.returncode == 0, done.stderr[-2000:]
    assert_frame_equal(pl.read_parquet(tmp_path / "found.parquet"), figures(PLATFORM))
