"""Spoilt files of every format: read with every cell accounted for, or refused; nothing else."""

import gzip
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.assays import made_files
from tests.unit.assays.test_formats_agree import npx, write_wide
from tests.unit.assays.test_luminex import WHOLE

from janus_warehouse.assays.formats.registry import FORMATS
from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

ODD = ("", " ", "abc", "<0.05", ">9", "1,5", "NaN", "-Inf", "1e999", "ND", "Ω", '"', "'", "0", "-1",
       "2-Sep", "SABCDEFG1", "x" * 300, "\t", ";", "\x00", "=1+1", "1e-320", "٣")  # fmt: skip
LONG = "sample_code,plate_id,analyte,value,unit,lod\n" + "".join(
    f"SABCDEF{n},P1,{name},{n * 1.5},ng/mL,0.5\n" for n in range(1, 6) for name in ("PFOA", "PFOS")
)
CONCENTRATIONS = 'Sample,Group,"1,3-Diol",Acetate,Citrate\n' + "".join(
    f"SABCDEFG{n},A,{n}.5,{n * 2},0\n" for n in range(1, 6)
)
COUNTS = "ID\tSABCDEFG1\tSABCDEFG2\tQC1\n" + "".join(
    f"hsa-miR-{n}-5p\t{n * 7}\t0\t{n}\n" for n in range(1, 8)
)


def of_lines(text: str) -> int | None:
    """Return how many values long text shows: a line for each below the header."""
    if '"' in text:
        return None
    return sum(1 for line in text.splitlines()[1:] if line.strip())


def of_matrix(text: str) -> int:
    header, *lines = [line for line in text.replace("\r", "").split("\n") if line]
    return header.count("\t") * len(lines)


def of_table(text: str) -> int | None:
    lines = [line for line in text.replace("\r", "").split("\n")[1:] if line.strip()]
    return None if any('"' in line for line in lines) else 3 * len(lines)


def of_adat(text: str) -> int:
    lines = text.replace("\r", "").split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("^TABLE_BEGIN"))
    names = next(line for n, line in enumerate(lines) if line.startswith("!Name"))
    rows = [line for line in lines[start + 1 + names.count("\t") + 1 :] if line]
    cells = lines[start + 1].split("\t")
    aptamers = len(cells) - 1 - cells.index("SeqId")
    return aptamers * len(rows)


def of_nhanes(text: str) -> int | None:
    if '"' in (body := text.split("\n", 1)[1]):
        return None
    return len(re.findall("LBX", text.split("\n")[0].upper())) * len(
        [line for line in body.splitlines() if line.strip()]
    )


@dataclass(frozen=True)
class Text:
    """A text file, and how many values a spoilt copy shows to somebody who counts by hand."""

    name: str
    text: str
    shown: Callable[[str], int | None]


TEXTS = {
    "long_csv": Text("a.csv", LONG, of_lines),
    "olink": Text("a.csv", npx().head(12).write_csv(), of_lines),
    "luminex": Text("a.csv", WHOLE, lambda text: None),
    "count_matrix": Text("a.tsv", COUNTS, of_matrix),
    "concentrations": Text("c.csv", CONCENTRATIONS, of_table),
    "somascan": Text("a.adat", made_files.ADAT, of_adat),
    "nhanes_lab": Text("PFC_D.csv", made_files.NHANES, of_nhanes),
}
BOOKS: dict[str, Callable[[Path], None]] = {
    "olink": lambda path: write_wide(npx(), path),
    "nightingale": made_files.write_nightingale,
    "metabolon": made_files.write_metabolon,
    "biocrates": made_files.write_biocrates,
}

GRIDS = (
    "concentrations",
    "somascan",
    "nightingale",
    "metabolon",
    "biocrates",
    "count_matrix",
    "nhanes_lab",
)

