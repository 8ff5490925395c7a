"""The table of rules over cases: mistakes are told with file and line, and names are kept."""

import shutil
from pathlib import Path

import pytest

from janus_warehouse.metadata import MetadataError, load_case_checks
from janus_warehouse.metadata.case_checks import CONSUMERS
from janus_warehouse.warehouse.checks_page import checks_page

REPO = Path(__file__).parents[2]


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    """Give a copy of metadata/ that a test may break."""
    shutil.copytree(REPO / "metadata", tmp_path / "metadata")
    return tmp_path / "metadata"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param("death", "severity: error", "severety: error",
                     r"death\.yaml:3: IARC-AUTOPSY-VITAL\.severety: Extra inputs", id="key"),
        pytest.param("death", "severity: error", "severity: fatal",
                     r"death\.yaml:3: IARC-AUTOPSY-VITAL\.severity: Input should be",
                     id="severity"),
        pytest.param("death", "fails: vital_status_code <> '2'", "fails: vital_code <> '2'",
                     r"death\.yaml:5: IARC-AUTOPSY-VITAL\.fails: vital_code is no column",
                     id="column of a condition"),
        pytest.param("death", "breaks: {found_at_autopsy", "breaks: {found_at_autopsi",
                     r"death\.yaml:11: IARC-AUTOPSY-VITAL\.breaks: found_at_autopsi is no column",
                     id="column of an example"),
        pytest.param("death", "IARC-AUTOPSY-VITAL:", "autopsy_vital:",
                     r"death\.yaml:2: autopsy_vital: expected a code such as", id="form of a code"),
        pytest.param("death", "IARC-AUTOPSY-VITAL:", "IARC-SITE-MORPHOLOGY:",
                     r"IARC-SITE-MORPHOLOGY: is already in death\.yaml", id="code given twice"),
        pytest.param("death", "excluded_from: [matching]", "excluded_from: [release]",
                     r"death\.yaml:10: IARC-AUTOPSY-VITAL\.excluded_from\.0: Input", id="consumer"),
        pytest.param("death", "fails: vital_status_code <> '2'", "fails: \"true; drop table x\"",
                     r"death\.yaml:5: IARC-AUTOPSY-VITAL\.fails: String should match",
                     id="a second statement"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(metadata, file, old, new, told):
    path = metadata / "case_checks" / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, "the mistake is not where the test puts it"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(MetadataError, match=told):
        load_case_checks(metadata)


def test_all_mistakes_are_told_at_once(metadata):
    for path in (metadata / "case_checks").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("severity:", "severety:", 1), encoding="utf-8")

    with pytest.raises(MetadataError) as raised:
        load_case_checks(metadata)

    assert str(raised.value).count("severety: Extra inputs") == 7


def test_codes_are_those_that_others_have_written_down():
    """Flags are kept in releases and project specifications: a code is never renamed."""
    pinned = {
        "IARC-SEX-SITE-MEN", "IARC-SEX-SITE-WOMEN", "IARC-SITE-MORPHOLOGY", "IARC-DCO-VITAL",
        "JANUS-REPEATED-TUMOUR", "JANUS-REGISTER-SEX", "JANUS-NEVER-SAMPLED",
    }  # fmt: skip

    assert pinned <= set(load_case_checks().rules)


def test_every_consumer_leaves_something_out_and_matching_the_most():
    rules = load_case_checks().rules.values()
    left_out = {one: {r.fails for r in rules if one in r.excluded_from} for one in CONSUMERS}

    assert all(left_out.values())
    assert left_out["extracts"] < left_out["statistics"] < left_out["matching"]


def test_the_page_names_every_rule_with_its_source():
    checks = load_case_checks()
    page = checks_page(checks)

    for code, rule in checks.rules.items():
        assert page.count(f"| `{code}` |") == 1
        assert rule.source in page and rule.description.nb in page
