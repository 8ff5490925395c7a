"""What a specification says of the lake: each analyte once, in a file with a name of its own."""

import pytest
from tests.unit.projects.test_project_specifications import GOOD, write

from janus_warehouse.projects import ProjectSpecificationError
from janus_warehouse.projects.columns import delivered_name
from janus_warehouse.projects.loading import read_project, specification_sha256

LAKE = """\
lake_datasets:
  - name: rnas
    lake: small_rna_sequencing
    description: One row per sample and RNA.
    columns: [study_code, analyte_code]
    analytes: [one, two]
"""
WITHOUT_LAKE = "b40d04bff8121f4d21cf7da1d7fffe587bf0867707e9d602313dfff859bf9771"


def test_files_of_the_lake_come_after_those_of_marts(tmp_path):
    project = read_project(write(tmp_path, GOOD + LAKE)).project

    assert [dataset.name for dataset in project.files] == ["donors", "rnas"]
    assert project.lake_datasets[0].analytes == ("one", "two")


def test_a_specification_without_lake_says_what_it_said_before_there_was_one(tmp_path):
    plain = read_project(write(tmp_path, GOOD)).project
    with_lake = read_project(write(tmp_path, GOOD + LAKE)).project

    assert specification_sha256(plain) == WITHOUT_LAKE
    assert specification_sha256(with_lake) != specification_sha256(plain)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[one, two]", "[one, one]", "study.yaml:19: lake_datasets.0: .*analytes given twice: one"),
        ("[one, two]", "[]", "study.yaml:23: lake_datasets.0.analytes"),
        ("analytes: [one, two]", "analyte: [one]", "study.yaml:23: lake_datasets.0.analyte: Extra"),
        ("name: rnas", "name: donors", "datasets with one name: donors"),
        ("name: rnas", "name: codebook", "name taken by a file of every extract: codebook"),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path, old, new, message):
    assert old in LAKE
    with pytest.raises(ProjectSpecificationError, match=message):
        read_project(write(tmp_path, GOOD + LAKE.replace(old, new)))


def test_the_code_of_a_sample_leaves_as_a_pseudonym_whoever_gave_it():
    names = [delivered_name(name) for name in ("study_code", "sample_code", "analyte_code")]

    assert names == ["study_pseudonym", "sample_pseudonym", "analyte_code"]