spoiling = settings(
    max_examples=60, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@st.composite
def spoilt_text(draw, text: str) -> bytes:
    """Return a text with one or two kinds of damage."""
    for _ in range(draw(st.integers(1, 2))):
        end = "\r\n" if "\r\n" in text else "\n"
        lines = text.split(end)
        at = draw(st.integers(0, max(len(lines) - 2, 0)))
        kind = draw(st.sampled_from(["cell", "drop", "double", "swap", "rename", "cut", "blank"]))
        cells = re.split(r"([,;\t])", lines[at])
        if kind == "cell":
            cells[2 * draw(st.integers(0, (len(cells) - 1) // 2))] = draw(st.sampled_from(ODD))
            lines[at] = "".join(cells)
        elif kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "rename":
            names = re.split(r"([,;\t])", lines[0])
            places = range(0, len(names), 2)
            here, there = draw(st.sampled_from(places)), draw(st.sampled_from(places))
            names[here] = names[there] if draw(st.booleans()) else draw(st.sampled_from(ODD))
            lines[0] = "".join(names)
        elif kind == "blank":
            lines.insert(at, "")
        text = end.join(lines)
        if kind == "cut":
            text = text[: draw(st.integers(0, len(text)))]
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]))
    return text.encode(encoding, errors="replace")


@st.composite
def spoilt_book(draw, data: bytes) -> bytes:
    """Return a workbook with odd cells, rows dropped or doubled, or bytes cut off or changed."""
    kind = draw(st.sampled_from(["cells", "cells", "cells", "cut", "bytes"]))
    if kind == "cut":
        return data[: draw(st.integers(1, len(data) - 1))]
    if kind == "bytes":
        spoilt = bytearray(data)
        for _ in range(draw(st.integers(1, 4))):
            spoilt[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
        return bytes(spoilt)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book[draw(st.sampled_from(book.sheetnames))]
    for _ in range(draw(st.integers(1, 2))):
        row = draw(st.integers(1, max(sheet.max_row, 1)))
        column = draw(st.integers(1, max(sheet.max_column, 1)))
        action = draw(st.sampled_from(["put", "put", "number", "row", "column", "double"]))
        if action == "put":
            odd = draw(st.sampled_from([text for text in ODD if text != "\x00"]))
            _put(sheet, row, column, odd or None)
        elif action == "number":
            _put(sheet, row, column, draw(st.sampled_from([0, -1.5, 1e300, True, 3e-11])))
        elif action == "row":
            sheet.delete_rows(row)
        elif action == "column":
            sheet.delete_cols(column)
        else:
            sheet.append([cell.value for cell in sheet[row]])
    book.save(out := io.BytesIO())
    return out.getvalue()


def _put(sheet, row: int, column: int, value) -> None:
    if not isinstance(cell := sheet.cell(row, column), openpyxl.cell.cell.MergedCell):
        cell.value = value


def read_whole(path: Path) -> tuple[int, int, int, str] | None:
    """Return numbers of values, samples and analytes, and the format; None if refused."""
    try:
        file = read_file(path)
        values = [pl.DataFrame(pl.from_arrow(batch)) for batch in file.values]
    except DeliveryRefusedError as error:
        assert str(error).startswith(path.name)
        assert len(str(error)) < 4000
        return None
    cells = pl.concat(values)
    # A line of long text that stands twice is two values; the gate asks why.
    if file.format in GRIDS:
        assert cells.select("sample_row", "analyte_row").is_unique().all()
    assert cells["sample_row"].is_between(0, file.samples.num_rows - 1).all()
    assert cells["analyte_row"].is_between(0, file.analytes.num_rows - 1).all()
    assert cells["value"].is_finite().fill_null(value=True).all()
    # A cell without a number says so.
    assert cells.filter(pl.col("value").is_null())["status"].is_in(
        ["missing", "below_lod", "above_uloq", "qc_failed", "excluded"]
    ).all()  # fmt: skip
    assert "" not in file.samples["sample_code"].to_pylist()
    return cells.height, file.samples.num_rows, file.analytes.num_rows, file.format


@pytest.mark.parametrize("name", TEXTS)
def test_spoilt_text_is_read_whole_or_refused(name, tmp_path):
    made = TEXTS[name]
    path = tmp_path / made.name
    path.write_text(made.text, newline="")
    whole = read_whole(path)
    assert whole is not None
    assert whole[3] == name
    assert whole[0] == (made.shown(made.text) or whole[0])

    @spoiling
    @given(spoilt_text(made.text))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = read_whole(path)
        if found is not None and found[3] == name:
            text = data.decode("utf-8-sig", errors="replace")
            shown = made.shown(text)
            assert shown is None or found[0] == shown
            if name in GRIDS:
                assert found[0] == found[1] * found[2]

    check()


@pytest.mark.parametrize("name", ["long_csv", "count_matrix", "somascan", "nhanes_lab"])
def test_a_packed_file_that_is_cut_off_is_refused(name, tmp_path):
    made = TEXTS[name]
    path = tmp_path / f"{made.name}.gz"
    data = gzip.compress(made.text.encode())

    for end in range(0, len(data), max(len(data) // 12, 1)):
        path.write_bytes(data[:end])
        assert read_whole(path) is None


@pytest.mark.parametrize("name", BOOKS)
def test_a_spoilt_workbook_is_read_whole_or_refused(name, tmp_path):
    path = tmp_path / "a.xlsx"
    BOOKS[name](path)
    whole = path.read_bytes()
    expected = read_whole(path)
    assert expected is not None
    assert expected[3] == name

    @spoiling
    @given(spoilt_book(whole))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = read_whole(path)
        if found is not None:
            assert found[0] == found[1] * found[2]

    check()


def test_every_format_is_spoilt_here():
    assert {*TEXTS, *BOOKS} == set(FORMATS)
