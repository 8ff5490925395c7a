"""A return, its correction and a rerun, from the laboratory's files into the marts."""

import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import psycopg
import pytest
from tests.conftest import Warehouse
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import SENT, lay_bank, lay_return, study_code
from typer.testing import CliRunner

from janus_warehouse.cli import app

DUPLICATES = (2, 4, 6, 13, 15, 17, 19)
"""The 13th stands on the second plate and the 12th, whose tube it has, on the first."""
LEVELS = {"PFOA": 4.0, "PFOS": 12.0}
RERUN = 6
"""How many samples were measured once more, months later."""


@dataclass(frozen=True)
class Returned:
    """A warehouse that took in three returns, and what the corrected one holds."""

    warehouse: Warehouse
    first: str
    corrected: str
    rerun: str
    lines: pd.DataFrame


def measured() -> pd.DataFrame:
    """Return lines of two plates with controls; codes of one tube have about the same numbers."""
    rng = np.random.default_rng(11)
    lines = []
    for n in range(1, SENT + 1):
        tube = n - 1 if n in DUPLICATES else n
        lines.append((study_code(n), tube, 1 if n <= 12 else 2, f"A{(n - 1) % 12 + 1:02d}"))
    # Controls of unequal numbers, so that variances must be pooled by their degrees of freedom.
    lines += [("QC1", 0, plate, f"H{k:02d}") for plate in (1, 2) for k in (1, 2, 3)]
    lines += [("QC2", 0, plate, "H04") for plate in (1, 2)]
    rows = []
    for analyte, level in LEVELS.items():
        of_tube = level * np.exp(rng.normal(0, 0.5, SENT + 1))
        rows += [
            {"SampleID": code, "tube": tube, "Analyte": analyte,
             "Result": f"{of_tube[tube] * np.exp(rng.normal(0, 0.06)):.4f}", "Unit": "ng/mL",
             "LOD": "0.1", "Plate": f"P00{plate}", "Well": well,
             "RunDate": f"2019-03-0{plate + 3}", "SampleType": "control" if not tube else "sample"}
            for code, tube, plate, well in lines
        ]  # fmt: skip
    return pd.DataFrame(rows)


def as_file(lines: pd.DataFrame) -> str:
    return lines.drop(columns="tube").to_csv(index=False)


def correct(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines with one number mended, one below the limit, and one left out."""
    mended = lines.copy()
    mended.loc[0, "Result"] = "5.5"
    mended.loc[1, "Result"] = "<0.1"
    left_out = mended[(mended.SampleID == study_code(22)) & (mended.Analyte == "PFOS")].index
    return mended.drop(left_out)


@pytest.fixture(scope="module")
def returned(server: str, tmp_path_factory) -> Iterator[Returned]:
    """Take in bank, return, correction and rerun, and build what follows from them, once."""
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.warehouse import build

    home, name = tmp_path_factory.mktemp("returned"), f"test_{os.getpid()}_returned"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template janus")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    with pytest.MonkeyPatch.context() as patch, without_unit_tests():
        patch.setenv("JANUS_HOME", str(home))
        patch.setenv("JANUS_DATABASE_URL", url)
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        warehouse = Warehouse(home, url)
        lines = measured()
        corrected_lines = correct(lines)
        again = lines[lines.SampleID.isin([study_code(n) for n in range(1, RERUN + 1)])]
        accept = [lay_bank(warehouse, duplicates=DUPLICATES)]
        accept.append(lay_return(warehouse, "first", {"run.csv": as_file(lines)}))
        accept.append(
            lay_return(
                warehouse, "corrected", {"mended.csv": as_file(corrected_lines)},
                as_of=date(2019, 7, 31), supersedes=accept[1],
            )
        )  # fmt: skip
        again = again.assign(Plate="P009", RunDate="2019-08-01")
        accept.append(
            lay_return(warehouse, "rerun", {"run.csv": as_file(again)}, as_of=date(2019, 8, 31))
        )
        for delivery in accept:
            outcome = ingest(delivery)
            assert outcome.state == "accepted", outcome.reason
        build(select="+fct_measurements +fct_assay_qc +dim_assay_runs +fct_assay_corrections")
        yield Returned(warehouse, *accept[1:], corrected_lines)
    get_settings.cache_clear()
    database._engine.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


def geometric_cv(lines: pd.DataFrame, group: list[str]) -> tuple[int, float]:
    """Return repeated groups and the pooled coefficient, from sums of squares of logarithms."""
    groups = lines.groupby(group).log_value
    repeated = groups.count() > 1
    squares = ((lines.log_value - groups.transform("mean")) ** 2).sum()
    freedom = (groups.count() - 1).sum()
    return int(repeated.sum()), float(np.sqrt(np.exp(squares / freedom) - 1))


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
