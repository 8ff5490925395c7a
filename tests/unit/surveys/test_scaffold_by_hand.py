"""The scaffold on small files made by hand: what it proposes, what it hides, what it refuses."""

import re
import shutil

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.contracts import load_contract
from janus_warehouse.metadata import MetadataError
from janus_warehouse.platform.settings import REPO_ROOT, get_settings
from janus_warehouse.surveys import load_harmonisation
from janus_warehouse.surveys.errors import ScaffoldError
from janus_warehouse.surveys.scaffold import scaffold
from janus_warehouse.surveys.scaffold_codebook import from_text, read_codebook
from janus_warehouse.synthetic.numbers import make_numbers
from janus_warehouse.synthetic.streams import Stream

ROWS = 300
CODEBOOK = """name;label;question;code;code_label
ROYK;Røykevaner;Røyker du daglig?;1;Røyker nå
ROYK;;;2;Har sluttet
ROYK;;;3;Aldri røykt daglig
ROYK;;;8;Vil ikke svare
ROYK;;;9;Vet ikke
HOYDE;Høyde (cm);;999;Ikke målt
"""
HEADER = "FNR;DATO;HOYDE;ROYK;KOL;YRKE;BARN;KOMM;NAVN"
RARE = "6174"


def _numbers() -> list[str]:
    days = np.arange(ROWS, dtype=np.int64) * 7 - 12_000
    made = make_numbers(days, np.arange(ROWS) % 2 == 0, Stream(1978, "scaffold"))
    return [f"{number:011d}" for number in made]


def _row(at: int, number: str) -> str:
    height = "999" if at % 40 == 0 else str(155 + at % 37)
    smoking = "123"[at % 3] if at % 25 else "9"
    cholesterol = f"{4 + at % 50 / 10:.1f}".replace(".", ",")
    job = RARE if at == 17 else f"yrke nummer {at % 90} ÆØÅ"
    day = f"{at % 28 + 1:02d}.{at % 12 + 1:02d}.{1978 + at % 2}"
    return ";".join([number, day, height, smoking, cholesterol, job, str(at % 5), "0301", f"N{at}"])


@pytest.fixture(scope="module")
def valley(tmp_path_factory):
    """Give the file of a made-up survey, in latin-1, and its codebook."""
    folder = tmp_path_factory.mktemp("valley")
    rows = [_row(at, number) for at, number in enumerate(_numbers())]
    file, codebook = folder / "Valley 1978.csv", folder / "codebook.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="latin-1")
    codebook.write_text(CODEBOOK, encoding="utf-8")
    return file, codebook


@pytest.fixture(scope="module")
def proposed(valley):
    return scaffold(valley[0], codebook=valley[1])


@pytest.fixture(scope="module")
def columns(proposed):
    return {column.header: column for column in proposed.columns}


def test_the_id_comes_from_the_name_of_the_file(proposed):
    assert proposed.survey == "valley_1978"
    assert proposed.contract_path == "expectations/janus/health_surveys/valley_1978.yaml"
    assert proposed.rules_path == "metadata/harmonisation/janus/valley_1978.yaml"


def test_each_column_is_proposed_as_what_it_is(columns):
    kinds = {header: column.kind for header, column in columns.items()}
    assert kinds == {
        "FNR": "identifier", "DATO": "date", "HOYDE": "integer", "ROYK": "code", "KOL": "number",
        "YRKE": "text", "BARN": "integer", "KOMM": "text", "NAVN": "identifier",
    }  # fmt: skip
    assert columns["DATO"].name == "attended_date"
    assert columns["DATO"].years == (1978, 1979)
    assert columns["HOYDE"].missing == {"999": "not_answered"}
    assert columns["HOYDE"].unit == "cm"
    assert columns["HOYDE"].low <= 155 and columns["HOYDE"].high >= 191
    assert columns["HOYDE"].high < 999
    assert columns["ROYK"].missing == {"8": "refused", "9": "unknown"}
    assert columns["KOL"].unit == "mmol/L"
    assert columns["KOMM"].digits == 4


