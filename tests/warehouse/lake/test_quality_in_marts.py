"""What the marts tell of a return whose cells stand in the lake."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import SENT, lay_bank
from tests.warehouse.assays.measured_samples import geometric_cv
from tests.warehouse.lake.matrices import CODES, counts, lay_matrix, rna, tsv

DUPLICATES = (2, 4, 6, 14)
"""The 14th stands on the second plate and the 13th, whose tube it has, on the first."""
CONTROLS = ["POOL1", "POOL1.1"]
"""One pooled serum in two columns, as programs tell columns of one name apart."""


def samples_sheet() -> pd.DataFrame:
    """Return two plates of the bank's samples, and on each a control."""
    plate = [f"P{1 + (n > 13)}" for n in range(1, SENT + 1)] + ["P1", "P2"]
    return pd.DataFrame({
        "sample_code": [*CODES, *CONTROLS], "plate_id": plate,
        "well": [f"{'ABCDEFGH'[n // 12]}{n % 12 + 1:02d}" for n in range(SENT + 2)],
        "run_date": ["2019-03-04" if one == "P1" else "2019-03-05" for one in plate],
    })  # fmt: skip


def expected_of(numbers: np.ndarray, sheet: pd.DataFrame) -> list[tuple]:
    """Return repeated tubes and coefficients of one analyte, within plates and between."""
    tubes = [n - 1 if n in DUPLICATES else n for n in range(1, SENT + 1)]
    lines = pd.DataFrame({
        "tube": tubes, "Plate": sheet.plate_id[:SENT], "number": numbers
    }).query("number > 0")  # fmt: skip
    lines["log_value"] = np.log(lines.number)
    of_plates = lines.groupby(["tube", "Plate"], as_index=False).log_value.mean()
    return [geometric_cv(lines, ["tube", "Plate"]), geometric_cv(of_plates, ["tube"])]


def test_marts_tell_of_a_matrix_what_its_cells_say(warehouse):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.warehouse import build

    lay_bank(warehouse, duplicates=DUPLICATES)
    with_controls = counts(30, SENT + 2)
    numbers, sheet = with_controls[:, :SENT], samples_sheet()
    for n in DUPLICATES:
        numbers[:, n - 1] = np.round(numbers[:, n - 2] * (1 + 0.02 * n))
    matrix = tsv(with_controls, [*CODES, *CONTROLS])
    returned = lay_matrix(
        warehouse, "2019", {"mirna.tsv": matrix, "samples.csv": sheet.to_csv(index=False)}
    )
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
        "select delivery_id, project_id, plate_id, n_samples, n_controls, n_duplicates, n_analytes,"
        " n_values from marts.dim_assay_runs order by plate_id"
    ) == [
        (returned, "pfas-testicular-cancer", "P1", 13, 1, 3, 30, 30 * 14),
        (returned, "pfas-testicular-cancer", "P2", 11, 1, 1, 30, 30 * 12),
    ]
    spreads = warehouse.query(
        "select analyte_id, unit, median_value::float, n_within_plate, cv_within_plate::float, "
        "n_between_plates, cv_between_plates::float, cv_controls::float, n_controls, n_plates "
        "from marts.fct_assay_qc"
    )
    known = {analyte: figures for analyte, *figures in spreads}
    shares = with_controls / with_controls.sum(axis=0)
    for k in range(30):
        [within, between] = expected_of(shares[k, :SENT], sheet)
        unit, median, *repeated, cv_controls, n_controls, n_plates = known[rna(k)]
        assert (unit, median) == ("{reads}", np.median(numbers[k]))
        assert (repeated[0], repeated[2]) == (within[0], between[0])
        for found_cv, (n, cv) in zip(repeated[1::2], (within, between), strict=True):
            assert found_cv == (pytest.approx(cv, abs=1e-6) if n else None)
        pooled = pd.DataFrame({"control": "POOL1", "number": shares[k, SENT:]}).query("number > 0")
        pooled["log_value"] = np.log(pooled.number)
        n_pooled, cv = geometric_cv(pooled, ["control"])
        assert (n_controls, n_plates) == (n_pooled, 2)
        assert cv_controls == (pytest.approx(cv, abs=1e-6) if n_pooled else None)
    assert sum(figures[-2] for figures in known.values()) > 20
    check_page(warehouse, returned, with_controls.sum(axis=0), sheet)
    check_charts(warehouse, returned, with_controls, sheet)


def check_page(warehouse, returned: str, totals: np.ndarray, sheet: pd.DataFrame) -> None:
    """See that the build has written the page, with the level of what each well counted in all."""
    page = warehouse.home / "reports" / "assays" / returned / "quality.html"
    document = json.loads(page.with_name("quality.json").read_text(encoding="utf-8"))
    cuts = [math.log(factor) for factor in (0.5, 0.8, 1.25, 2)]
    logs = pd.Series(np.log(totals))
    of_plate = logs[:SENT].groupby(sheet.plate_id[:SENT]).median()
    level = np.searchsorted(cuts, logs - sheet.plate_id.map(of_plate), side="right")

    assert "The sum of all numbers of each control and" in page.read_text(encoding="utf-8")
    assert document["n_analytes"] == 30
    assert {
        (plate["plate_id"], well): (told["kind"], told["level"])
        for plate in document["plates"] for well, told in plate["wells"].items()
    } == {
        (plate, well): ("control" if n >= SENT else "sample", level[n])
        for n, (plate, well) in enumerate(zip(sheet.plate_id, sheet.well, strict=True))
    }  # fmt: skip


def check_charts(warehouse, returned: str, numbers: np.ndarray, sheet: pd.DataFrame) -> None:
    """See that controls and plates are told by their sums and by what was detected in them."""
    told = warehouse.home / "reports" / "assays" / returned / "quality.json"
    charts = json.loads(told.read_text(encoding="utf-8"))["controls"]
    figures = {
        "sum of all numbers": np.log(numbers.sum(axis=0)),
        "share detected": np.log((numbers > 0).mean(axis=0)),
    }
    plates = sheet.plate_id[:SENT]
    expected = {}
    for figure, logs in figures.items():
        expected[figure, "POOL1"] = logs[SENT:].tolist()
        medians = pd.Series(logs[:SENT]).groupby(plates).median()
        # Three digits, for the median of an odd number is the number of a sample.
        blurred = [math.log(float(f"{math.exp(log):.3g}")) for log in medians]
        expected[figure, "median of the samples of each plate"] = blurred
    assert set(expected) == {(one["analyte_id"], one["control"]) for one in charts}
    for chart in charts:
        logs = expected[chart["analyte_id"], chart["control"]]
        assert chart["logs"] == pytest.approx(logs)
        assert chart["plates"] == ["P1", "P2"]
        assert (chart["n"], chart["mean_log"]) == (2, pytest.approx(np.mean(logs), abs=0.005))
