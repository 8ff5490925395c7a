"""A bank whose donors may have been entered under several numbers, and its registers."""

from datetime import date

from benchmarks.survey_file import identity_numbers

from janus_warehouse.deliveries import ingest
from janus_warehouse.deliveries.decisions import decide

DONORS = "donor_number;person_number;sex_code;birth_date;donor_group;consent_status;withdrawn_date"
NUMBERS = [str(number) for number in identity_numbers(420)]
OTHERS = NUMBERS[20:220]
"""Donors whom nothing happens to, so that a failing row stays under a tolerance of 0.5 percent."""
FRESH = NUMBERS[220:]
"""Numbers that the others have changed to."""
A, B, C, D, E = NUMBERS[:5]


def donor_line(n: int, number: str, *, sex: str = "1", birth: str = "1950-05-05") -> str:
    return f"J{n:07d};{number};{sex};{birth};survey;active;"


def enter_donors(warehouse, *lines: str, name: str = "donors", as_of=date(2022, 12, 31)):
    """Deliver the bank's list: the others, and the lines of the donors that a test is about."""
    usual = [donor_line(1000 + n, number) for n, number in enumerate(OTHERS)]
    content = "\n".join([DONORS, *lines, *usual]) + "\n"
    return ingested(warehouse, name, "biobank", {"donors.csv": content}, as_of)


def change_numbers(warehouse, *changes: tuple[str, str, str], name="numbers", others=True,
                   as_of=date(2022, 12, 31), is_held=False):  # fmt: skip
    """Deliver changes of numbers: old, new and date; the others change theirs as well.

    With `is_held` the delivery must wait for a person's decision, which is to let it in.
    """
    usual = [(old, new, "01.02.1990") for old, new in zip(OTHERS, FRESH, strict=True)]
    lines = [",".join(change) for change in [*changes, *(usual if others else [])]]
    content = "\n".join(["person_number,new_number,changed_date", *lines]) + "\n"
    files = {"number_changes.csv": content}
    return ingested(warehouse, name, "population_register", files, as_of, is_held)


def ingested(warehouse, name, source, files, as_of, is_held=False):
    delivery_id = warehouse.deliver(name, files, source=source, as_of=as_of)
    outcome = ingest(delivery_id)
    if is_held:
        assert outcome.state == "held", outcome.state
        decide(delivery_id, accept=True, reason="The register has sent it so.")
        outcome = ingest(delivery_id)
    assert outcome.state == "accepted", outcome.reason
    return outcome


def donor_of(warehouse, number: str) -> str:
    [(donor_id,)] = warehouse.query(
        "select donor_id from identity.identifiers where value = %s", number
    )
    return donor_id


def key_of(warehouse, number: str) -> str:
    [(key,)] = warehouse.query(
        "select identifier_key from identity.identifiers where value = %s", number
    )
    return key


def assignments(warehouse) -> dict[str, str]:
    return dict(warehouse.query("select identifier_key, donor_id from ops.person_assignments"))


def broken_rules(warehouse) -> list[tuple]:
    return warehouse.query("select line_number, rule_ids from quarantine.rows order by 1")
