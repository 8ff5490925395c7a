"""The codebook of answers in columns: what each value and each missing one means."""

from janus_warehouse.extracts.codebook import entries_of
from janus_warehouse.extracts.queries import DeliveredColumn
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.specification import Dataset
from janus_warehouse.releases import Release
from janus_warehouse.releases.definitions import read_definitions

COLUMNS = ("height_cm", "height_cm_missing", "weight_kg", "smoking_status")


def _book():
    dataset = Dataset.model_validate(
        {
            "name": "answers",
            "mart": "survey_answers_wide",
            "description": "Answers.",
            "columns": list(COLUMNS),
        }
    )
    release = Release.from_manifest(
        {
            "release_name": "2022.1",
            "created_at": "2026-01-01T00:00:00+00:00",
            "code_version": "code-1",
            "build_id": "build-1",
            "deliveries": [],
            "tables": {},
            "definitions": read_definitions(get_settings().metadata_dir),
        },
        "0",
    )
    delivered = tuple(DeliveredColumn(name, "text", name, "") for name in COLUMNS)
    entries = entries_of(dataset, delivered, dict.fromkeys(COLUMNS, 1), release, {}, {})
    return {entry.variable: entry for entry in entries}


def test_the_column_of_reasons_tells_each_reason():
    reason = _book()["height_cm_missing"]

    assert reason.label_en == "Height: reason of the missing value"
    assert "not_asked = the survey did not ask or measure it" in reason.codes
    assert "inconsistent = the answer contradicts another answer" in reason.codes


def test_a_value_names_the_reasons_where_their_column_was_delivered_with_it():
    book = _book()

    assert book["height_cm"].missing_reasons == book["height_cm_missing"].codes
    assert book["height_cm"].unit == "cm"
    assert book["weight_kg"].missing_reasons == ""
    assert "current = smokes now" in book["smoking_status"].codes
