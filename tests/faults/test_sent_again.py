"""Deliveries that come twice, come too early, or correct one another."""

import os
import time
from datetime import date

import pytest
from small_bank import TUBES, TUBES_HEADER

NEW_TUBES = TUBES_HEADER + "T7;B1;2;1985-03-09;\n"


@pytest.fixture
def patient(people, monkeypatch):
    """Give the small bank that waits a minute for a file to come to rest."""
    from janus_warehouse.platform.settings import get_settings

    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "60")
    get_settings.cache_clear()
    return people


def states(bank) -> dict[str, str]:
    return dict(bank.query("select delivery_id, state from ops.deliveries"))


def test_a_file_that_still_grows_is_waited_for_and_then_enters(patient):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.errors import DeliveryNotReadyError

    delivery_id = patient.send({"tubes.csv": TUBES})
    path = patient.folder() / "tubes.csv"
    path.write_text(TUBES[:40])

    with pytest.raises(DeliveryNotReadyError) as caught:
        ingest(delivery_id)
    assert str(caught.value) == (
        "tubes.csv changed 0 s ago (its content is not yet what the manifest says): the delivery "
        "is taken as still being copied until it has rested 60 s; look again then"
    )
    assert states(patient)[delivery_id] == "received"
    assert not any(patient.footprint(delivery_id).values())

    path.write_text(TUBES)
    assert ingest(delivery_id).state == "accepted"


def test_a_file_that_comes_after_its_manifest_is_waited_for(patient):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.errors import DeliveryNotReadyError

    delivery_id = patient.send({"tubes.csv": TUBES})
    (patient.folder() / "tubes.csv").unlink()

    with pytest.raises(DeliveryNotReadyError, match=r"manifest\.yaml changed 0 s ago \(tubes\.csv"):
        ingest(delivery_id)
    (patient.folder() / "tubes.csv").write_text(TUBES)
    assert ingest(delivery_id).state == "accepted"


def test_a_file_that_has_come_to_rest_wrong_is_refused(patient):
    from janus_warehouse.deliveries import ingest

    delivery_id = patient.send({"tubes.csv": TUBES})
    (patient.folder() / "tubes.csv").write_text(TUBES[:40])
    patient.rest()

    assert patient.refused(ingest(delivery_id)).startswith("tubes.csv: truncated: ")


def test_a_refused_delivery_is_taken_up_when_its_file_arrives_whole(people):
    from janus_warehouse.deliveries import find_deliveries, ingest

    delivery_id = people.send({"tubes.csv": TUBES})
    (people.folder() / "tubes.csv").write_text(TUBES[:40])
    people.refused(ingest(delivery_id))
    assert find_deliveries("inventory") == [], "nothing has changed since"

    time.sleep(0.05)
    (people.folder() / "tubes.csv").write_text(TUBES)
    assert find_deliveries("inventory") == [delivery_id]
    outcome = ingest(delivery_id)
    assert (outcome.state, outcome.rows_accepted, outcome.reason) == ("accepted", 4, None)
    history = people.query(
        "select string_agg(state, ' ' order by event_id) from ops.delivery_events "
        "where delivery_id = %s",
        delivery_id,
    )
    assert history == [("received refused received verified loaded checked accepted",)]
    assert "accepted" in (people.report(delivery_id) / "report.html").read_text()


def test_the_same_content_in_another_folder_is_not_loaded_again(people):
    from janus_warehouse.deliveries import find_deliveries, ingest, scan_landing

    first = people.ingest({"tubes.csv": TUBES}, name="one")
    before = people.count("ops.delivery_events")
    again = people.send({"tubes.csv": TUBES}, name="two")

    assert again == first.delivery_id
    assert again in scan_landing().known
    assert find_deliveries("inventory") == []
    assert ingest(again) == first
    assert people.count("ops.delivery_events") == before
    assert people.count("raw.bank__tubes") == 4


def test_a_folder_renamed_before_it_was_read_is_found_in_its_new_place(people):
    from janus_warehouse.deliveries import find_deliveries, ingest, scan_landing

    delivery_id = people.send({"tubes.csv": TUBES}, name="draft")
    scan_landing()
    people.folder(name="draft").rename(people.folder(name="final"))

    assert find_deliveries("inventory") == [delivery_id]
    assert ingest(delivery_id).state == "accepted"


def test_a_correction_supersedes_what_it_corrects(people):
    first = people.ingest({"tubes.csv": TUBES}, name="one")
    second = people.ingest(
        {"tubes.csv": NEW_TUBES}, name="two", supersedes=first.delivery_id, as_of=date(2021, 1, 1)
    )

    assert second.state == "accepted"
    assert people.query(
        "select state, superseded_by from ops.deliveries where delivery_id = %s", first.delivery_id
    ) == [("superseded", second.delivery_id)]
    assert people.query(
        "select delivery_id from ops.current_tables where table_name = 'tubes'"
    ) == [(second.delivery_id,)]
    assert people.count("raw.bank__tubes") == 5, "the corrected rows stay as history"