def test_the_contract_can_be_read_and_says_how_the_file_is_written(proposed, tmp_path):
    proposed.write(tmp_path)
    contract = load_contract(tmp_path / proposed.contract_path)
    assert contract.format.model_dump(exclude_defaults=True) == {
        "kind": "csv", "delimiter": ";", "encoding": "latin-1", "decimal": ",",
    }  # fmt: skip
    assert contract.person.column == "fnr"
    assert {c.name for c in contract.columns if c.is_identifier} == {"fnr", "navn"}
    smoking = next(c for c in contract.columns if c.name == "royk")
    assert smoking.spec.custom_properties.codes == ("1", "2", "3", "8", "9")


def test_a_survey_that_comes_twice_with_differences_is_held_as_those_of_the_bank(
    proposed, tmp_path
):
    proposed.write(tmp_path)
    ours = load_contract(REPO_ROOT / "expectations/janus/health_surveys/hubro_2000.yaml")

    assert ours.linkage is not None
    assert load_contract(tmp_path / proposed.contract_path).linkage == ours.linkage


def test_codes_of_the_rule_file_are_found_by_their_labels(proposed):
    rules = yaml.safe_load(proposed.rules)["rules"]
    assert rules["smoking_status"]["rule"] == "recode"
    assert rules["smoking_status"]["recode"] == {"1": "current", "2": "former", "3": "never"}
    assert rules["smoking_status"]["missing"] == {"8": "refused", "9": "unknown"}
    assert rules["smoking_status"]["question"] == "Røyker du daglig?"
    assert rules["height_cm"] == {
        "rule": "direct", "columns": ["hoyde"], "question": "Høyde",
        "missing": {"999": "not_answered"},
    }  # fmt: skip
    assert rules["children_born"]["rule"] == "direct"


def test_no_value_of_few_persons_is_written_or_shown(valley, proposed, tmp_path):
    shown = (
        CliRunner()
        .invoke(app, ["survey", "scaffold", str(valley[0]), "--to", str(tmp_path)])
        .output
    )
    assert "HOYDE" in shown
    everything = proposed.contract + proposed.rules + shown
    assert RARE not in everything
    assert not re.search(r"(?<![0-9])[0-9]{11}(?![0-9])", everything)
    assert "yrke nummer" not in everything and "N17" not in everything


def test_a_code_of_four_persons_is_counted_and_one_of_five_is_listed(tmp_path):
    path = tmp_path / "few.csv"
    rows = ["1"] * 100 + ["2"] * 100 + ["4"] * 5 + ["5"] * 4
    path.write_text("\n".join(["SVAR;NR", *(f"{code};x" for code in rows)]))
    [column, _] = scaffold(path).columns
    assert column.codes == ("1", "2", "4")
    assert column.notes == ("further values in fewer than 5 rows are not shown: 1",)


def test_a_seven_after_six_is_one_more_glass_and_no_missing_code(tmp_path):
    path = tmp_path / "glasses.csv"
    rows = [str(at % 15) for at in range(300)] + ["99"] * 9
    path.write_text("\n".join(["GLVIN;X", *(f"{glasses};x" for glasses in rows)]))
    assert scaffold(path).columns[0].missing == {"99": None}


def test_every_todo_is_told_with_its_line_until_it_is_settled(proposed, tmp_path, monkeypatch):
    for folder in ("metadata", "expectations"):
        shutil.copytree(REPO_ROOT / folder, tmp_path / folder)
    proposed.write(tmp_path)
    path = tmp_path / proposed.rules_path
    monkeypatch.setenv("JANUS_REPO_ROOT", str(tmp_path))
    get_settings.cache_clear()
    try:
        lines = path.read_text().splitlines()
        expected = {n for n, line in enumerate(lines, 1) if "TODO" in line.split("#")[0]}
        with pytest.raises(MetadataError) as raised:
            load_harmonisation()
        told = [line for line in str(raised.value).splitlines() if "TODO" in line]
        assert {int(line.split(":")[1]) for line in told} == expected
        checked = CliRunner().invoke(app, ["survey", "check", "valley_1978"])
        assert checked.exit_code == 1
        assert f"{proposed.rules_path}:{min(expected)}: " in checked.output

        text = path.read_text().replace("nb: TODO, en: TODO", "nb: Dalen, en: The valley")
        path.write_text(re.sub(r"\bTODO\b(?!`|,| it)", "Not asked in the valley.", text))
        checked = CliRunner().invoke(app, ["survey", "check", "valley_1978"])
        assert checked.exit_code == 0, checked.output
        assert checked.output.startswith("valley_1978: ")
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_files_that_are_there_are_kept_unless_forced(proposed, tmp_path):
    proposed.write(tmp_path)
    with pytest.raises(ScaffoldError, match=r"expected no file yet.*--force"):
        proposed.write(tmp_path)
    proposed.write(tmp_path, replaces=True)


