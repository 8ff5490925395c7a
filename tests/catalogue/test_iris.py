"""Names are minted in one way, and a name that could be written in two ways is refused."""

import pytest

from janus_warehouse.catalogue.errors import CatalogueMetadataError
from janus_warehouse.catalogue.iris import mint

BASE = "https://janus.example.org/"


def test_a_dataset_of_a_release_is_named_by_both():
    assert str(mint(BASE, "dataset", "cancer_cases", "2022.1")) == (
        "https://janus.example.org/dataset/cancer_cases/2022.1"
    )


def test_a_part_hangs_under_its_owner():
    assert str(mint(BASE, "dataset", "a", "1", "sample/b c")).endswith("dataset/a/1/sample/b%20c")


@pytest.mark.parametrize("name", ["cancer cases", "a/b", "æ", "..", "a?b"])
def test_a_name_that_would_need_escaping_is_refused(name):
    with pytest.raises(CatalogueMetadataError, match="cannot be part of an IRI"):
        mint(BASE, "dataset", name)
