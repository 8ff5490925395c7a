"""Manifests that cannot be believed, and folders that are no deliveries yet."""

from datetime import UTC, date, datetime

import pytest
from small_bank import TUBES

SENT = TUBES.encode()


def refused_at_the_door(bank, manifest: str | bytes, *, source: str = "bank") -> str:
    """Lay a folder, scan, assert that it is refused with nothing left, return the message."""
    from janus_warehouse.deliveries import ingest, scan_landing

    bank.lay(manifest, {"tubes.csv": SENT}, source=source)
    found = scan_landing()
    assert (len(found.refused), found.new) == (1, ())
    assert scan_landing().refused == (), "the same manifest is refused once"
    return bank.refused(ingest(found.refused[0]))


def refused_later(bank, manifest: str) -> str:
    """Lay a folder whose manifest reads well, ingest, return the message of its refusal."""
    from janus_warehouse.deliveries import ingest, scan_landing

    bank.lay(manifest, {"tubes.csv": SENT})
    [delivery_id] = scan_landing().new
    return bank.refused(ingest(delivery_id))


def test_a_folder_without_a_manifest_is_still_being_copied(bank):
    from janus_warehouse.deliveries import scan_landing

    bank.send({"tubes.csv": SENT})
    (bank.folder() / "manifest.yaml").unlink()

    found = scan_landing()
    assert (found.copying, found.new, found.refused) == (("bank/one",), (), ())
    assert bank.count("ops.deliveries") == 0


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (
            "files: [",
            "bank/one/manifest.yaml:1: the manifest is not readable as YAML; write it again with "
            "`janus deliver FOLDER`",
        ),
        (
            b"\x00\xff\xfe",
            "bank/one/manifest.yaml: the manifest is not readable as YAML; write it again with "
            "`janus deliver FOLDER`",
        ),
        (
            "as_of: 2022-13-45",
            "bank/one/manifest.yaml: the manifest is not readable as YAML; write it again with "
            "`janus deliver FOLDER`",
        ),
        (
            "",
            "bank/one/manifest.yaml: the manifest is empty or no mapping; write it again with "
            "`janus deliver FOLDER`",
        ),
        (
            "source: bank\ncollection: janus\nfiles: []\n",
            "bank/one/manifest.yaml: the manifest is incomplete: as_of: Field required; files: "
            "Tuple should have at least 1 item after validation, not 0; write it again with "
            "`janus deliver FOLDER`",
        ),
    ],
    ids=["broken", "bytes", "impossible date", "empty", "incomplete"],
)
def test_a_manifest_that_cannot_be_read_is_refused(bank, manifest, message):
    assert refused_at_the_door(bank, manifest) == message


def test_a_manifest_that_points_outside_its_folder_is_refused(bank):
    assert refused_at_the_door(bank, bank.manifest_of(SENT, path="../../secrets.json")) == (
        "bank/one/manifest.yaml: the manifest is incomplete: files.0.path: Value error, the path "
        "must lie inside the delivery's folder; write it again with `janus deliver FOLDER`"
    )


def test_a_manifest_with_a_misspelt_key_is_refused(bank):
    assert refused_at_the_door(bank, bank.manifest_of(SENT, supersede="x")) == (
        "bank/one/manifest.yaml: the manifest is incomplete: supersede: Extra inputs are not "
        "permitted; write it again with `janus deliver FOLDER`"
    )


def test_an_unknown_source_is_refused_with_the_known_ones(bank):
    manifest = bank.manifest_of(SENT, source="banque")

    assert refused_at_the_door(bank, manifest, source="banque") == (
        "banque/one/manifest.yaml: unknown source banque; expected one of bank, clinic, deaths, "
        "survey. A new source needs a contract: docs/adding_a_source.md"
    )


def test_a_delivery_in_the_folder_of_another_source_is_refused(bank):
    assert refused_at_the_door(bank, bank.manifest_of(SENT), source="clinic") == (
        "clinic/one/manifest.yaml: the manifest names source bank, the folder belongs to clinic; "
        "lay the delivery under bank/, or correct the manifest"
    )


def test_an_unknown_table_is_refused_with_the_known_ones(bank):
    assert refused_at_the_door(bank, bank.manifest_of(SENT, table="tubs")) == (
        "bank/one/manifest.yaml: source bank has no table tubs; expected one of people, tubes"
    )


def test_another_version_of_the_contract_is_refused(people):
    assert refused_later(people, people.manifest_of(SENT, contract="2.0.0")) == (
        "tubes.csv: written for version 2.0.0 of the contract, the warehouse has 1.0.0; see "
        "docs/contracts for what changed"
    )


def test_a_future_as_of_date_is_refused(people):
    today = datetime.now(UTC).date()

    assert refused_later(people, people.manifest_of(SENT, as_of=date(2999, 1, 1))) == (
        f"manifest: as_of is 2999-01-01, after today ({today}); give the day that the content "
        "describes"
    )


def test_another_number_of_rows_than_the_manifest_says_is_refused(people):
    assert refused_later(people, people.manifest_of(SENT, rows=5)) == (
        "tubes.csv: the manifest says 5 rows, the file has 4; the file or the manifest is "
        "incomplete"
    )


def test_all_that_is_wrong_with_a_manifest_is_said_at_once(people):
    manifest = people.manifest_of(SENT, contract="2.0.0", supersedes="bank-2021-12-31-0123456789")

    assert refused_later(people, manifest) == (
        "tubes.csv: written for version 2.0.0 of the contract, the warehouse has 1.0.0; see "
        "docs/contracts for what changed\n"
        "manifest: supersedes bank-2021-12-31-0123456789, which the warehouse has never "
        "received; `janus deliveries` lists the ids"
    )


def test_one_broken_manifest_does_not_keep_the_others_out(people):
    from janus_warehouse.deliveries import scan_landing

    people.lay("as_of: 2022-13-45", name="broken")
    good = people.send({"tubes.csv": SENT}, name="good")

    found = scan_landing()
    assert found.new == (good,)
    assert len(found.refused) == 1


def test_the_message_about_a_manifest_never_shows_what_stood_in_it(bank):
    message = refused_at_the_door(bank, bank.manifest_of(SENT, rows="Kari Nordmann"))

    assert message == (
        "bank/one/manifest.yaml: the manifest is incomplete: files.0.rows: Input should be a "
        "valid integer, unable to parse string as an integer; write it again with "
        "`janus deliver FOLDER`"
    )
