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


@pytest.mark.parametrize(
    ("key", "counts"),
    [
        ("created_at", False),
        ("build_id", False),
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
