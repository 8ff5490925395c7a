"""The published profiles, run as a harvester runs them, on the files as they are published."""

import re
import subprocess
import sys

import pytest

from janus_warehouse.catalogue.publication import publish

NAMES = [
    "assay_measurements",
    "cancer_cases",
    "donors_and_samples",
    "farming_exposure",
    "follow_up",
    "nhanes_reference",
    "survey_variables",
]
FILES = ["catalogue.ttl", *(f"datasets/{name}.ttl" for name in NAMES)]
REPORT = re.compile(r"(\d+) violations, (\d+) warnings, (\d+) triples")


@pytest.fixture(scope="module")
def published(edition, tmp_path_factory):
    link = tmp_path_factory.mktemp("home") / "catalogue"
    publish(edition.files, link, "2022.1")
    assert sorted(path.name for path in (link / "datasets").glob("*.ttl")) == [
        f"{name}.ttl" for name in NAMES
    ]
    return link


def validate(shared, profile, path):
    """Return violations, warnings and the report of the official validator."""
    script = shared / "shapes" / "validate.py"
    done = subprocess.run(
        [sys.executable, str(script), profile, str(path), "--warnings"],
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stderr
    violations, warnings, triples = map(int, REPORT.search(done.stdout).groups())
    assert triples > 200, "a check of nothing would pass"
    return violations, warnings, done.stdout


@pytest.mark.parametrize("file", FILES)
def test_healthdcat_ap_release_8_has_no_violations(file, shared, published):
    violations, warnings, report = validate(shared, "healthdcat-r8", published / file)

    assert violations == 0, report
    # The one warning left wants the catalogue's publisher to be in the EU list of corporate bodies.
    assert warnings == (1 if file == "catalogue.ttl" else 0), report


@pytest.mark.parametrize("file", ["catalogue.ttl", "datasets/cancer_cases.ttl"])
def test_dcat_ap_3_has_no_violations(file, shared, published):
    violations, warnings, report = validate(shared, "dcat-ap-3", published / file)

    assert (violations, warnings) == (0, 0), report


@pytest.mark.parametrize("file", ["datasets/cancer_cases.ttl", "datasets/assay_measurements.ttl"])
def test_all_but_two_recommended_properties_are_given(file, shared, published):
    _, warnings, report = validate(shared, "healthdcat-r8-recommended", published / file)

    # We follow no standard of the closed list, and the source is named in the catalogue only.
    assert warnings == 2, report
    assert "conformsTo" in report
    assert "terms/source" in report
