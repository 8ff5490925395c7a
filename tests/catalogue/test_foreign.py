"""Other people's RDF: read whole, or refused with file and line; never fetched from anywhere."""

import pytest
from typer.testing import CliRunner

from janus_warehouse.catalogue.errors import UnreadableRdfError
from janus_warehouse.catalogue.foreign import FORMATS, read_rdf
from janus_warehouse.cli import app

UNREADABLE = {
    "ckanext_dcat/dataset.ttl": (158, 'Prefix "healthdcatap:" not bound'),
    "healthdcat_ap_de/RKI_SARS-CoV-2_Infektionen_in_Deutschland.ttl": (
        11,
        'Prefix "geodcatap:" not bound',
    ),
    "healthdcat_ap_de/RKI_SARS-CoV-2_Sequenzdaten_aus_Deutschland.ttl": (
        11,
        'Prefix "geodcatap:" not bound',
    ),
    "norway_fdk/all_datasets.ttl": (64, "objectList expected"),
}


@pytest.fixture(scope="module")
def real(shared):
    folder = shared / "real-data" / "dcat"
    if not folder.exists():
        pytest.skip(f"NOT CHECKED: the real catalogues are not at {folder}; set JANUS_SHARED")
    return folder


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_a_real_file_that_does_not_parse_is_refused_with_its_line(name, real):
    line, reason = UNREADABLE[name]

    with pytest.raises(UnreadableRdfError) as caught:
        read_rdf(real / name)

    assert str(caught.value) == (
        f"{name.split('/')[-1]}:{line}: not readable as turtle: {reason}. Nothing of the file was "
        "used; ask its publisher for a file that parses"
    )


def test_every_other_real_file_is_read(real):
    files = [p for p in real.rglob("*") if p.suffix in FORMATS]
    assert len(files) == 28
    readable = [p for p in files if str(p.relative_to(real)) not in UNREADABLE]

    assert len(readable) == 24
    for path in readable:
        assert len(read_rdf(path)) > 20


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_the_command_refuses_an_unreadable_file(name, real):
    result = CliRunner().invoke(app, ["catalogue", "validate", str(real / name)])

    assert result.exit_code == 1
    assert f"{name.split('/')[-1]}:{UNREADABLE[name][0]}:" in result.stderr


def test_the_command_lists_what_a_foreign_file_breaks(real):
    result = CliRunner().invoke(
        app, ["catalogue", "validate", str(real / "norway_fdk" / "dataset_0.ttl")]
    )

    assert result.exit_code == 1
    assert "48 triples" in result.stdout
    assert "the access right is NON_PUBLIC" in result.stdout


def test_the_command_passes_our_own_document(edition, tmp_path):
    path = tmp_path / "cancer_cases.ttl"
    path.write_bytes(edition.files["datasets/cancer_cases.ttl"])

    result = CliRunner().invoke(app, ["catalogue", "validate", str(path)])

    assert (result.exit_code, result.stdout.split(", ")[-1]) == (0, "0 breaches\n")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.rdf", "<rdf:RDF\n<", r"a.rdf:2: not readable as xml", id="broken xml"),
        pytest.param("a.jsonld", '{\n"a": }', r"a.jsonld:2: not readable as json", id="no json"),
        pytest.param("a.ttl", "\x00\xff", r"a.ttl:\S+: not readable as turtle", id="not text"),
        pytest.param("a.csv", "a;b", r"expected a file ending in .*'.csv'", id="not rdf"),
        pytest.param(
            "a.jsonld",
            '{"@graph": [{"@context": "https://schema.org/"}]}',
            r"nothing is fetched from the network",
            id="remote context",
        ),
    ],
)
def test_what_is_not_rdf_is_refused(name, content, message, tmp_path):
    (tmp_path / name).write_text(content, encoding="latin-1")

    with pytest.raises(UnreadableRdfError, match=message):
        read_rdf(tmp_path / name)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UnreadableRdfError, match=r"none\.ttl: cannot be read \(No such file"):
        read_rdf(tmp_path / "none.ttl")


def test_a_message_quotes_nothing_of_the_file(tmp_path):
    path = tmp_path / "a.ttl"
    path.write_text("@prefix a: <http://a/> .\na:b a:c 'TELLTALE' 'TELLTALE' .\n")

    with pytest.raises(UnreadableRdfError) as caught:
        read_rdf(path)

    assert "TELLTALE" not in str(caught.value)
