"""The written deliveries: whole, as their contracts say, the same from run to run."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from janus_warehouse.deliveries.manifest import MANIFEST, read_manifest
from janus_warehouse.deliveries.readers import scan
from janus_warehouse.deliveries.readers.source import fingerprint
from janus_warehouse.synthetic import ANSWER_KEY, generate
from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.generator import DRAFTS

EDITION_SHA256 = "b83b49d8a66949298a6829f741a687313bc320d1d408217820ace33af0079d84"
"""Digest of the list of digests at scale 0.002 and seed 1; docs/synthetic.md shows it too."""

TABLES_OF_A_RETURN = 3
"""Results, samples and analytes; the made-up laboratories send no quality figures."""


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"), key=str)
        if path.is_file()
    }


def manifests(folder: Path):
    for path in sorted(folder.glob(f"*/*/{MANIFEST}")):
        yield path.parent, read_manifest(path.read_text(encoding="utf-8"), str(path))


def test_the_same_scale_and_seed_give_the_same_bytes_in_another_process(tmp_path):
    generate(tmp_path / "a", scale=0.002, seed=7)
    script = (
        "import sys, pathlib; from janus_warehouse.synthetic import generate; "
        "generate(pathlib.Path(sys.argv[1]), scale=0.002, seed=7)"
    )
    environment = {"POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "123", "PATH": ""}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "b")],
        check=True,
        env=environment,
        timeout=300,
    )

    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")

    assert len(first) > 40
    assert first == second


def test_another_seed_gives_another_bank(tmp_path):
    generate(tmp_path / "a", scale=0.002, seed=1)
    generate(tmp_path / "b", scale=0.002, seed=2)

    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")
    same = [name for name in first if first[name] == second.get(name)]

    # The population that donors are compared with is one and the same, and so are the forms.
    told = [name for name in same if not name.endswith("return.yaml")]
    assert {Path(name).parts[0] for name in told} == {"cancer_statistics"}


def test_the_bytes_are_those_of_the_published_test_set(tmp_path):
    # A change here is a new edition of the test set: say so in docs/synthetic.md.
    generate(tmp_path, scale=0.002, seed=1)

    listed = "\n".join(f"{digest}  {name}" for name, digest in digests(tmp_path).items())

    assert hashlib.sha256(listed.encode()).hexdigest() == EDITION_SHA256


def test_writing_again_over_a_bank_leaves_the_same_bank(tmp_path):
    generate(tmp_path, scale=0.002, seed=1)
    before = digests(tmp_path)

    generate(tmp_path, scale=0.002, seed=1)

    assert digests(tmp_path) == before


def test_every_file_is_what_its_manifest_and_contract_say(bank, contracts):
    checked = 0
    for folder, manifest in manifests(bank.folder):
        for file in manifest.files:
            contract = contracts[manifest.source, file.table]
            found = scan(folder / file.path, contract.format.model_dump())
            assert fingerprint(folder / file.path) == (file.sha256, file.bytes)
            assert (found.sha256, found.bytes) == (file.sha256, file.bytes)
            assert file.contract == contract.version
            if not folder.name.endswith("cut-short"):
                assert found.data_rows == file.rows, f"{folder.name}/{file.path}"
                checked += 1

    assert checked == sum(len(draft.tables) or TABLES_OF_A_RETURN for draft in DRAFTS) + 2


def test_delimited_files_have_the_headers_of_their_contracts(bank, contracts):
    checked = 0
    for folder, manifest in manifests(bank.folder):
        for file in manifest.files:
            contract = contracts[manifest.source, file.table]
            if contract.format.kind != "csv":
                continue
            data = (folder / file.path).read_bytes()
            data = gzip.decompress(data) if file.path.endswith(".gz") else data
            header = data.split(b"\n", 1)[0].decode(contract.format.encoding)
            names = [name.strip('"') for name in header.split(contract.format.delimiter)]
            assert names == [column.physical_name for column in contract.columns]
            checked += 1

    assert checked > 15


def test_fixed_width_lines_reach_the_last_position_and_hold_latin_1(bank, contracts):
    path = bank.folder / "health_surveys/counties_1974/counties_1974.txt"
    last = max(c.position[1] for c in contracts["health_surveys", "counties_1974"].columns)

    lines = path.read_bytes().split(b"\n")[:-1]

    assert {len(line) for line in lines} == {last}
    assert any("ø".encode("latin-1") in line for line in lines)


def test_each_matrix_has_a_column_for_each_sample_and_a_row_for_each_rna_of_its_class(bank):
    files = sorted(bank.folder.glob("laboratories/small-rna-2018-03-31/returned/*.tsv.gz"))

    matrices = {
        path.name.split(".")[0]: [
            line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()
        ]
        for path in files
    }

    assert {name: len(rows) - 1 for name, rows in matrices.items()} == {
        "YRNA": 20, "miRNA": 150, "piRNA": 40, "snoRNA": 30, "tRF": 60,
    }  # fmt: skip
    samples, duplicates, controls = 46, 4, 8
    columns = 1 + samples + duplicates + controls
    assert {len(row) for rows in matrices.values() for row in rows} == {columns}
    assert len({tuple(rows[0]) for rows in matrices.values()}) == 1
    assert len(set(matrices["miRNA"][0])) == columns


def test_a_delivery_still_being_copied_has_no_manifest(bank):
    folders = {path.parent for path in bank.folder.glob("*/*/*")}
    whole = {folder for folder, _ in manifests(bank.folder)}

    assert {folder.name for folder in folders - whole} == {"1999-12-31-copying"}


def test_the_correction_names_the_delivery_it_corrects(bank):
    found = {folder.name: m for folder, m in manifests(bank.folder)}

    corrected = found["hpv-ebv-2016-05-31-corrected"]

    assert corrected.supersedes == found["hpv-ebv-2016-05-31"].delivery_id
    assert corrected.files[0].sha256 != found["hpv-ebv-2016-05-31"].files[0].sha256


def test_the_answer_key_stands_beside_the_sources_and_reads_back(bank):
    written = yaml.safe_load((bank.folder / ANSWER_KEY).read_text(encoding="utf-8"))

    assert written == yaml.safe_load(yaml.safe_dump(bank.key.as_dict()))
    assert written["totals"]["donors"] == 6373


def test_refuses_a_negative_seed(tmp_path):
    with pytest.raises(InvalidPlanError, match="seed of 0 or more"):
        generate(tmp_path, scale=0.01, seed=-1)
