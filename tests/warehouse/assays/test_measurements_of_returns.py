"""A return, its correction and a rerun, from the laboratory's files into the marts."""

import dataclasses
from datetime import date

import numpy as np
import pytest
from tests.warehouse.assays.bank_of_returns import SENT, study_code
from tests.warehouse.assays.measured_samples import (
    DUPLICATES,
    LEVELS,
    RERUN,
    geometric_cv,
    measured,
)
from typer.testing import CliRunner

from janus_warehouse.cli import app


def test_a_correction_replaces_and_a_rerun_is_measured_once_more(returned):
    """Two analytes of 24 samples, less the one left out; the rerun measured both of six."""
    assert returned.warehouse.query(
        "select delivery_id, count(*), count(distinct run_date) from marts.fct_measurements "
        "group by delivery_id order by min(run_date)"
    ) == [(returned.corrected, 2 * SENT - 1, 2), (returned.rerun, 2 * RERUN, 1)]
    # The first return is no longer in force, and every number of it is still there.
    assert returned.warehouse.query(
        "select count(*) from raw.laboratories__results where delivery_id = %s", returned.first
    ) == [(len(measured()),)]


def test_variation_within_and_between_plates_is_what_pandas_finds(returned):
    lines = returned.lines[~returned.lines.Result.str.startswith("<")]
    lines = lines.assign(log_value=np.log(lines.Result.astype(float)))
    for analyte in LEVELS:
        of_analyte = lines[lines.Analyte == analyte]
        samples = of_analyte[of_analyte.tube > 0]
        of_plates = samples.groupby(["tube", "Plate"], as_index=False).log_value.mean()
        expected = [
            geometric_cv(samples, ["tube", "Plate"]),
            geometric_cv(of_plates, ["tube"]),
            geometric_cv(of_analyte[of_analyte.tube == 0], ["SampleID"]),
        ]
        [found] = returned.warehouse.query(
            "select n_within_plate, cv_within_plate::float, n_between_plates, "
            "cv_between_plates::float, n_controls, cv_controls::float from marts.fct_assay_qc "
            "where delivery_id = %s and analyte_id = %s", returned.corrected, analyte,
        )  # fmt: skip
        assert [n for n, _ in expected] == list(found[::2])
        assert [cv for _, cv in expected] == pytest.approx(found[1::2], abs=1e-6)
    assert expected[0][0] == 6 and expected[1][0] == 1


def test_the_median_is_that_of_all_samples_with_what_is_below_the_limit_first(returned):
    lines = returned.lines[returned.lines.tube > 0]
    number = lines.Result.where(~lines.Result.str.startswith("<"), "-inf").astype(float)
    assert number.min() < 0
    expected = [
        (analyte, "ng/mL", pytest.approx(of_analyte.sort_values().median()))
        for analyte, of_analyte in number.groupby(lines.Analyte)
    ]
    assert returned.warehouse.query(
        "select analyte_id, unit, median_value::float from marts.fct_assay_qc "
        "where delivery_id = %s order by 1", returned.corrected,
    ) == expected  # fmt: skip


def test_runs_count_samples_duplicates_and_controls(returned):
    assert returned.warehouse.query(
        "select plate_id, n_samples, n_duplicates, n_controls, n_values from marts.dim_assay_runs "
        "where delivery_id = %s order by 1", returned.corrected,
    ) == [("P001", 12, 3, 2, 32), ("P002", 12, 4, 2, 31)]  # fmt: skip


def test_a_tube_is_as_old_as_its_draw_was_on_the_day_of_the_run(returned):
    found = returned.warehouse.query(
        "select study_code, storage_days, thaw_count from marts.fct_measurements "
        "where delivery_id = %s and analyte_id = 'PFOA' order by 1", returned.corrected,
    )  # fmt: skip
    expected = []
    for n in range(1, SENT + 1):
        tube = n - 1 if n in DUPLICATES else n
        run = date(2019, 3, 4 if n <= 12 else 5)
        # Neither the shipment nor the laboratory counted thaws, so nobody knows.
        expected.append((study_code(n), (run - date(1985, 3, 1 + tube % 9)).days, None))
    assert found == sorted(expected)


def test_the_command_counts_the_cells_that_a_correction_changes(returned):
    told = CliRunner().invoke(app, ["assay", "corrections", returned.corrected])

    assert told.exit_code == 0, told.output
    assert f"{returned.corrected} corrects {returned.first}" in told.output
    assert returned.warehouse.query(
        "select change_kind, analyte_code, text_after from marts.fct_assay_corrections "
        "order by 1, 3"
    ) == [("removed", "PFOS", None), ("value", "PFOA", "<0.1"), ("value", "PFOA", None)]
    assert "5.5" not in told.output and "<0.1" not in told.output


def test_a_return_that_corrects_nothing_is_told_so(returned):
    told = CliRunner().invoke(app, ["assay", "corrections", returned.rerun])

    assert told.exit_code == 1
    assert "corrects no other return" in told.output


def test_a_correction_that_was_corrected_still_tells_what_it_changed(returned, monkeypatch):
    from janus_warehouse.deliveries import ledger

    found = ledger.get
    monkeypatch.setattr(
        ledger, "get", lambda *asked: dataclasses.replace(found(*asked), state="superseded")
    )
    told = CliRunner().invoke(app, ["assay", "corrections", returned.corrected])

    assert told.exit_code == 0, told.output
    assert "removed" in told.output