def test_fixed_width_is_read_with_positions_from_the_codebook(tmp_path):
    layout = "name,first,last,label\nNR,1,4,Løpenummer\nROYK,5,5,Røyker du?\nVEKT,6,8,Vekt (kg)\n"
    (tmp_path / "layout.csv").write_text(layout, encoding="utf-8")
    lines = [f"{at:04d}{at % 3 + 1}{50 + at % 40:3d}" for at in range(200)]
    (tmp_path / "old.dat").write_text("\n".join(lines) + "\n")
    proposed = scaffold(tmp_path / "old.dat", codebook=tmp_path / "layout.csv")
    proposed.write(tmp_path)
    contract = load_contract(tmp_path / proposed.contract_path)
    assert [(c.physical_name, c.position) for c in contract.columns] == [
        ("NR", (1, 4)), ("ROYK", (5, 5)), ("VEKT", (6, 8)),
    ]  # fmt: skip
    assert proposed.chosen == {"royk": "smoking_status", "vekt": "weight_kg"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("empty.csv", b"", "found an empty file", id="empty"),
        pytest.param("mark.csv", b"\xfe\xff", "found an empty file", id="byte order mark only"),
        pytest.param("header.csv", b"a;b\n", "expected rows below the header", id="no rows"),
        pytest.param("twice.csv", b"a;b;a\n1;2;3\n", "columns 1 and 3 share a name", id="twice"),
        pytest.param("ragged.csv", b"a;b\n1;2\n3;4;5\n6;7\n" * 9, "line 3.*3 fields", id="ragged"),
        pytest.param("spss.sav", b"$FL2", "the door does not read.*--codebook", id="SPSS"),
        pytest.param("half.csv.gz", b"\x1f\x8b\x08\x00", "cut off or damaged", id="gzip"),
        pytest.param("old.dat", b"x" * 80 + b"\n", "fixed width give --codebook", id="no layout"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_mend(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScaffoldError, match=message):
        scaffold(path)


def test_a_file_that_is_not_there_and_a_bad_id_are_told(tmp_path, valley):
    with pytest.raises(ScaffoldError, match="found none; check the path"):
        scaffold(tmp_path / "nowhere.csv")
    with pytest.raises(ScaffoldError, match="--survey: expected lower case"):
        scaffold(valley[0], survey="Valley-78")


def test_documentation_with_tables_and_lists_is_a_codebook():
    book = from_text(
        "### WT - Weight (kg)\n\nEnglish Text:\n\n    Weight of SP.\nCode | Value | Count\n"
        "---|---|---\n10 to 200 | Range of Values | 99\n. | Missing | 3\n\n"
        "### SMK - Smokes\n- 1: Yes, 20\n- 2: No, 30\n- 9: Don't know, 1\n## Other\n- 3: nothing\n"
    )
    assert book["wt"].unit == "kg" and book["wt"].limits == (10, 200)
    assert book["wt"].question == "Weight of SP."
    assert book["smk"].codes == {"1": "Yes", "2": "No", "9": "Don't know"}


def test_a_yaml_codebook_says_the_same_as_a_csv(tmp_path):
    (tmp_path / "book.csv").write_text(CODEBOOK, encoding="utf-8")
    (tmp_path / "book.yaml").write_text(
        "ROYK: {label: Røykevaner, question: 'Røyker du daglig?', codes: {1: Røyker nå, "
        "2: Har sluttet, 3: Aldri røykt daglig, 8: Vil ikke svare, 9: Vet ikke}}\n"
        "HOYDE: {label: Høyde (cm), codes: {999: Ikke målt}}\n",
        encoding="utf-8",
    )
    assert read_codebook(tmp_path / "book.yaml") == read_codebook(tmp_path / "book.csv")
