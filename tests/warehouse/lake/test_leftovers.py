"""What killed runs left behind is found, told by the doctor, and removed; nothing else is."""

import os
import time

from tests.warehouse.assays.bank_of_returns import lay_bank
from tests.warehouse.lake.matrices import PLATFORM, counts, lay_matrix, tsv
from tests.warehouse.lake.test_taking_in import rows_of
from typer.testing import CliRunner

from janus_warehouse.cli import app

TWO_DAYS = 48 * 3600


def test_only_what_nothing_leads_to_is_left_over_and_removed(warehouse):
    from janus_warehouse.assays.lake.by_file import files_to_stage, stage_native_file
    from janus_warehouse.assays.lake.strays import strays
    from janus_warehouse.deliveries import ingest, scan_landing
    from janus_warehouse.doctor import _leftovers

    lay_bank(warehouse)
    settled = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(counts(40))})
    assert ingest(settled).state == "accepted"
    rows = rows_of()
    waiting = lay_matrix(warehouse, "2020", {"mirna.tsv": tsv(counts(40, seed=8))})
    scan_landing()
    for listed in files_to_stage([waiting]):
        stage_native_file(**listed)
    assert strays() == [] and _leftovers().state == "ok"

    data = warehouse.home / "lake" / "assay" / PLATFORM / "data"
    incoming = warehouse.home / "incoming"
    stray, of_waiting = (data / f"{name}-0123456789ab-00-000000.parquet"
                         for name in (settled, waiting))  # fmt: skip
    old, fresh = incoming / "returned-0000000000000000", incoming / "returned-1111111111111111"
    for place in (old, fresh):
        place.mkdir(parents=True)
        (place / "samples.parquet").write_bytes(b"x" * 10)
    past = time.time() - TWO_DAYS
    for path in (old / "samples.parquet", old):
        os.utime(path, (past, past))
    for path in (stray, of_waiting):
        path.write_bytes(b"half a file")

    assert sorted(one.path for one in strays()) == sorted(map(str, (stray, old)))
    told = _leftovers()
    assert (told.state, told.mend) == ("warn", "`janus assay lake clean`")
    assert told.told.startswith("2 of killed runs")
    done = CliRunner().invoke(app, ["assay", "lake", "clean"])

    assert done.output.startswith("2 removed") and strays() == []
    assert not stray.exists() and not old.exists() and fresh.exists() and of_waiting.exists()
    assert rows_of().equals(rows)
    assert ingest(waiting).state == "accepted"
    assert not of_waiting.exists(), "what an earlier run of the delivery left goes with its end"


def test_a_lake_that_nothing_entered_yet_has_no_leftovers(warehouse):
    from janus_warehouse.assays.lake.strays import strays

    assert strays() == []
