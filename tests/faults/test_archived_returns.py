"""What the engine keeps of laboratories' returns: once settled, and once only."""

import os

import fsspec
import polars as pl
import pytest
from returned_files import code, of, results


def files_below(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def landed(laboratory):
    return laboratory.warehouse.landing / "laboratories" / "one"


def refused_by_the_gate():
    return results().with_columns(
        SampleID=pl.when(of(3)).then(pl.lit("S99999999")).otherwise("SampleID")
    )


@pytest.mark.parametrize(
    ("returned", "state"), [(results, "accepted"), (refused_by_the_gate, "refused")]
)
def test_a_settled_return_comes_back_byte_for_byte(laboratory, tmp_path, returned, state):
    from janus_warehouse.assays.archive import archived_deliveries, restore

    outcome = laboratory.send(returned())

    assert outcome.state == state
    assert archived_deliveries() == [outcome.delivery_id]
    restore(outcome.delivery_id, tmp_path / "back")
    assert files_below(tmp_path / "back") == files_below(landed(laboratory))
    assert "returned/run.csv" in files_below(tmp_path / "back")


def test_what_is_archived_tells_no_code_to_who_has_no_key(laboratory):
    from janus_warehouse.assays.archive import archive_folder_of_all

    laboratory.send(results())

    [archive] = archive_folder_of_all().iterdir()
    assert code(1).encode() in (landed(laboratory) / "returned" / "run.csv").read_bytes()
    assert code(1).encode() not in archive.read_bytes()


def test_a_return_that_is_not_settled_yet_is_not_archived(laboratory):
    from returned_files import text
    from tests.warehouse.assays.bank_of_returns import lay_return

    from janus_warehouse.assays.archive import archived_deliveries
    from janus_warehouse.deliveries import check

    delivery_id = lay_return(laboratory.warehouse, "one", {"run.csv": text(results())})
    assert check(delivery_id).state == "checked"
    assert archived_deliveries() == []


def test_a_second_look_at_a_settled_return_writes_no_second_archive(laboratory):
    from janus_warehouse.assays.archive import archive_folder_of_all
    from janus_warehouse.deliveries import ingest, settle

    outcome = laboratory.send(results())
    first = files_below(archive_folder_of_all())
    settle(outcome.delivery_id)
    ingest(outcome.delivery_id)

    assert files_below(archive_folder_of_all()) == first  # each writing has a salt of its own


def test_an_archive_that_a_crash_kept_from_being_written_is_made_up_for(laboratory, monkeypatch):
    from janus_warehouse.assays import archive
    from janus_warehouse.deliveries import ingest

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(archive, "archive_folder", full)
        with pytest.raises(OSError, match="No space left"):
            laboratory.send(results())
    [delivery_id] = [row[0] for row in laboratory.warehouse.query(
        "select delivery_id from ops.deliveries where source = 'laboratories'"
    )]  # fmt: skip
    assert archive.archived_deliveries() == []

    assert ingest(delivery_id).state == "accepted"
    assert archive.archived_deliveries() == [delivery_id]
    assert "returned/run.csv" in {file.path for file in archive.verify(delivery_id)}


def test_other_files_are_not_archived_in_the_place_of_those_accepted(laboratory, caplog):
    from janus_warehouse.assays.archive import archive_folder_of_all, archived_deliveries
    from janus_warehouse.deliveries import ingest

    outcome = laboratory.send(results())
    next(archive_folder_of_all().iterdir()).unlink()
    native = landed(laboratory) / "returned" / "run.csv"
    accepted = native.read_bytes()
    native.write_bytes(accepted + b"\n")
    ingest(outcome.delivery_id)

    assert archived_deliveries() == []
    assert "its files are not those that were accepted" in caplog.text
    native.write_bytes(accepted)
    ingest(outcome.delivery_id)
    assert archived_deliveries() == [outcome.delivery_id]


def test_a_refused_return_that_is_tried_again_has_one_archive_of_what_came_last(laboratory):
    from janus_warehouse.assays.archive import archived_deliveries, verify
    from janus_warehouse.deliveries import ingest, retry

    outcome = laboratory.send(refused_by_the_gate())
    (landed(laboratory) / "letter.txt").write_text("came later")
    retry(outcome.delivery_id)
    ingest(outcome.delivery_id)

    assert archived_deliveries() == [outcome.delivery_id]
    assert "letter.txt" in {file.path for file in verify(outcome.delivery_id)}


def test_a_copy_fetched_to_make_up_for_an_archive_does_not_stay(laboratory, monkeypatch):
    from janus_warehouse.assays.archive import archive_folder_of_all, archived_deliveries
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform.settings import get_settings

    outcome = laboratory.send(results())
    next(archive_folder_of_all().iterdir()).unlink()
    zone = f"returns-{os.getpid()}"
    fsspec.filesystem("memory").put(
        f"{landed(laboratory)}/", f"/{zone}/laboratories/one/", recursive=True
    )
    monkeypatch.setenv("JANUS_LANDING_URL", f"memory://{zone}")
    get_settings.cache_clear()
    ingest(outcome.delivery_id)

    assert archived_deliveries() == [outcome.delivery_id]
    assert not list((laboratory.warehouse.home / "incoming").iterdir())
