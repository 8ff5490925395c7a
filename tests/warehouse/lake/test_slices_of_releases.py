"""What a release pins of the lake, and what of it an extract delivers, today and again later."""

import csv
import json
import shutil
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.warehouse.assays.bank_of_returns import SENT
from tests.warehouse.lake.conftest import FIRST, SECOND, as_built
from tests.warehouse.lake.matrices import CODES, PLATFORM, counts, lay_matrix, rna, tsv
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.extracts import build_extract, slicing
from janus_warehouse.extracts.pseudonyms import project_secret, pseudonym
from janus_warehouse.platform.audit import broken_links
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.projects import ProjectRefusedError, check_project
from janus_warehouse.releases import (
    ReleaseDiffersError,
    ReleaseError,
    cut_release,
    diff_releases,
    find_release,
    verify_release,
)

NAME = f"assay.{PLATFORM}"
WANTED = [rna(k) for k in (3, 25, 55)]
"""An RNA of the first return, one of both, one of the second."""


def correct_the_first(warehouse, wide) -> str:
    """Take in a return that corrects the first, and one more, of other RNAs; return its id."""
    from janus_warehouse.deliveries import ingest

    better = lay_matrix(
        warehouse, "2021", {"mirna.tsv": tsv(counts(40) + 1)}, as_of=date(2021, 6, 30),
        supersedes=wide.first,
    )  # fmt: skip
    assert ingest(better).state == "accepted"
    assert warehouse.query(
        "select state from ops.deliveries where delivery_id = %s", wide.first
    ) == [("superseded",)]
    as_built(warehouse)
    return better


def forget_cells_of(delivery_id: str) -> None:
    """Delete the rows of a delivery from the table as it is now; older snapshots have them."""
    from janus_warehouse.assays.lake.catalogue import among, open_lake

    with open_lake(Role.admin) as catalogue:
        catalogue.load_table(("assay", PLATFORM)).delete(among("delivery_id", [delivery_id]))


def run(*words: str):
    return CliRunner().invoke(app, ["assay", "lake", *words])


