"""Files spoilt at random are read in full or refused in words; no reader crashes on them."""

import random
from collections.abc import Callable

import polars as pl
import pytest

from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

_LONG = [
    ";".join((f"S{n:08d}", antigen, f"{n},{place}", "ng/mL", "0,5", f"P{n % 3}"))
    for n in range(12) for place, antigen in enumerate(("PFOA", "PFOS", "PFNA"))
]  # fmt: skip
_NPX = [
    f"S{n:08d},OID{a},P0000{a},G{a},Cardio,P{n % 2},{'Pass' if n % 5 else 'Warning'},0.5,{n / 7}"
    for n in range(12) for a in range(3)
]  # fmt: skip
_COUNTS = ["\t".join((f"hsa-miR-{n}", *(str(n * m % 13) for m in range(8)))) for n in range(25)]
_WELLS = [f"{n}(1,{'ABCDEFGH'[n % 8]}{n // 8 + 1})" for n in range(16)]
_SECTIONS = [
    line
    for name in ("Median", "Net MFI", "Count")
    for line in (
        f'"DataType:","{name}"', '"Location","Sample","HPV16","HPV18","Total Events"',
        *(f'"{well}","S{n:08d}","{n}.5","{n * 2}","90"' for n, well in enumerate(_WELLS)), "",
    )
]  # fmt: skip
FILES = {
    "pfas.csv": ["SampleId;Analyte;Result;Unit;LOD;Plate", *_LONG],
    "npx.csv": ["SampleID,OlinkID,UniProt,Assay,Panel,PlateID,QC_Warning,LOD,NPX", *_NPX],
    "miRNA.tsv": ["\t".join(("ID", *(f"S{n:08d}" for n in range(8)))), *_COUNTS],
    "plate.csv": [
        '"Program","xPONENT","","MAGPIX"', '"Batch","P1"', "", '"Results"', "", *_SECTIONS,
        '"-- CRC --"', '"CRC32: 1"',
    ],
}  # fmt: skip
ODD = ('"', "\0", "\t", ";", ",", "\r", "\n", "<", "1e999", "NaN", "ø", "\ufeff", " ", "-", "=")


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def lose(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 3, 40))]


def insert(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.choice(ODD).encode()


def overwrite(data: bytearray, rng: random.Random) -> None:
    data[rng.randrange(len(data))] = rng.randrange(256)


def repeat(data: bytearray, rng: random.Random) -> None:
    lines = data.split(b"\n")
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    data[:] = b"\n".join(lines)


SPOILERS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    cut, lose, insert, overwrite, repeat,
)  # fmt: skip


def cells(path) -> pl.DataFrame:
    file = read_file(path)
    batches = [pl.DataFrame(pl.from_arrow(batch)) for batch in file.values]
    assert batches
    found = pl.concat(batches)
    assert found["sample_row"].is_between(0, file.samples.num_rows - 1).all()
    assert found["analyte_row"].is_between(0, file.analytes.num_rows - 1).all()
    return found


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("seed", range(5))
def test_a_file_spoilt_at_random_is_read_or_refused(tmp_path, name, seed):
    rng = random.Random(f"{name} {seed}")
    whole, path = "\n".join([*FILES[name], ""]).encode(), tmp_path / name
    for _ in range(40):
        data = bytearray(whole)
        for spoil in rng.choices(SPOILERS, k=rng.choice((1, 1, 2))):
            spoil(data, rng)
        path.write_bytes(data)
        try:
            found = cells(path)
        except DeliveryRefusedError as error:
            assert str(error)
            assert name in str(error)
            continue
        # Whatever is a number has its status, and whatever is none says why.
        assert found["value"].drop_nulls().is_finite().all()
        without = found.filter(pl.col("value").is_null(), pl.col("value_text").is_null())
        assert (without["status"] == "missing").all()


@pytest.mark.parametrize("name", ["pfas.csv", "npx.csv", "miRNA.tsv"])
def test_wherever_a_file_is_cut_no_line_before_is_lost(tmp_path, name):
    whole, path = "\n".join([*FILES[name], ""]), tmp_path / name
    for at in range(len(FILES[name][0]), len(whole), 29):
        path.write_text(whole[:at])
        try:
            found = cells(path)
        except DeliveryRefusedError:
            continue
        lines = len(whole[:at].rstrip("\n").split("\n"))
        assert set(found["line"]) == set(range(2, lines + 1))
