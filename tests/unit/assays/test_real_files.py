"""Real files of laboratories: everything in them is read, counted independently of the readers."""

import gzip
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from janus_warehouse.assays.checksum import ValueChecksum
from janus_warehouse.assays.reading import read_file


def taken(path: Path) -> dict:
    """Return what is in a file: layout, sizes, statuses, checksum."""
    file = read_file(path)
    checksum, statuses = ValueChecksum(file.samples, file.analytes), Counter()
    for batch in file.values:
        checksum.add(batch)
        statuses.update(batch["status"].to_pylist())
    kinds = Counter(file.samples["sample_kind"].to_pylist())
    return {
        "layout": f"{file.format} {file.layout}", "samples": dict(kinds),
        "analytes": file.analytes.num_rows, "statuses": dict(statuses),
        "checksum": checksum.hexdigest(),
    }  # fmt: skip


FILES = {
    "olink/npx_data1.csv.gz": {
        "layout": "olink npx_long", "samples": {"sample": 312, "control": 8},
        "analytes": 184, "statuses": {"detected": 27889, "below_lod": 1551},
        "checksum": "33c849676e5cd31e482cf72496b4770c",
    },
    "metabolomics/olink_v1_example.txt": {
        "layout": "olink npx_long", "samples": {"sample": 95, "control": 5}, "analytes": 100,
        "statuses": {"detected": 10000}, "checksum": "5bcb9e883350f799708b0ba7017957b2",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_everything_in_a_real_file_is_read(shared, name):
    assert taken(shared / "real-data" / name) == FILES[name]


def test_npx_below_its_limit_is_counted_as_by_hand(shared):
    with gzip.open(shared / "real-data/olink/npx_data1.csv.gz") as file:
        rows = pl.read_csv(file.read(), null_values="NA")
    below = rows.filter(pl.col("NPX") < pl.col("LOD"))
    assert (rows.height, below.height) == (29440, 1551)
    assert rows["OlinkID"].n_unique() == 184
    assert rows.select("SampleID", "PlateID").n_unique() == 320