def content(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows_of_csv(folder, dataset="small_rnas") -> list[dict]:
    with (folder / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_release_pins_which_deliveries_count_and_the_files_that_have_them(warehouse, wide):
    cells = SENT * (len(FIRST) + len(SECOND))
    release = cut_release("2022.1")

    pinned = find_release("2022.1").lake[PLATFORM]
    assert {one.delivery_id: one.rows for one in pinned.appends} == {
        wide.first: SENT * len(FIRST), wide.second: SENT * len(SECOND)
    }  # fmt: skip
    assert sum(file.rows for file in pinned.files) == pinned.rows == cells
    assert all((wide.lake / "assay" / PLATFORM / file.name).is_file() for file in pinned.files)
    assert cut_release("2022.1") == release
    found = verify_release("2022.1")
    assert (found.problems, found.lake_rows) == ({}, cells)

    better = correct_the_first(warehouse, wide)
    with pytest.raises(ReleaseDiffersError, match=NAME):
        cut_release("2022.1")
    later = cut_release("2022.2").lake[PLATFORM]
    assert {one.delivery_id for one in later.appends} == {better, wide.second}
    [told] = [one for one in diff_releases("2022.1", "2022.2") if one.table == NAME]
    assert (told.status, told.rows_added, told.rows_removed) == ("changed", 960, 960)
    assert verify_release("2022.1").passed
    listed = json.loads(run("list", "--json").output)
    assert [(one["delivery_id"], one["state"], one["releases"]) for one in listed] == [
        (wide.first, "superseded", ["2022.1"]),
        (wide.second, "accepted", ["2022.1", "2022.2"]),
        (better, "accepted", ["2022.2"]),
    ]


def test_a_file_that_is_lost_or_has_other_rows_is_told(wide, specified):
    release = cut_release("2022.1")
    lost, changed = (
        wide.lake / "assay" / PLATFORM / file.name for file in release.lake[PLATFORM].files
    )
    cells = pq.read_table(changed)
    lost.unlink()
    pq.write_table(cells.slice(1), changed)

    problems = verify_release("2022.1").problems

    assert {name.rsplit("/")[-1]: told for name, told in problems.items()} == {
        lost.name: "is missing", changed.name: "expected 960 rows, found 959"
    }  # fmt: skip
    pq.write_table(cells, changed)
    told = verify_release("2022.1").problems[f"{NAME} data/{changed.name}"]
    assert "its content has changed" in told
    with pytest.raises(ReleaseError, match=f"{lost.name} is not in the lake or cannot be read"):
        cut_release("2022.3")
    with pytest.raises(ReleaseError, match=r"1 of its 2 files are missing: .*release verify"):
        build_extract(specified([rna(3), rna(25)]), "2022.1")
    for ending, told in (("avro", "has lost one of its lists"), ("json", "metadata cannot be")):
        for path in (wide.lake / "assay" / PLATFORM / "metadata").glob(f"*.{ending}"):
            path.unlink()
        assert told in verify_release("2022.1").problems[NAME]
        with pytest.raises(ReleaseError, match=r"snapshot \d+ of .* cannot be read: .*verify"):
            build_extract("small-rna", "2022.1")
        with pytest.raises(ReleaseError, match="its table cannot be read"):
            cut_release("2022.3")


def test_an_extract_is_the_same_after_returns_and_corrections_but_for_the_withdrawn(
    warehouse, wide, specified
):
    specified(WANTED)
    cut_release("2022.1")
    folder = build_extract("small-rna", "2022.1").folder
    before = content(folder)
    check_cells(wide, rows_of_csv(folder))
    correct_the_first(warehouse, wide)
    forget_cells_of(wide.first)

    shutil.rmtree(folder)
    assert not build_extract("small-rna", "2022.1").was_there
    assert content(folder) == before

    [(gone, code)] = warehouse.query(
        "select donor_id, min(study_code) from release_2022_1.dim_shipments "
        "group by donor_id having count(*) = 2"
    )
    warehouse.query(
        "insert into governance.withdrawals (donor_id, withdrawn_date) values (%s, '2023-05-05')",
        gone,
    )
    everybody, lines = rows_of_csv(folder), before["small_rnas.csv"].splitlines()
    after = content(build_extract("small-rna", "2022.1").folder)
    of_donor = pseudonym(project_secret("small-rna"), "donor_id", gone)
    assert after["small_rnas.csv"].splitlines() == [
        line for line in lines if not line.startswith(of_donor.encode())
    ]
    # Two tubes were of the donor: four cells each.
    assert len(everybody) - len(rows_of_csv(folder)) == 8
    assert code not in str(after)


def check_cells(wide, delivered: list[dict]) -> None:
    """See that the cells are those of the matrices, under the pseudonyms of the project."""
    secret = project_secret("small-rna")
    known = {pseudonym(secret, "study_code", code): place for place, code in enumerate(CODES)}
    matrices = {
        wide.first: dict(zip(map(rna, FIRST), counts(40), strict=True)),
        wide.second: dict(zip(map(rna, SECOND), counts(40, seed=8), strict=True)),
    }
    assert list(delivered[0]) == [
        "donor_pseudonym", "delivery_id", "study_pseudonym", "analyte_code", "value_reported",
        "status_code",
    ]  # fmt: skip
    assert {
        (one["delivery_id"], one["analyte_code"], known[one["study_pseudonym"]]):
        (int(one["value_reported"]), one["status_code"])
        for one in delivered
    } == {
        (delivery_id, name, place): (count, "detected" if count else "below_lod")
        for delivery_id, matrix in matrices.items()
        for name in WANTED if name in matrix
        for place, count in enumerate(matrix[name])
    }  # fmt: skip
    assert len(delivered) == 4 * SENT
    assert [tuple(one.values()) for one in delivered] == sorted(
        [tuple(one.values()) for one in delivered],
        key=lambda row: (*row[:4], int(row[4]), row[5]),
    )
    assert len({one["donor_pseudonym"] for one in delivered}) == SENT - 1


def test_files_of_an_extract_join_and_are_told_in_codebook_and_readme(wide, specified):
    specified(WANTED)
    cut_release("2022.1")
    folder = build_extract("small-rna", "2022.1").folder

    table = pq.read_table(folder / "small_rnas.parquet")
    assert [str(field.type) for field in table.schema] == [
        "string", "string", "string", "string", "int32", "string"
    ]  # fmt: skip
    assert np.array_equal(
        table["value_reported"].to_numpy(),
        [int(one["value_reported"]) for one in rows_of_csv(folder)],
    )
    samples = {one["study_pseudonym"] for one in rows_of_csv(folder, "samples")}
    assert set(table["study_pseudonym"].to_pylist()) < samples
    with (folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        entries = [one for one in csv.DictReader(file) if one["dataset"] == "small_rnas"]
    assert [one["variable"] for one in entries[:6]] == table.column_names
    assert [one["rows_where"] for one in entries[6:]] == [f"analyte_code = {a}" for a in WANTED]
    assert all(one["label_en"] and one["label_nb"] for one in entries[1:6])
    assert "small_rnas" in (folder / "README.txt").read_text()
    assert f"{4 * SENT:,} rows. One row per sample and RNA." in (folder / "README.txt").read_text()


def test_what_a_release_lacks_or_must_not_give_is_refused_by_line(wide, specified):
    cut_release("2022.1")
    specified([rna(3)], {
        "columns: [delivery_id": "columns: [donor_id, position", ", status_code]": "]"
    })  # fmt: skip
    with pytest.raises(ProjectRefusedError) as refused:
        check_project("small-rna", "2022.1")
    assert [line.partition(" (")[0] for line in str(refused.value).splitlines()] == [
        f"small-rna.yaml:21: lake_datasets.0.columns.0: {NAME} has no column donor_id",
        "small-rna.yaml:21: lake_datasets.0.columns.1: position is never delivered: it could "
        "identify the donor or the tube",
        "small-rna.yaml:21: lake_datasets.0.columns.4: value_reported is asked for without "
        "status_code: list it too, because a number below the limit of detection would look like "
        "one above it",
    ]

    specified([rna(3)], {f"lake: {PLATFORM}": "lake: aptamer_proteomics"})
    with pytest.raises(
        ProjectRefusedError,
        match=r"yaml:19: lake_datasets.0.lake: release 2022.1 pins no results of "
        rf"aptamer_proteomics \(there are: {PLATFORM}\)",
    ):
        check_project("small-rna", "2022.1")
    specified([rna(3), "hsa-miR-none"])
    with pytest.raises(
        ProjectRefusedError,
        match=rf"yaml:22: lake_datasets.0.analytes.1: no results in {NAME} of release 2022.1: "
        "hsa-miR-none$",
    ):
        check_project("small-rna", "2022.1")


def test_a_slice_by_hand_is_what_the_extract_has_and_only_what_is_approved(
    warehouse, wide, specified, tmp_path
):
    specified(WANTED)
    cut_release("2022.1")
    folder = build_extract("small-rna", "2022.1").folder
    for ending in ("csv", "parquet"):
        target = tmp_path / f"slice.{ending}"
        done = run("slice", PLATFORM, "--project", "small-rna", "--to", str(target))
        assert done.exit_code == 0, done.output
        assert target.read_bytes() == (folder / f"small_rnas.{ending}").read_bytes()
    noted = "select subject, detail ->> 'rows' from ops.audit where action = %s"
    written = ("small-rna@2022.1", str(4 * SENT))
    assert warehouse.query(noted, "write slice of the lake") == [written] * 2

    names = tmp_path / "wanted.txt"
    names.write_text(f"{rna(3)}\n\n{rna(4)}\n")
    options = ("--analytes", f"@{names}", "--project", "small-rna", "--to")
    refused = run("slice", PLATFORM, *options, str(tmp_path / "more.csv"))
    assert refused.exit_code == 1
    assert f"small-rna.yaml:17: not approved for small-rna: {rna(4)};" in refused.output.replace(
        "\n", " "
    )
    names.write_text(rna(3))
    assert "is there already" in run("slice", PLATFORM, *options, str(target)).output
    nowhere = run("slice", PLATFORM, *options, str(target / "in a file.parquet"))
    assert "cannot be written (Not a directory)" in " ".join(nowhere.output.split())
    done = run("slice", PLATFORM, *options, str(tmp_path / "one.csv"))
    assert (done.exit_code, len((tmp_path / "one.csv").read_text().splitlines())) == (0, 1 + SENT)
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["one.csv", "slice.csv"]


def test_what_others_audit_while_a_slice_is_written_stays_in_the_chain(
    wide, specified, tmp_path, monkeypatch
):
    specified(WANTED)
    cut_release("2022.1")
    copy = slicing.copy_to_csv

    def with_another_row(*args):
        copy(*args)
        with connect(Role.extractor) as another:
            another.execute(
                "insert into ops.audit (actor, action, subject) values ('x', 'deliver', 'other')"
            )

    monkeypatch.setattr(slicing, "copy_to_csv", with_another_row)

    slicing.write_slice("small-rna", PLATFORM, tmp_path / "one.csv")

    assert broken_links() == []


def test_without_a_project_a_slice_is_counts_alone(warehouse, wide, tmp_path):
    cut_release("2022.1")
    [(gone,)] = warehouse.query(
        "select donor_id from release_2022_1.dim_shipments group by donor_id having count(*) = 2"
    )
    warehouse.query(
        "insert into governance.withdrawals (donor_id, withdrawn_date) values (%s, '2023-05-05')",
        gone,
    )

    told = run("slice", PLATFORM, "--analytes", f"{rna(25)},none", "--json")

    assert json.loads(told.output) == {
        "release": "2022.1",
        "analytes": [
            {"analyte_code": rna(25), "n_donors": SENT - 2, "n_samples": SENT - 2},
            {"analyte_code": "none", "n_donors": None, "n_samples": None},
        ],
    }
    leaving = run("slice", PLATFORM, "--analytes", rna(25), "--to", str(tmp_path / "all.csv"))
    assert leaving.exit_code == 2
    assert not (tmp_path / "all.csv").exists()
    assert run("slice", "aptamer_proteomics", "--analytes", "a").exit_code == 1
