"""Meanings kept with a release: every variable, and the codelists they use."""

from janus_warehouse.metadata import load_survey_variables
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.releases.definitions import read_definitions


def test_keeps_labels_and_codes_of_the_repository():
    definitions = read_definitions(get_settings().metadata_dir)
    variables, codelists = definitions["variables"], definitions["codelists"]

    assert len(variables) > 20
    assert all(
        variable["label"]["nb"] and variable["label"]["en"] for variable in variables.values()
    )
    used = {variable["codelist"] for variable in variables.values()} - {None}
    assert used == set(codelists) != set()
    assert {"code": "1", "nb": "mann", "en": "man"} in codelists["sex"]


def test_keeps_what_the_reasons_of_missing_answers_mean():
    definitions = read_definitions(get_settings().metadata_dir)
    height = definitions["variables"]["height_cm_missing"]

    assert height["label"] == {
        "nb": "Høyde: grunn til at verdien mangler",
        "en": "Height: reason of the missing value",
    }
    assert (height["codelist"], height["unit"]) == ("missing_reason", None)
    reasons = {
        name
        for name, variable in definitions["variables"].items()
        if variable["codelist"] == "missing_reason"
    }
    assert reasons == {f"{name}_missing" for name in load_survey_variables()} | {"missing_reason"}
