"""A staged matrix of counts against polars' own reading of the file: the same, or refused.

Files are odd in what programs write: ends of lines, quotes, signs, empty cells, words for missing
ones; and they are read in pieces of every size, so that each cell once stands at a border.
"""

import gzip
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janus_warehouse.assays.formats import count_blocks, count_matrix
from janus_warehouse.assays.lake.counted import stage_counts
from janus_warehouse.assays.lake.stage import Stage, stage_file
from janus_warehouse.assays.tables import NO_NUMBER, STATUSES
from janus_warehouse.errors import DeliveryRefusedError

COUNTS = ("0", "1", "17", "+5", "007", "2147483647", "-0", " 4", "")
MISSING = ("", "NA")
FAULTS = {
    "1.5": "neither a number", "1e3": "neither a number", "1,5": "a decimal comma",
    "abc": "neither a number", "-3": "a count is negative", "-2147483648": "a count is negative",
    "-2147483649": "a count is negative", "2147483648": "a count is above",
    "99999999999": "a count is above", "٣": "neither a number", "0x1F": "neither a number",
    "1 2": "neither a number", "1\r2": "neither a number", '"5"': "neither a number",
    "inf": "neither a number", "NaN": "neither a number", "9" * 40: "neither a number",
}  # fmt: skip
often = settings(
    max_examples=100, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@dataclass
class Drawn:
    """A file as it is laid out, its cells as text."""

    names: list[str]
    cells: list[list[str]]
    end: str
    has_last_end: bool
    has_mark: bool
    is_packed: bool
    first: str
    block_bytes: int
    empty_lines: int = 0

    @property
    def text(self) -> bytes:
        samples = [f"SAAAAAA{n:02d}" for n in range(len(self.cells[0]))]
        head = [] if self.first == "R" else [self.first]
        lines = ["\t".join([*head, *samples])]
        lines += ["\t".join([n, *row]) for n, row in zip(self.names, self.cells, strict=True)]
        text = self.end.join(lines) + (self.end if self.has_last_end else "")
        text += self.end * self.empty_lines
        return (("\ufeff" if self.has_mark else "") + text).encode()

    def write(self, folder: Path) -> Path:
        path = folder / ("counts.tsv.gz" if self.is_packed else "counts.tsv")
        path.write_bytes(gzip.compress(self.text) if self.is_packed else self.text)
        return path


@st.composite
def drawn(draw) -> Drawn:
    """Return a file that is odd and right."""
    samples, analytes = draw(st.integers(1, 7)), draw(st.integers(1, 9))
    cell = st.sampled_from((*COUNTS, *MISSING)) | st.integers(0, 10**6).map(str)
    plain = st.integers(0, 300).map(str)
    kind = draw(st.sampled_from([cell, plain]))
    letters = st.text("ABCxyz019-_.:;,()'µ ", min_size=1, max_size=12).map(str.strip)
    names = draw(st.lists(letters.filter(bool), min_size=analytes, max_size=analytes, unique=True))
    long = draw(st.sampled_from([0, 0, 400, 5000]))
    quote = draw(st.sampled_from(["", "", '"']))
    return Drawn(
        names=[f"{quote}RNA {name}{'x' * long}{quote}" for name in names],
        cells=[[draw(kind) for _ in range(samples)] for _ in range(analytes)],
        end=draw(st.sampled_from(["\n", "\r\n"])),
        has_last_end=draw(st.booleans()), has_mark=draw(st.booleans()),
        is_packed=draw(st.booleans()), first=draw(st.sampled_from(["ID", "gene", "R"])),
        block_bytes=draw(st.integers(1, 120)), empty_lines=draw(st.sampled_from([0, 0, 1, 3])),
    )  # fmt: skip


def by_polars(file: Drawn) -> tuple[list[str], np.ndarray]:
    """Return names and counts as polars reads the whole file, missing ones as `NO_NUMBER`."""
    text = file.text.removeprefix("\ufeff".encode())
    body = text.split(b"\n", 1)[1].rstrip(b"\r\n") + b"\n"
    frame = pl.read_csv(
        io.BytesIO(body), separator="\t", has_header=False, quote_char=None,
        schema={str(n): pl.String for n in range(len(file.cells[0]) + 1)}, eol_char="\n",
    )  # fmt: skip
    texts = frame.select(pl.all().str.strip_chars().replace(["", "NA"], None))
    counts = texts.drop("0").cast(pl.Int64).fill_null(NO_NUMBER)
    names = texts["0"].str.strip_chars('"')
    return names.to_list(), counts.to_numpy()


def a_folder(tmp_path: Path) -> Path:
    """Return a folder that no other example has: what is staged already is not read again."""
    return tmp_path / f"{len(list(tmp_path.iterdir()))}"


def staged(file: Drawn, folder: Path, monkeypatch) -> Stage:
    folder.mkdir()
    monkeypatch.setattr(count_blocks, "BLOCK_BYTES", file.block_bytes)
    path = file.write(folder)
    assert count_matrix.recognise(path) == "v1"
    return stage_counts(
        "counts.tsv", count_matrix.read_matrix(path, "v1"), lambda f: f, folder / "stage"
    )


@given(file=drawn())
@often
def test_a_staged_matrix_has_the_counts_that_polars_reads(tmp_path, monkeypatch, file):
    stage = staged(file, a_folder(tmp_path), monkeypatch)
    names, counts = by_polars(file)
    assert stage.analytes["analyte_code"].to_list() == names
    assert stage.numbers.tolist() == counts.tolist()
    assert (stage.cells, stage.numbers.dtype) == (counts.size, np.int32)
    assert stage.analytes["line"].to_list() == list(range(2, 2 + len(names)))
    numbers, statuses = stage.block(slice(0, len(names)))
    said = [[STATUSES[place] for place in row] for row in statuses]
    assert said == [
        ["missing" if n == NO_NUMBER else "detected" if n > 0 else "below_lod" for n in row]
        for row in numbers.tolist()
    ]


@given(file=drawn())
@settings(often, max_examples=40)
def test_one_pass_stages_what_a_reader_of_rows_gives(tmp_path, monkeypatch, file):
    folder = a_folder(tmp_path)
    stage = staged(file, folder, monkeypatch)
    path = file.write(folder)
    rows = stage_file("counts.tsv", count_matrix.read(path, "v1"), stage.folder.parent / "rows")
    everything = slice(0, stage.analytes.height)
    for ours, theirs in zip(stage.block(everything), rows.block(everything), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert stage.analytes.equals(rows.analytes)
    assert stage.samples.drop("line").equals(rows.samples.drop("line"))
    assert (stage.cells, stage.qc.schema) == (rows.cells, rows.qc.schema)


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@given(file=drawn(), where=st.data())
@settings(often, max_examples=8)
def test_a_faulty_cell_is_refused_with_its_line(tmp_path, monkeypatch, fault, file, where):
    row = where.draw(st.integers(0, len(file.cells) - 1))
    column = where.draw(st.integers(0, len(file.cells[0]) - 1))
    file.cells[row][column] = fault
    if row == 0 or file.cells[0] == [""]:  # what no count may be, no format knows
        file.cells.insert(0, ["1"] * len(file.cells[0]))
        file.names.insert(0, "first")
        row += 1
    folder = a_folder(tmp_path)
    with pytest.raises(DeliveryRefusedError, match=re.escape(FAULTS[fault])) as refused:
        staged(file, folder, monkeypatch)
    assert re.search(rf"\bline {row + 2}\b", str(refused.value))
    assert not (folder / "stage").exists()


@given(file=drawn(), where=st.data())
@often
def test_a_ragged_line_is_refused_with_its_line(tmp_path, monkeypatch, file, where):
    width = len(file.cells[0])
    file.cells = [["7"] * width, *file.cells]
    file.names = ["first", *file.names]
    row = where.draw(st.integers(1, len(file.cells) - 1))
    kind = where.draw(st.sampled_from(["short", "long", "blank", "moved"]))
    if kind == "blank":
        # Only at the end of a file is an empty line none.
        file.cells, file.names = [*file.cells, ["7"] * width], [*file.names, "last"]
        file.cells[row], file.names[row] = [], ""
    elif kind == "short":
        file.cells[row] = file.cells[row][1:]
    else:
        file.cells[row] = [*file.cells[row], "5"]
    if kind == "moved" and row + 1 < len(file.cells):
        # What one line has too much the next has too little: all together there are enough.
        file.cells[row + 1] = file.cells[row + 1][1:]
    file.has_last_end = True
    with pytest.raises(DeliveryRefusedError) as refused:
        staged(file, a_folder(tmp_path), monkeypatch)
    assert f"line {row + 2}: expected {width + 1} cells" in str(refused.value)


@pytest.mark.parametrize("name", ["hsa-miR-1", "", "RNA\xb5 2-Sep"])
def test_every_border_between_pieces_reads_the_same(tmp_path, monkeypatch, name):
    names, rows = [f"{name} {n}" for n in range(4)], [["1", "22", ""], ["0", "NA", "333"]] * 2
    file = Drawn(names, rows, "\r\n", False, True, False, "ID", 1)
    found = set()
    for block_bytes in range(1, len(file.text) + 2):
        file.block_bytes, file.empty_lines = block_bytes, block_bytes % 4
        stage = staged(file, a_folder(tmp_path), monkeypatch)
        found.add((tuple(stage.analytes["analyte_code"]), str(stage.numbers.tolist())))
    assert len(found) == 1
