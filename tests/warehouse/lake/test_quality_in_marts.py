"""What the marts tell of a return whose cells stand in the lake."""

import numpy as np
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import SENT, lay_bank
from tests.warehouse.lake.matrices import counts, lay_matrix, rna, tsv


def test_marts_tell_of_a_matrix_what_its_cells_say(warehouse):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.warehouse import build

    lay_bank(warehouse, duplicates=[2])
    numbers = counts(30)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers)})
    assert ingest(returned).state == "accepted"

    with without_unit_tests():
        build(select="+fct_assay_qc +dim_assay_runs")

    found = {
        analyte: (platform, n, float(called), float(below))
        for analyte, platform, n, called, below in warehouse.query(
            "select analyte_id, platform, n_values, call_rate, share_below_lod "
            "from marts.fct_assay_qc"
        )
    }
    below = np.round((numbers == 0).mean(axis=1), 6)
    assert found == {
        rna(k): ("small_rna_sequencing", SENT, 1.0, below[k]) for k in range(len(numbers))
    }
    assert warehouse.query(
        "select delivery_id, project_id, n_samples, n_controls, n_duplicates, n_analytes, n_values "
        "from marts.dim_assay_runs"
    ) == [(returned, "pfas-testicular-cancer", SENT, 0, 1, 30, 30 * SENT)]
