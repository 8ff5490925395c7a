"""The sender's guide: a page for every contract, current, complete, and free of SQL."""

import re
from types import SimpleNamespace

import pytest

from janus_warehouse.contracts import Tolerance, load_contracts
from janus_warehouse.contracts import guide_words as words
from janus_warehouse.contracts.document import FileFormat
from janus_warehouse.contracts.guide import MARK, guides, page_name, write_guides
from janus_warehouse.platform.settings import REPO_ROOT

FOLDER = REPO_ROOT / "docs" / "contracts"
CONTRACTS = load_contracts(REPO_ROOT / "expectations")
EACH_CONTRACT = pytest.mark.parametrize(
    "contract", CONTRACTS, ids=[contract.raw_table for contract in CONTRACTS]
)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return guides(CONTRACTS)


def test_there_are_contracts_to_write_about():
    assert len(CONTRACTS) >= 20


def test_every_committed_page_is_what_the_contracts_say(pages):
    committed = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in FOLDER.rglob("*.md")
    }
    stale = sorted(name for name in {*pages, *committed} if pages.get(name) != committed.get(name))
    assert stale == [], "run `make generate`"


@EACH_CONTRACT
def test_a_page_names_every_rule_with_its_tolerance(contract, pages):
    page = pages[page_name(contract)]
    for rule in contract.rules:
        line = next(line for line in page.split("\n") if line.startswith(f"| `{rule.rule_id}` |"))
        assert words.tolerance_words(rule.tolerance) in line
        assert line.endswith(f"| {rule.consequence} |")


@EACH_CONTRACT
def test_a_page_names_every_column_and_code(contract, pages):
    page = pages[page_name(contract)]
    for column in contract.columns:
        assert f"`{column.physical_name}`" in page
        for code in column.spec.custom_properties.codes or ():
            assert f"`{code}`" in page
        for token in column.spec.custom_properties.missing:
            assert f"`{token}`" in page or token == ""


@EACH_CONTRACT
def test_a_page_shows_no_sql(contract, pages):
    page = pages[page_name(contract)]
    for rule in contract.rules:
        assert rule.failing not in page
    assert "__text" not in page


@EACH_CONTRACT
def test_every_row_of_a_table_has_the_cells_of_its_heading(contract, pages):
    widths: set[int] = set()
    for line in pages[page_name(contract)].split("\n"):
        if not line.startswith("|"):
            assert len(widths) <= 1
            widths = set()
        else:
            widths.add(len(re.findall(r"(?<!\\)\|", line)))


@pytest.mark.parametrize(
    "contract", [pytest.param(c, id=c.raw_table) for c in CONTRACTS if c.format.kind != "assay"]
)
def test_the_manifest_on_the_page_is_read_when_its_blanks_are_filled(contract, pages):
    from janus_warehouse.deliveries.manifest import read_manifest

    block = re.search(r"   ```yaml\n(.*?)   ```", pages[page_name(contract)], re.DOTALL)
    assert block
    text = block[1].replace("<yyyy-mm-dd>", "2022-12-31").replace("<number of", "1 #")
    text = re.sub(r"<SHA-256[^>]*>", "a" * 64, text).replace("<size of the file>", "1")
    manifest = read_manifest(text, "manifest.yaml")
    assert (manifest.source, manifest.collection) == (contract.source, contract.collection)
    assert [(f.table, f.contract) for f in manifest.files] == [(contract.table, contract.version)]


def test_the_index_leads_to_every_page(pages):
    index = pages["README.md"]
    assert all(f"]({page_name(contract)})" in index for contract in CONTRACTS)


def test_writing_again_changes_nothing_and_removes_pages_of_contracts_that_are_gone(tmp_path):
    first = write_guides(tmp_path)
    content = {path: path.read_bytes() for path in first}
    gone = first[0].with_name("gone.md")
    gone.write_text(f"{MARK} from nowhere; do not edit. -->\n")
    kept = first[0].with_name("notes.md")
    kept.write_text("Written by hand.\n")

    again = write_guides(tmp_path)

    assert {path: path.read_bytes() for path in again} == content
    assert not gone.exists()
    assert kept.exists()


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        pytest.param("^T[0-9]{9}$", "`T`, then 9 digits", id="letter and digits"),
        pytest.param("^[0-9]{3,4}$", "3 to 4 digits", id="range of digits"),
        pytest.param("^[A-Z][0-9]{2}$", "1 capital letter, then 2 digits", id="capital"),
        pytest.param("^[89][0-9]{3}$", "1 character of `89`, then 3 digits", id="set"),
        pytest.param("^S[0-9A-Z]{8}$", "`S`, then 8 characters of `0-9A-Z`", id="mixed set"),
        pytest.param("^(a|b)-[0-9]$", "one of `a`, `b`, then `-`, then 1 digit", id="words"),
        pytest.param("^[A-H](0[1-9]|1[0-2])$", "of the form `^[A-H](0[1-9]|1[0-2])$`", id="other"),
    ],
)
def test_a_form_is_told_in_words_where_words_are_exact(pattern, told):
    assert words.pattern_words(pattern) == told


@pytest.mark.parametrize(
    ("limit", "unit", "told"),
    [
        pytest.param(0, "percent", "no row", id="none, as a share"),
        pytest.param(0, "rows", "no row", id="none, as a count"),
        pytest.param(1, "rows", "1 row", id="one row"),
        pytest.param(3, "rows", "3 rows", id="some rows"),
        pytest.param(0.5, "percent", "0.5 % of the rows", id="a share"),
    ],
)
def test_a_tolerance_is_told_in_rows_or_in_a_share_of_them(limit, unit, told):
    assert words.tolerance_words(Tolerance(limit, unit)) == told


@pytest.mark.parametrize(
    ("file_format", "told"),
    [
        pytest.param({"kind": "parquet"}, "A Parquet file.", id="parquet"),
        pytest.param({"kind": "xpt"}, "SAS transport file", id="xpt"),
        pytest.param({"kind": "fixed_width"}, "positions below, counted from 1", id="fixed width"),
        pytest.param({"kind": "csv", "delimiter": "\t"}, "separated by tab", id="tab"),
        pytest.param({"kind": "csv", "delimiter": "~"}, "separated by `~`", id="rare delimiter"),
        pytest.param({"kind": "csv", "encoding": "latin-1"}, "Encoding: latin-1", id="encoding"),
        pytest.param({"kind": "csv", "decimal": ","}, "decimal comma", id="decimal comma"),
        pytest.param({"kind": "csv", "header": False}, "No header line", id="no header"),
    ],
)
def test_the_format_of_a_file_is_told_in_sentences(file_format, told):
    contract = SimpleNamespace(format=FileFormat(**file_format))
    assert told in " ".join(words.format_words(contract))


def test_columns_beyond_the_contract_are_ignored_only_where_the_contract_says_so():
    strict = SimpleNamespace(format=FileFormat(kind="csv"))
    open_to_more = SimpleNamespace(format=FileFormat(kind="xpt", extra_columns="ignore"))
    assert "refuses the whole file" in words.extra_columns_words(strict)
    assert "ignored" in words.extra_columns_words(open_to_more)
