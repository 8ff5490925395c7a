"""A sample that the gate puts aside takes its cells with it, and they are told one by one."""

import json

from tests.warehouse.assays.bank_of_returns import lay_bank, study_code
from tests.warehouse.lake.matrices import counts, lay_matrix, tsv
from typer.testing import CliRunner

from janus_warehouse.cli import app

SENT, RNAS = 150, 20


def test_cells_of_a_sample_of_another_size_go_to_the_quarantine_and_the_rest_enters(warehouse):
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse, sent=SENT)
    codes = [study_code(n) for n in range(1, SENT + 1)]
    numbers = counts(RNAS, SENT)
    numbers[:, 70] *= 1000
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers, codes)})

    outcome = ingest(returned)

    assert (outcome.state, outcome.reason) == ("accepted", None)
    assert warehouse.query(
        "select table_name, rows_accepted, rows_quarantined from ops.delivery_tables "
        "where delivery_id = %s and rows_quarantined > 0 order by 1", returned,
    ) == [("matrix", (SENT - 1) * RNAS, RNAS), ("samples", SENT - 1, 1)]  # fmt: skip
    told = json.loads(CliRunner().invoke(app, ["quarantine", returned, "--json"]).stdout)
    assert {(one["table"], one["rule_id"], one["rows"]) for one in told["rules"]} == {
        ("samples", "gate.samples_sized", 1), ("matrix", "sample_enters", RNAS),
    }  # fmt: skip
    assert len(told["cells"]) == RNAS
    assert {one["sample_code"] for one in told["cells"]} == {codes[70]}
    assert warehouse.query(
        "select rows_failing from ops.check_results where run_id = %s and subject = 'matrix' "
        "and rule_id = 'sample_enters'", returned,
    ) == [(RNAS,)]  # fmt: skip
