"""The quality page of a return: what it shows, and what it must not."""

import json
import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.warehouse.assays.bank_of_returns import study_code
from tests.warehouse.assays.measured_samples import DUPLICATES, LEVELS
from typer.testing import CliRunner

from janus_warehouse.cli import app


@pytest.fixture(scope="module")
def page(returned) -> Path:
    """Write the page of the corrected return and give it."""
    written = CliRunner().invoke(app, ["assay", "report", returned.corrected])
    assert written.exit_code == 0, written.output
    return returned.warehouse.home / "reports" / "assays" / returned.corrected / "quality.html"


@pytest.fixture(scope="module")
def document(page) -> dict:
    return json.loads(page.with_name("quality.json").read_text(encoding="utf-8"))


def test_controls_are_shown_as_pandas_finds_them(returned, document):
    found = {(one["analyte_id"], one["control"]): one for one in document["controls"]}
    lines = returned.lines[returned.lines.tube == 0]
    logs = np.log(lines.Result.astype(float))

    assert {key: one["n"] for key, one in found.items()} == {
        (analyte, control): n for analyte in LEVELS for control, n in (("QC1", 6), ("QC2", 2))
    }
    for (analyte, control), of_control in logs.groupby([lines.Analyte, lines.SampleID]):
        one = found[analyte, control]
        assert one["mean_log"] == pytest.approx(of_control.mean())
        assert one["sd_log"] == pytest.approx(of_control.std())
        assert sorted(one["logs"]) == pytest.approx(sorted(of_control))
        assert one["plates"] == sorted(one["plates"])


def test_wells_have_the_class_of_their_level_and_tell_controls_and_duplicates(
    returned,
    document,
):
    lines = returned.lines[~returned.lines.Result.str.startswith("<")]
    lines = lines.assign(log_value=np.log(lines.Result.astype(float)))
    samples = lines[lines.tube > 0]
    medians = samples.groupby(["Analyte", "Plate"]).log_value.transform("median")
    level = (samples.log_value - medians).groupby([samples.Plate, samples.Well]).median()
    cuts = [math.log(factor) for factor in (0.5, 0.8, 1.25, 2)]
    wells = {(p["plate_id"], w): well for p in document["plates"] for w, well in p["wells"].items()}

    assert [plate["plate_id"] for plate in document["plates"]] == ["P001", "P002"]
    assert Counter(well["kind"] for well in wells.values()) == {"sample": 24, "control": 8}
    of_samples = {place: well for place, well in wells.items() if well["kind"] == "sample"}
    assert {place: well["level"] for place, well in of_samples.items()} == {
        place: int(np.searchsorted(cuts, number, side="right")) for place, number in level.items()
    }
    controls = lines[lines.tube == 0]
    own = controls.groupby(["Analyte", "SampleID"]).log_value.transform("median")
    level = (controls.log_value - own).groupby([controls.Plate, controls.Well]).median()
    assert {place: well["level"] for place, well in wells.items() if well["kind"] == "control"} == {
        place: int(np.searchsorted(cuts, number, side="right")) for place, number in level.items()
    }
    tubes = samples.groupby(["Plate", "Well"]).tube.first()
    again = {n - 1 for n in DUPLICATES}
    assert {place for place, well in of_samples.items() if well["is_repeated"]} == {
        place for place, tube in tubes.items() if tube in again
    }


def test_the_page_holds_no_number_of_a_sample_no_code_and_no_donor(
    returned,
    page,
):
    text = page.read_text(encoding="utf-8") + page.with_name("quality.json").read_text("utf-8")
    samples = returned.lines[returned.lines.tube > 0]
    donors = returned.warehouse.query("select distinct donor_id from marts.fct_measurements")

    assert len(donors) > 10
    secrets = [donor for (donor,) in donors] + [study_code(n) for n in range(1, 25)]
    secrets += [number for number in samples.Result if len(number) > 4]
    assert [secret for secret in secrets if secret in text] == []


def test_the_page_is_complete_without_network_and_script(page, document, shown_in_browser):
    shown = shown_in_browser(page)

    assert shown.count("<svg") == len(document["plates"]) + len(document["controls"]) == 6
    assert shown.count('role="img"') == shown.count('aria-label="') - 3
    assert "another number" in shown and "removed" in shown
    assert "<script" not in shown
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", shown) == []


def test_the_index_leads_to_the_page_and_the_page_back(returned, page):
    index = page.parents[1] / "index.html"

    assert f'href="{returned.corrected}/quality.html"' in index.read_text(encoding="utf-8")
    assert f'href="{returned.first}/quality.html"' not in index.read_text(encoding="utf-8")
    linked = re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8"))
    assert linked == ["../index.html", "report.html"]
    assert all((page.parent / link).exists() for link in linked)


def test_a_return_that_was_superseded_has_no_page_and_is_told_why(returned):
    told = CliRunner().invoke(app, ["assay", "report", returned.first])

    assert told.exit_code == 1
    assert "superseded return has no quality page" in told.output
    assert CliRunner().invoke(app, ["assay", "report"]).exit_code == 2


def test_a_build_writes_the_pages_that_would_be_others_now(returned, page, monkeypatch):
    from janus_warehouse.assays.quality import report, write_missing_quality_reports

    assert write_missing_quality_reports() == []
    page.unlink()
    assert write_missing_quality_reports() == [page]
    assert write_missing_quality_reports() == []
    limits = report.assay_limits() | {"largest_cv": (0.01, "hardly any variation")}
    monkeypatch.setattr(report, "assay_limits", lambda: limits)
    assert len(write_missing_quality_reports()) == 2
    monkeypatch.undo()
    assert len(write_missing_quality_reports()) == 2
