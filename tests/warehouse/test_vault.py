"""The vault: every number a person has had leads to one donor, also after several changes."""

from datetime import date

import pytest
from benchmarks.survey_file import identity_numbers

from janus_warehouse.deliveries import ingest

NUMBERS = [str(number) for number in identity_numbers(8)]
FIRST, SECOND, THIRD, OTHER = NUMBERS[:4]


@pytest.fixture
def bank(warehouse):
    """A warehouse that knows two donors, by their first numbers."""
    header = "donor_number;person_number;sex_code;birth_date;donor_group;consent_status"
    rows = [f"J000000{n};{number};1;1950-05-05;survey;active;" for n, number in
            enumerate((FIRST, OTHER), start=1)]  # fmt: skip
    content = "\n".join([f"{header};withdrawn_date", *rows]) + "\n"
    ingest(warehouse.deliver("donors", {"donors.csv": content}, source="biobank"))
    return warehouse


def change_numbers(bank, *changes: tuple[str, str, str]) -> str:
    """Deliver changes of numbers, each old, new and date; return what became of the delivery."""
    lines = ["person_number,new_number,changed_date", *(",".join(change) for change in changes)]
    content = "\n".join(lines) + "\n"
    outcome = ingest(
        bank.deliver("register", {"number_changes.csv": content}, source="population_register")
    )
    return outcome.state


def donors_of(bank, *numbers: str) -> list[str]:
    return [donor for (donor,) in bank.query(
        "select donor_id from identity.identifiers where value = any(%s)", list(numbers)
    )]  # fmt: skip


@pytest.mark.parametrize("turned", [False, True], ids=["first change first", "last change first"])
def test_a_number_that_changed_twice_leads_to_one_donor(bank, turned):
    changes = [(FIRST, SECOND, "01.02.1990"), (SECOND, THIRD, "01.02.2000")]

    assert change_numbers(bank, *(changes[::-1] if turned else changes)) == "accepted"

    found = donors_of(bank, FIRST, SECOND, THIRD)
    assert (len(found), len(set(found))) == (3, 1)
    assert bank.query(
        "select valid_from, valid_to from identity.identifiers where value = any(%s) "
        "order by valid_from nulls first", [FIRST, SECOND, THIRD],
    ) == [
        (None, date(1990, 2, 1)),
        (date(1990, 2, 1), date(2000, 2, 1)),
        (date(2000, 2, 1), None),
    ]  # fmt: skip


def test_the_first_of_two_changes_ends_a_number(bank):
    changes = [(FIRST, SECOND, "01.02.2000"), (FIRST, THIRD, "01.02.1990")]

    assert change_numbers(bank, *changes) == "accepted"

    assert bank.query("select valid_to from identity.identifiers where value = %s", FIRST) == [
        (date(1990, 2, 1),)
    ]
