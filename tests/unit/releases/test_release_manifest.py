"""Names and manifests: one schema for each name, one hash for each content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.releases import InvalidReleaseNameError, Release, schema_name
from janus_warehouse.releases.manifest import Column, Table, manifest_sha256

names = st.from_regex(r"[0-9]{4}\.(0|[1-9][0-9]{0,3})", fullmatch=True)

MANIFEST = {
    "release_name": "2022.1",
    "created_at": "2026-01-01T00:00:00+00:00",
    "code_version": "code-1",
    "build_id": "build-1",
    "deliveries": [{"id": "a", "content_sha256": "0"}],
    "tables": {
        "dim_donors": Table(
            "dim_donors", 3, "00", ("donor_id",), (Column("donor_id", "text", "Key.", False),), "D."
        ).as_json()
    },
    "definitions": {"variables": {}, "codelists": {}},
}
HASH_BEFORE_PINS = "5ea70de016699be6d0894a28b671ab4fec6b5694422eb23d08539c8fbf5d135d"


def test_schema_needs_no_quotes():
    assert schema_name("2022.1") == "release_2022_1"


@given(names, names)
def test_two_names_never_meet_in_one_schema(first, second):
    assert (schema_name(first) == schema_name(second)) == (first == second)


@given(st.text(max_size=12))
def test_whatever_is_not_a_year_and_a_number_is_refused(text):
    try:
        assert schema_name(text).replace("release_", "").replace("_", "").isdigit()
    except InvalidReleaseNameError as error:
        assert "such as 2022.1" in str(error)


def test_a_release_reads_its_own_manifest():
    release = Release.from_manifest(MANIFEST, manifest_sha256(MANIFEST))

    assert release.schema == "release_2022_1"
    assert release.rows == 3
    assert release.tables["dim_donors"].as_json() == MANIFEST["tables"]["dim_donors"]


LAKE = {
    "lake": {
        "small_rna_sequencing": {
            "columns": [{"name": "study_code", "type": "text"}],
            "deliveries": [{"delivery_id": "a", "rows": 6, "content_sha256": "1"}],
        }
    },
    "lake_places": {
        "small_rna_sequencing": {
            "snapshot_id": 7_306_554_012_345_678_901,
            "files": [{"name": "data/a.parquet", "rows": 6, "bytes": 600, "sha256": "2"}],
        }
    },
}


def test_a_release_reads_what_it_pins_of_the_lake():
    [pinned] = Release.from_manifest(MANIFEST | LAKE, "").lake.values()

    assert (pinned.name, pinned.rows) == ("assay.small_rna_sequencing", 6)
    assert pinned.content_as_json() == LAKE["lake"]["small_rna_sequencing"]
    assert pinned.place_as_json() == LAKE["lake_places"]["small_rna_sequencing"]


def test_a_release_that_is_older_than_pins_reads_and_keeps_its_hash():
    release = Release.from_manifest(MANIFEST, manifest_sha256(MANIFEST))

    assert release.lake == {}
    assert release.manifest_sha256 == HASH_BEFORE_PINS


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("created_at", False),
        ("build_id", False),
        ("lake_places", False),
        ("lake", True),
        ("release_name", True),
        ("code_version", True),
        ("deliveries", True),
        ("tables", True),
        ("definitions", True),
    ],
)
def test_only_what_a_release_contains_is_hashed(key, counts):
    changed = {**MANIFEST, key: "something else"}

    assert (manifest_sha256(changed) != manifest_sha256(MANIFEST)) == counts


def test_the_order_of_keys_does_not_count():
    assert manifest_sha256(dict(reversed(MANIFEST.items()))) == manifest_sha256(MANIFEST)
