"""A matrix that corrects another: what differs, cell by cell, and what nobody reads any more."""

import json

import numpy as np
import polars as pl
import pytest
from tests.warehouse.assays.bank_of_returns import lay_bank
from tests.warehouse.lake.matrices import CODES, PLATFORM, counts, lay_matrix, rna, tsv
from typer.testing import CliRunner

from janus_warehouse.cli import app

ANALYTES = 40
NAMES = [rna(k) for k in range(ANALYTES)]


def corrections(delivery_id: str, *more: str):
    return CliRunner().invoke(app, ["assay", "corrections", delivery_id, *more])


def told(delivery_id: str) -> dict:
    done = corrections(delivery_id, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("at_once", [1 << 19, 100], ids=["in one piece", "in many"])
def test_a_corrected_matrix_is_told_cell_by_cell(warehouse, monkeypatch, at_once):
    from janus_warehouse.assays.lake import comparing
    from janus_warehouse.assays.lake.slices import slice_lake
    from janus_warehouse.deliveries import ingest

    monkeypatch.setattr(comparing, "CELLS_AT_ONCE", at_once)
    lay_bank(warehouse)
    numbers = counts(ANALYTES) + 1
    first = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers)})
    assert ingest(first).state == "accepted"
    better = numbers.copy()
    better[3, :5] += 1
    better[7, 2] += 2
    better[:, 20] += 3
    differs = np.delete(better != numbers, 11, axis=0)
    # One RNA is called otherwise now, and the samples stand in another order.
    names = ["A" * 22 if k == 11 else name for k, name in enumerate(NAMES)]
    files = {"mirna.tsv": tsv(better[:, ::-1], CODES[::-1], names)}
    second = lay_matrix(warehouse, "2020", files, supersedes=first)
    assert ingest(second).state == "accepted"

    found = told(second)

    assert found["corrected_delivery_id"] == first
    by_analyte = {
        (one["analyte_code"], one["change_kind"]): (one["cells"], one["samples"])
        for one in found["changes"]
    }
    same_name = [name for name in NAMES if name != rna(11)]
    cells = dict(zip(same_name, differs.sum(axis=1).tolist(), strict=True))
    assert by_analyte == {
        (rna(11), "removed"): (24, 24), ("A" * 22, "added"): (24, 24),
        **{(name, "value"): (n, n) for name, n in cells.items()},
    }  # fmt: skip
    of_samples = {
        (one["sample_code"], one["change_kind"]): one["cells"] for one in found["samples"]
    }
    assert of_samples == {
        **{(code, kind): 1 for code in CODES for kind in ("added", "removed")},
        **{(code, "value"): n for code, n in zip(CODES, differs.sum(axis=0).tolist(), strict=True)
           if n},
    }  # fmt: skip
    assert found["samples"][0]["cells"] == ANALYTES - 1, "most comes first"
    listed = corrections(second).output
    assert f"{second} corrects {first}" in listed and f"{48 + differs.sum()} cells differ" in listed
    now = pl.from_arrow(slice_lake(PLATFORM, [rna(3)]))
    assert (now.height, now["value"].sum()) == (24, better[3].sum())


def test_a_matrix_sent_again_as_it_was_differs_in_nothing(warehouse):
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    text = tsv(counts(ANALYTES))
    first = lay_matrix(warehouse, "2019", {"mirna.tsv": text})
    assert ingest(first).state == "accepted"
    second = lay_matrix(warehouse, "2020", {"again.tsv": text}, supersedes=first)
    assert ingest(second).state == "accepted"

    assert (told(second)["changes"], told(second)["samples"]) == ([], [])
    assert "No cell differs." in corrections(second).output