def test_a_correction_that_comes_first_waits_for_what_it_corrects(people):
    from janus_warehouse.deliveries import ingest, scan_landing

    first = people.send({"tubes.csv": TUBES}, name="one")
    second = people.send({"tubes.csv": NEW_TUBES}, name="two", supersedes=first)
    scan_landing()

    assert ingest(second).state == "accepted"
    assert (states(people)[first], states(people)[second]) == ("superseded", "accepted")


def test_a_refused_correction_leaves_what_it_corrects_in_force(people):
    first = people.ingest({"tubes.csv": TUBES}, name="one")
    bad = NEW_TUBES.replace("2;1985", "2;19x5") * 1 + "T8;X;1;;\nT9;X;1;;\nT10;X;1;;\n"
    second = people.ingest({"tubes.csv": bad}, name="two", supersedes=first.delivery_id)

    people.refused(second)
    assert states(people)[first.delivery_id] == "accepted"


def test_a_correction_of_an_unknown_delivery_is_refused(people):
    outcome = people.ingest({"tubes.csv": TUBES}, supersedes="bank-2021-12-31-0123456789")

    assert people.refused(outcome) == (
        "manifest: supersedes bank-2021-12-31-0123456789, which the warehouse has never "
        "received; `janus deliveries` lists the ids"
    )


def test_a_correction_of_another_source_is_refused(people):
    [(other,)] = people.query("select delivery_id from ops.deliveries")
    content = "0181501026020200101\n"
    outcome = people.ingest({"deaths.txt": content}, source="deaths", supersedes=other)

    assert people.refused(outcome) == (
        f"manifest: supersedes {other}, a delivery of bank for janus; a correction comes from "
        "the same source for the same collection"
    )


def test_a_second_correction_of_one_delivery_is_refused(people):
    first = people.ingest({"tubes.csv": TUBES}, name="one").delivery_id
    second = people.ingest({"tubes.csv": NEW_TUBES}, name="two", supersedes=first).delivery_id
    third = people.ingest(
        {"tubes.csv": NEW_TUBES.replace("T7", "T8")}, name="three", supersedes=first
    )

    assert people.refused(third) == (
        f"manifest: supersedes {first}, which {second} has already replaced; correct that one"
    )


def test_of_two_corrections_checked_side_by_side_one_enters(people):
    from janus_warehouse.deliveries import check, settle

    first = people.ingest({"tubes.csv": TUBES}, name="one").delivery_id
    rivals = [
        people.send({"tubes.csv": NEW_TUBES.replace("T7", tube)}, name=tube, supersedes=first)
        for tube in ("T8", "T9")
    ]
    assert {check(rival).state for rival in rivals} == {"checked"}

    assert settle(rivals[0]).state == "accepted"
    assert people.refused(settle(rivals[1])) == (
        f"manifest: supersedes {first}, which {rivals[0]} has already replaced; correct that one"
    )


def test_a_report_lost_to_a_crash_is_written_again(people):
    from janus_warehouse.deliveries import scan_landing
    from janus_warehouse.deliveries.report import remove_report

    delivery_id = people.ingest({"tubes.csv": TUBES}).delivery_id
    remove_report(delivery_id)
    scan_landing()

    assert (people.report(delivery_id) / "report.html").exists()


def test_a_remote_landing_zone_is_judged_by_the_times_of_its_own_files(people, monkeypatch):
    import fsspec

    from janus_warehouse.deliveries import find_deliveries, ingest
    from janus_warehouse.platform.settings import get_settings

    people.send({"tubes.csv": TUBES})
    (people.folder() / "tubes.csv").write_text(TUBES[:40])
    remote = fsspec.filesystem("memory")
    remote.put(f"{people.folder()}/", f"/zone-{os.getpid()}/bank/one/", recursive=True)
    monkeypatch.setenv("JANUS_LANDING_URL", f"memory://zone-{os.getpid()}")
    get_settings.cache_clear()

    [delivery_id] = find_deliveries("inventory")
    assert people.refused(ingest(delivery_id)).startswith("tubes.csv: truncated: ")
    time.sleep(0.05)
    remote.pipe(f"/zone-{os.getpid()}/bank/one/tubes.csv", TUBES.encode())
    assert find_deliveries("inventory") == [delivery_id]
    assert ingest(delivery_id).state == "accepted"
    assert not list((people.warehouse.home / "incoming").iterdir())
