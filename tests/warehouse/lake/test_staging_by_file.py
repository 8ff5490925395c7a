"""Native files staged one by one before the delivery is loaded, as the tasks of Airflow do it."""

import numpy as np
import polars as pl
import pytest
from tests.warehouse.assays.bank_of_returns import SENT, chemicals, lay_bank, lay_return
from tests.warehouse.lake.matrices import CODES, counts, lay_matrix, rna, tsv
from tests.warehouse.lake.test_taking_in import rows_of

HALF = 30


def two_files() -> dict[str, str]:
    """Return the files of two classes of RNA."""
    numbers, names = counts(2 * HALF), [rna(k) for k in range(2 * HALF)]
    return {
        "mirna.tsv": tsv(numbers[:HALF], names=names[:HALF]),
        "more/pirna.tsv": tsv(numbers[HALF:], names=names[HALF:]),
    }


@pytest.fixture
def returned(warehouse):
    """Give the id of a return of two matrices that waits in the landing zone."""
    from janus_warehouse.deliveries import scan_landing

    lay_bank(warehouse)
    files = two_files()
    delivery_id = lay_matrix(warehouse, "2019", files)
    scan_landing()
    return delivery_id


def test_every_native_file_of_a_wide_return_is_listed_and_nothing_else(warehouse, returned):
    from janus_warehouse.assays.lake.by_file import files_to_stage
    from janus_warehouse.deliveries import ingest, scan_landing

    long = lay_return(warehouse, "long", {"run.csv": chemicals(CODES)})
    scan_landing()

    assert files_to_stage([long, returned]) == [
        {"delivery_id": returned, "file": "mirna.tsv"},
        {"delivery_id": returned, "file": "more/pirna.tsv"},
    ]
    assert ingest(returned).state == "accepted"
    assert files_to_stage([long, returned]) == []


def test_a_return_that_is_not_what_its_manifest_says_is_left_to_load(warehouse, returned):
    from janus_warehouse.assays.lake.by_file import files_to_stage

    path = warehouse.landing / "laboratories" / "2019" / "returned" / "mirna.tsv"
    path.write_text(path.read_text()[:-40])

    assert files_to_stage([returned]) == []


def test_load_finds_what_was_staged_and_reads_no_file_again(warehouse, returned, monkeypatch):
    from janus_warehouse.assays.lake import staging
    from janus_warehouse.assays.lake.by_file import files_to_stage, stage_native_file
    from janus_warehouse.deliveries import ingest

    # In any order: which of the tasks is first, nobody knows.
    for listed in reversed(files_to_stage([returned])):
        assert stage_native_file(**listed).cells == HALF * SENT

    def reads(*_):
        raise AssertionError("a staged file is staged again")

    monkeypatch.setattr(staging, "stage_file", reads)
    for listed in files_to_stage([returned]):
        stage_native_file(**listed)
    outcome = ingest(returned)

    assert (outcome.state, outcome.reason) == ("accepted", None)
    found = rows_of()
    assert found.height == 2 * HALF * SENT
    expected = dict(zip([rna(k) for k in range(2 * HALF)], counts(2 * HALF), strict=True))
    sums = dict(found.group_by("analyte_code").agg(pl.col("value").sum()).iter_rows())
    assert sums == {code: int(np.sum(row)) for code, row in expected.items()}
    assert list((warehouse.home / "incoming").glob("returned-*")) == []


def test_a_delivery_without_cells_for_the_lake_has_no_file_to_stage(warehouse, returned):
    from janus_warehouse.assays.lake.by_file import stage_native_file
    from janus_warehouse.deliveries import scan_landing
    from janus_warehouse.errors import DeliveryRefusedError, UnknownDeliveryError

    long = lay_return(warehouse, "long", {"run.csv": chemicals(CODES)})
    scan_landing()

    with pytest.raises(UnknownDeliveryError, match="no table whose cells go to the lake"):
        stage_native_file(long, "run.csv")
    with pytest.raises(DeliveryRefusedError, match=r"gone\.tsv: not there any more"):
        stage_native_file(returned, "gone.tsv")
