"""A release says that its people are made up when, and only when, their numbers say so."""

import pytest

from janus_warehouse.extracts import build_extract
from janus_warehouse.releases import cut_release

SENTENCE = "are made up (test population)"

NUMBERS = """
insert into identity.donors (donor_id, registered_by)
select donor_id, 'delivery-1' from marts.dim_donors;
insert into identity.identifiers (system, value, donor_id, delivery_id)
select 'national_number', '018' || lpad(n::text, 8, '0'), 'donor-' || n, 'delivery-1'
from generate_series(1, 150) as n
union all
select 'national_number', '419' || lpad(n::text, 8, '0'), 'donor-' || n, 'delivery-1'
from generate_series(151, 300) as n
union all
select 'donor_number', '010' || n, 'donor-' || n, 'delivery-1' from generate_series(1, 300) as n;
"""

ANOTHER = (
    "update identity.identifiers set value = '01010112345' "
    "where system = 'national_number' and donor_id = 'donor-7'"
)


def test_numbers_of_the_test_population_are_told_in_manifest_and_extract(marts, projects):
    marts.query(NUMBERS)

    release = cut_release("2022.1")
    extract = build_extract(projects(), "2022.1")

    assert release.manifest["test_population"] is True
    assert release.made_up_collections == {"janus"}
    for name in ("README.txt", "codebook.html"):
        assert SENTENCE in " ".join((extract.folder / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("prepare", [(), (NUMBERS, ANOTHER)], ids=["no number", "one other number"])
def test_without_that_certainty_nothing_is_said(marts, projects, prepare):
    for statement in prepare:
        marts.query(statement)

    release = cut_release("2022.1")
    extract = build_extract(projects(), "2022.1")

    assert "test_population" not in release.manifest
    assert not release.made_up_collections
    for name in ("README.txt", "codebook.html"):
        assert "test population" not in (extract.folder / name).read_text(encoding="utf-8")
