"""`janus codes` as its users meet it: help with columns, examples that run, clear refusals."""

import csv
import io

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.codes.tool import MODULES, load_tool

EACH_TOOL = pytest.mark.parametrize("name", MODULES)


def run(*arguments: str, given: str | bytes = ""):
    return CliRunner().invoke(app, ["codes", *arguments], input=given)


def cells(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@EACH_TOOL
def test_help_names_every_column_and_an_example(name):
    told = run(name, "--help").stdout
    tool = load_tool(name)

    for column in (*tool.required, *tool.optional, *tool.adds):
        assert column in told
    assert "Example:" in told
    assert name in run("--help").stdout


@EACH_TOOL
def test_the_example_of_the_help_runs(name):
    tool = load_tool(name)
    given = tool.example.strip() + "\n"
    done = run(name, given=given)

    assert done.exit_code == 0, done.output
    answered = cells(done.stdout)
    assert len(answered) == len(cells(given)) > 0
    assert set(tool.adds) <= set(answered[0])
    assert any(row[column] for row in answered for column in tool.adds), "an answer says something"


@EACH_TOOL
def test_rows_come_back_in_their_order_with_what_came_untouched(name):
    tool = load_tool(name)
    lines = tool.example.strip().splitlines()
    doubled = [*lines, *reversed(lines[1:])]
    given = "\n".join([f"note;{doubled[0].replace(',', ';')}"] + [
        f"row {number};{line.replace(',', ';')}" for number, line in enumerate(doubled[1:])
    ])  # fmt: skip
    answered = cells(run(name, given=given).stdout, ";")

    assert [row["note"] for row in answered] == [f"row {n}" for n in range(len(doubled) - 1)]
    assert [list(row.values())[: lines[0].count(",") + 2] for row in answered] == [
        line.split(";") for line in given.splitlines()[1:]
    ]


@EACH_TOOL
def test_a_missing_column_is_named_and_ends_with_status_1(name):
    first = next(iter(load_tool(name).required))
    done = run(name, given="something\n1\n")

    assert done.exit_code == 1
    assert first in done.output
    assert "found something" in done.output


@EACH_TOOL
def test_a_file_of_a_header_alone_gives_a_header(name):
    tool = load_tool(name)
    done = run(name, given=",".join(tool.required) + "\n")

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [",".join((*tool.required, *tool.adds))]


@pytest.mark.parametrize(
    "given", [b"", b"a,b\n1,2,3\n", "navn\nÅse\n".encode("latin-1")],
    ids=["nothing", "more cells than columns", "another encoding"],
)  # fmt: skip
def test_what_is_no_csv_is_refused_without_its_content(given):
    done = run("municipality", given=given)

    assert done.exit_code == 1
    assert "se\n" not in done.output
    assert "expected" in done.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(b"", "it is empty", id="nothing"),
        pytest.param(b" \n", "it is empty", id="blanks"),
        pytest.param(b"number,x\n1,2\n1,2,3\n", "line 3 has 3", id="cells"),
        pytest.param(b'number,x\n"1\n2",2\n"1,2\n', "opens in line 4", id="open quote"),
        pytest.param("number\n1\n\u00c5\n".encode("latin-1"), "line 3 is in another", id="latin"),
        pytest.param("number\n1\n".encode("utf-16"), "another encoding", id="UTF-16"),
        pytest.param("number\n1\n".encode("utf-16-le"), "zero bytes", id="UTF-16, no mark"),
        pytest.param(b"number,Number \n1,2\n", "found number several times", id="twice"),
    ],
)
def test_a_refusal_says_where_the_file_breaks(given, told):
    done = run("national-id", given=given)

    assert done.exit_code == 1
    assert told in " ".join(done.output.split())


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(b'\xef\xbb\xbf"number","note"\r\n"1","a;b"\r\n', id="mark and CRLF"),
        pytest.param(b'number,"a; note; of; many"\n1,x\n', id="delimiters in quotes"),
        pytest.param(b"note,number\nx,1\n\n\n", id="empty lines at the end"),
    ],
)
def test_a_file_as_other_programs_write_it_is_read(given):
    done = run("national-id", given=given)

    assert done.exit_code == 0, done.output
    assert [row["reason"] for row in cells(done.stdout)] == ["length"]


@pytest.mark.parametrize("written", ["tab", "\\t", "\t"])
def test_a_tab_can_be_written_out(written):
    done = run("national-id", "--delimiter", written, given="number\tx\n1\t2\n")

    assert done.exit_code == 0, done.output


def test_a_delimiter_of_several_characters_is_wrong_usage():
    assert run("national-id", "--delimiter", "::", given="number\n1\n").exit_code == 2


@pytest.mark.parametrize("name", ["primaries", "case-checks", "icdo3-to-icd10"])
def test_help_lists_the_codes_that_can_come_out(name):
    told = run(name, "--help").stdout

    assert all(code in told for codes in load_tool(name).legend().values() for code in codes)
