"""The page for catalogue owners tells of every dataset, shape file and setting that there is."""

from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
METADATA = REPO / "metadata"
PAGE = (REPO / "docs" / "catalogue.md").read_text()


def test_every_dataset_is_in_the_page(facts):
    assert len(facts.datasets) == 7
    for name, dataset in facts.datasets.items():
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
        assert line.endswith(f"| {dataset.content.collection} |")


@pytest.mark.parametrize("word", ["JANUS_CATALOGUE_BASE_IRI", "JANUS_SMALL_CELL_MINIMUM"])
def test_every_setting_of_the_catalogue_is_in_the_page(word):
    assert word in PAGE


def test_the_folders_of_the_page_are_there():
    for folder in ("datasets", "shapes", "vocabularies"):
        assert f"metadata/{folder}" in PAGE
        assert list((METADATA / folder).iterdir())
