"""An edition takes the place of the published one whole, and the old one stays until then."""

import pytest

from janus_warehouse.catalogue import build as building
from janus_warehouse.catalogue.errors import CatalogueInputError, CatalogueRefusedError
from janus_warehouse.catalogue.publication import publish
from janus_warehouse.platform.settings import Settings


def content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def link(tmp_path):
    return tmp_path / "home" / "catalogue"


def test_files_are_published_in_their_folders(link):
    publish({"catalogue.ttl": b"a", "datasets/x.ttl": b"b"}, link, "2022.1")

    assert content(link) == {"catalogue.ttl": b"a", "datasets/x.ttl": b"b"}


def test_publishing_the_same_again_changes_nothing(link):
    first = publish({"catalogue.ttl": b"a"}, link, "2022.1")
    before = first.stat().st_mtime_ns, (first / "catalogue.ttl").stat().st_ino
    again = publish({"catalogue.ttl": b"a"}, link, "2022.1")

    assert again == first
    assert (again.stat().st_mtime_ns, (again / "catalogue.ttl").stat().st_ino) == before


def test_a_file_that_the_new_edition_lacks_is_gone(link):
    publish({"catalogue.ttl": b"a", "datasets/x.ttl": b"b"}, link, "2022.1")
    publish({"catalogue.ttl": b"c"}, link, "2022.1")

    assert content(link) == {"catalogue.ttl": b"c"}
    assert len(list(link.with_name("catalogue-editions").iterdir())) == 1


def test_the_edition_of_another_release_is_kept(link):
    old = publish({"catalogue.ttl": b"a"}, link, "2022.1")
    publish({"catalogue.ttl": b"b"}, link, "2022.10")

    assert content(old) == {"catalogue.ttl": b"a"}
    assert content(link) == {"catalogue.ttl": b"b"}


def test_a_folder_in_the_way_is_kept_aside(link):
    link.mkdir(parents=True)
    (link / "notes.txt").write_text("mine")
    publish({"catalogue.ttl": b"a"}, link, "2022.1")

    assert content(link) == {"catalogue.ttl": b"a"}
    assert [p.read_text() for p in link.parent.glob("catalogue-before-*/notes.txt")] == ["mine"]


def test_a_stopped_writer_leaves_the_old_edition(link, monkeypatch):
    publish({"catalogue.ttl": b"a"}, link, "2022.1")
    monkeypatch.setattr("pathlib.Path.symlink_to", lambda *a, **k: (_ for _ in ()).throw(OSError()))

    with pytest.raises(OSError):
        publish({"catalogue.ttl": b"b"}, link, "2022.1")

    assert content(link) == {"catalogue.ttl": b"a"}


@pytest.fixture
def built(metadata, given, tmp_path, monkeypatch):
    """`build_catalogue` on the made-up release, with facts that a test may spoil."""
    settings = Settings(home=tmp_path / "home", repo_root=metadata.parent)
    monkeypatch.setattr(building, "get_settings", lambda: settings)
    monkeypatch.setattr(building, "read_input", lambda name, facts: given)
    return settings


def test_a_catalogue_is_built_and_published(built):
    result = building.build_catalogue("2022.1")

    assert result.path == built.catalogue_dir / "catalogue.ttl"
    assert len(result.datasets) == 7
    assert result.triples > 1000
    assert result.path.exists()


def test_a_refused_catalogue_replaces_nothing(built, metadata):
    building.build_catalogue("2022.1")
    before = content(built.catalogue_dir)
    vocabulary = metadata / "vocabularies" / "european_union.yaml"
    vocabulary.write_text(vocabulary.read_text().replace("access-right/\n", "access-wrong/\n"))

    with pytest.raises(CatalogueRefusedError, match="the access right is NON_PUBLIC"):
        building.build_catalogue("2022.1")

    assert content(built.catalogue_dir) == before


def test_a_release_that_lacks_a_table_replaces_nothing(built, metadata):
    building.build_catalogue("2022.1")
    before = content(built.catalogue_dir)
    path = metadata / "datasets" / "follow_up.yaml"
    path.write_text(path.read_text().replace("- fct_follow_up\n", "- fct_gone\n"))

    with pytest.raises(CatalogueInputError, match="fct_gone"):
        building.build_catalogue("2022.1")

    assert content(built.catalogue_dir) == before
