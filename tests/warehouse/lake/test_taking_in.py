"""A wide return through the gate into the lake."""

import numpy as np
import polars as pl
import pytest
from tests.warehouse.assays.bank_of_returns import SENT, lay_bank
from tests.warehouse.lake.matrices import CODES, PLATFORM, counts, lay_matrix, rna, tsv


def rows_of(platform: str = PLATFORM, namespace: str = "assay") -> pl.DataFrame:
    """Return all rows of a lake table, in no order."""
    from janus_warehouse.assays.lake.catalogue import open_lake
    from janus_warehouse.platform.database import Role

    with open_lake(Role.transformer) as catalogue:
        return pl.from_arrow(catalogue.load_table((namespace, platform)).scan().to_arrow())


def test_every_cell_of_a_matrix_is_one_row_of_the_lake(warehouse):
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    numbers = counts(60)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers)})

    outcome = ingest(returned)

    assert (outcome.state, outcome.reason) == ("accepted", None)
    cells = 60 * SENT
    assert warehouse.query(
        "select table_name, rows_received, rows_accepted, rows_quarantined "
        "from ops.delivery_tables where delivery_id = %s and table_name = 'matrix'", returned,
    ) == [("matrix", cells, cells, 0)]  # fmt: skip
    expected = pl.DataFrame({
        "analyte_code": [rna(k) for k in range(60) for _ in CODES],
        "study_code": CODES * 60,
        "value": numbers.reshape(-1).astype("int32"),
        "status": np.where(numbers.reshape(-1) > 0, "detected", "below_lod"),
    })  # fmt: skip
    found = rows_of()
    assert found.select(expected.columns).sort(pl.all()).equals(expected.sort(pl.all()))
    assert found["delivery_id"].unique().to_list() == [returned]


def test_the_summaries_are_those_of_the_numbers_and_a_slice_has_the_donors(warehouse):
    from janus_warehouse.assays.lake.slices import slice_lake
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    numbers = counts(40)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers)})
    assert ingest(returned).state == "accepted"

    found = dict(warehouse.query(
        "select analyte_code, median from raw.laboratories__matrix_analytes"
    ))  # fmt: skip
    assert found == {rna(k): np.median(numbers[k]) for k in range(40)}
    assert dict(warehouse.query(
        "select sample_code, total from raw.laboratories__matrix_samples"
    )) == dict(zip(CODES, numbers.sum(axis=0).astype(float), strict=True))  # fmt: skip
    # The server has looked at them: it would plan for tables that are still empty.
    assert warehouse.query(
        "select reltuples from pg_class where relname like 'laboratories__matrix__' || '%%es' "
        "order by 1"
    ) == [(SENT,), (40,)]
    chosen = pl.from_arrow(slice_lake(PLATFORM, [rna(3), rna(7)]))
    assert chosen.height == 2 * SENT
    assert chosen["donor_id"].n_unique() == SENT
    assert chosen.filter(analyte_code=rna(3))["value"].sum() == numbers[3].sum()


def test_a_run_that_died_after_the_append_finds_it_done(warehouse, monkeypatch):
    from janus_warehouse.assays.lake import door
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(counts(40))})

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(door, "note_append", dies)
        with pytest.raises(KeyboardInterrupt):
            ingest(returned)
    assert rows_of().height == 40 * SENT
    assert warehouse.query("select count(*) from ops.lake_appends") == [(0,)]

    assert ingest(returned).state == "accepted"
    assert rows_of().height == 40 * SENT
    assert warehouse.query("select rows from ops.lake_appends") == [(40 * SENT,)]


def test_cells_that_a_run_which_died_had_put_aside_and_that_enter_now_stand_once(
    warehouse, monkeypatch
):
    from janus_warehouse.assays.lake import door
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(counts(40))})

    def first_sample(_, table, query):
        is_asked = table.table_name == "samples" and "quarantine" in query
        return pl.Series("place", [0] if is_asked else [], dtype=pl.Int64)

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # To this run the first code was not issued yet.
        patch.setattr(door, "_places", first_sample)
        patch.setattr(door, "note_append", dies)
        with pytest.raises(KeyboardInterrupt):
            ingest(returned)
    assert rows_of().height == 40 * (SENT - 1)
    assert rows_of(namespace="quarantine").height == 40

    outcome = ingest(returned)

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0)
    assert rows_of().height == 40 * SENT
    assert rows_of(namespace="quarantine").height == 0
