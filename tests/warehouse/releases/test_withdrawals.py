"""A withdrawal: recorded under the donor's key, and gone from the next extract."""

import csv
import io
import shutil
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.extracts import build_extract
from janus_warehouse.extracts.pseudonyms import project_secret, pseudonym
from janus_warehouse.identity.persons import merge_persons, undo_decision
from janus_warehouse.platform.audit import broken_links
from janus_warehouse.releases import cut_release, verify_release

NUMBERS = {"01019912345": "donor-8", "02029912345": "donor-10", "03039912346": "donor-17",
           "04049912346": "donor-19"}  # fmt: skip
RECORDED = "select donor_id, withdrawn_date from governance.withdrawals order by 1"


@pytest.fixture
def vault(warehouse):
    """Give a warehouse that knows two donors by made-up numbers."""
    for number, donor_id in NUMBERS.items():
        warehouse.query(
            "insert into identity.donors (donor_id, registered_by) values (%s, 'test')", donor_id
        )
        warehouse.query(
            "insert into identity.identifiers "
            "(system, value, donor_id, identifier_key, delivery_id) "
            "values ('national_number', %s, %s, %s, 'test')", number, donor_id, donor_id,
        )  # fmt: skip
    return warehouse


def withdraw(numbers: str, *options: str):
    return CliRunner().invoke(app, ["withdraw", "--date", "2023-05-05", *options], input=numbers)


def test_donors_are_found_by_their_numbers_and_recorded_by_their_keys(vault):
    done = withdraw("010199 12345\n\n02029912345\n")

    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 withdrawals from 2023-05-05 recorded, 0 were known before")
    assert vault.query(RECORDED) == [
        ("donor-10", date(2023, 5, 5)),
        ("donor-8", date(2023, 5, 5)),
    ]
    audit = vault.query("select action, subject, detail from ops.audit order by 1, 2")
    assert [(action, subject) for action, subject, _ in audit] == [
        ("record withdrawal", "donor-10"),
        ("record withdrawal", "donor-8"),
    ]
    assert not any(number in f"{done.output}{audit}" for number in NUMBERS)
    assert broken_links() == []


def test_the_same_again_changes_nothing_and_another_day_corrects_the_day(vault):
    withdraw("01019912345")
    again = withdraw("01019912345")
    corrected = withdraw("01019912345", "--date", "2023-05-06")

    assert "0 withdrawals from 2023-05-05 recorded, 1 were known before" in again.output
    assert "1 withdrawals from 2023-05-06 recorded" in corrected.output
    assert vault.query(RECORDED) == [("donor-8", date(2023, 5, 6))]
    assert vault.query("select count(*) from ops.audit") == [(2,)]


@pytest.mark.parametrize(
    ("numbers", "options"),
    [
        pytest.param("01019912345\n03039912345\n", [], id="one that nobody knows"),
        pytest.param("01019912345\n", ["--system", "donor_number"], id="another kind of number"),
        pytest.param("\n", [], id="nothing"),
    ],
)
def test_of_an_unknown_number_nothing_is_recorded_and_nothing_shown(vault, numbers, options):
    done = withdraw(numbers, *options)

    assert done.exit_code == 1
    assert "nothing was recorded" in done.output
    assert "39912345" not in done.output and "19912345" not in done.output
    assert vault.query(RECORDED) == []


def test_a_day_that_has_not_come_is_wrong_usage(vault):
    tomorrow = (date.today() + timedelta(days=1)).isoformat()

    assert withdraw("01019912345", "--date", tomorrow).exit_code == 2
    assert vault.query(RECORDED) == []


def test_the_next_extract_leaves_out_who_has_withdrawn(vault, marts, projects):
    cut_release("2022.1")
    gone = pseudonym(project_secret("study-one"), "donor_id", "donor-8")
    before = (build_extract(projects(), "2022.1").folder / "donors.csv").read_text()

    withdraw("01019912345")

    after = (build_extract("study-one", "2022.1").folder / "donors.csv").read_text()
    assert gone in before and gone not in after
    assert len(before.splitlines()) - len(after.splitlines()) == 1


def test_so_do_measurements_and_the_release_still_has_them(vault, marts, projects):
    withdraw("01019912345")
    release = cut_release("2022.1")
    extract = build_extract(projects(), "2022.1")
    tables = {path.stem: path.read_text() for path in extract.folder.glob("*.csv")}

    # A note may have two lines.
    measured = {
        row["donor_pseudonym"] for row in csv.DictReader(io.StringIO(tables["measurements"]))
    }
    # Men are the donors of even numbers; up to the 120th, each has been measured for PFOA once.
    assert len(measured) == 120 / 2 - 1
    assert known_as("donor-8") not in measured and known_as("donor-10") in measured
    assert not any(known_as("donor-8") in text for text in tables.values())
    for schema in ("marts", release.schema):
        of_donor = f"select count(*) from {schema}.fct_measurements where donor_id = 'donor-8'"
        assert vault.query(of_donor) == [(2,)]


def donors_delivered() -> tuple[set[str], dict[str, bytes]]:
    """Return which pseudonyms are in the extract of release 2022.1, and its files, built anew."""
    extract = build_extract("study-one", "2022.1")
    lines = (extract.folder / "donors.csv").read_text().splitlines()[1:]
    files = {path.name: path.read_bytes() for path in extract.folder.iterdir()}
    shutil.rmtree(extract.folder)
    return {line.split(",")[0] for line in lines}, files


def known_as(donor_id: str) -> str:
    return pseudonym(project_secret("study-one"), "donor_id", donor_id)


def test_a_release_and_its_extracts_are_the_same_after_a_merge(vault, marts, projects):
    cut_release("2022.1")
    projects()
    before = donors_delivered()

    merge_persons(["donor-8", "donor-10"], reason="letter 2023/114")

    assert {known_as("donor-8"), known_as("donor-10")} <= before[0]
    assert donors_delivered() == before
    assert not verify_release("2022.1").problems


def test_a_withdrawal_of_a_merged_person_holds_in_older_releases(vault, marts, projects):
    cut_release("2022.1")
    projects()
    merge_persons(["donor-8", "donor-10"], reason="letter 2023/114")
    before, _ = donors_delivered()

    withdraw("02029912345")

    after, _ = donors_delivered()
    assert before - after == {known_as("donor-8"), known_as("donor-10")}


def test_a_withdrawal_before_the_merge_holds_for_the_other_record_too(vault, marts, projects):
    cut_release("2022.1")
    projects()
    withdraw("01019912345")
    before, _ = donors_delivered()

    merge_persons(["donor-8", "donor-10"], reason="letter 2023/114")

    after, _ = donors_delivered()
    assert before - after == {known_as("donor-10")}
    undo_decision(1, reason="another letter")
    assert donors_delivered()[0] == before


def test_so_does_one_that_only_the_release_itself_knows_of(vault, marts, projects):
    cut_release("2022.1")
    projects(cohort="  sex: female")
    before, _ = donors_delivered()

    merge_persons(["donor-17", "donor-19"], reason="letter 2023/114")

    after, _ = donors_delivered()
    assert before - after == {known_as("donor-19")}
