"""What made-up laboratories put beside the bank's samples, and how often tubes went out twice."""

import csv
import gzip
import statistics
from collections import Counter, defaultdict

import pytest

from janus_warehouse.synthetic import generate

LONG = {
    "pfas-pcb-2019-06-30/returned/pfas_pcb.csv": (";", "study_code", "plate_id", "value"),
    "hpv-ebv-2016-05-31-corrected/returned/hpv_ebv.csv": (",", "SampleCode", "Plate", "MFI"),
}


@pytest.fixture(scope="module", params=[0.0004, 0.02])
def laboratories(request, tmp_path_factory):
    """Give the returns of a small and of a larger bank."""
    out = tmp_path_factory.mktemp("bank")
    generate(out, scale=request.param, seed=11)
    return out


@pytest.mark.parametrize("file", LONG)
def test_each_plate_has_one_pool_in_six_wells_that_varies_by_a_few_percent(laboratories, file):
    separator, code, plate, value = LONG[file]
    with (laboratories / "laboratories" / file).open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=separator))
    analyte = next(name for name in rows[0] if name in ("analyte_code", "Antigen"))
    pools, lines = defaultdict(list), Counter()
    for row in rows:
        lines[row[code], row[plate], row[analyte]] += 1
        if row[code] == "POOL":
            pools[row[plate], row[analyte]].append(float(row[value].replace(",", ".")))

    # Codes that were never sent stand on a plate of their own, which nobody ran.
    plates = {row[plate] for row in rows} - {"P999"}
    assert {at for at, _ in pools} == plates
    assert {n for (name, *_), n in lines.items() if name == "POOL"} == {6}
    assert {n for (name, *_), n in lines.items() if name == "BLANK"} == {2}
    cvs = [statistics.stdev(values) / statistics.mean(values) for values in pools.values()]
    assert 0.02 < statistics.median(cvs) < 0.06


def test_columns_of_the_pool_in_a_matrix_are_told_apart_by_numbers(laboratories):
    folder = laboratories / "laboratories" / "small-rna-2018-03-31" / "returned"
    header = gzip.decompress((folder / "miRNA.tsv.gz").read_bytes()).split(b"\n")[0].decode()
    names = header.split("\t")
    sheet = list(csv.DictReader((folder / "samples.csv").open(encoding="utf-8", newline="")))

    assert names[-8:] == [
        "POOL", "POOL.1", "POOL.2", "POOL.3", "POOL.4", "POOL.5", "BLANK", "BLANK.1",
    ]  # fmt: skip
    wells = {row["sample_code"]: row["well"] for row in sheet}
    assert [wells[name] for name in names[-8:]] == [f"H{n:02d}" for n in range(5, 13)]
    assert len(wells) == len(sheet) == len(names) - 1


def test_four_tubes_or_more_of_each_study_with_duplicates_went_out_twice(laboratories):
    path = laboratories / "biobank" / "2022-12-31" / "shipments.csv"
    twice = Counter()
    with path.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text, delimiter=";"):
            twice[row["project_id"]] += row["is_blinded_duplicate"] == "true"

    assert len(twice) == 3 and min(twice.values()) >= 4
