"""Two donors are one person: every linkage, also those before, is told of that one person.

The registers knew the person by one number in 2020 and by another in 2022. Nobody is merged when
the linkages are taken in; then the two donors are, and then that is taken back.
"""

from datetime import date

import pytest
from register_files import MOVES, NUMBERS, RESIDENTS, bank_files, case, cases_file, death

FIRST, SECOND = date(2020, 12, 31), date(2022, 12, 31)
MARTS = ("fct_cancer_cases_as_known", "fct_cancer_case_changes", "fct_residence_history",
         "fct_follow_up_history")  # fmt: skip
OLD, NEW, OTHER = 0, 1, 2
STAYS, OF_NEW, TWICE, GOES, COMES, OF_OTHER = (f"T2{n:08d}" for n in (1, 2, 3, 4, 13, 5))


def resident(person: int, as_of: date, municipality: str) -> str:
    return f"{NUMBERS[person]},1,05.05.1950,1,{as_of:%d.%m.%Y},{municipality}"


def dead(person: int, day: str, municipality: str) -> str:
    return f"{NUMBERS[person]},1,05.05.1950,2,{day},{municipality}"


def take_in_both_linkages(installation) -> None:
    take_in = installation.take_in
    take_in("bank", "biobank", SECOND, bank_files(3))
    lives = {
        FIRST: [resident(OLD, FIRST, "0301"), resident(OTHER, FIRST, "5001")],
        SECOND: [dead(NEW, "05.03.2022", "1103"), resident(OTHER, SECOND, "5001")],
    }
    for day, lines in lives.items():
        take_in(str(day.year), "population_register", day, {
            "residents.csv": "\n".join([RESIDENTS, *lines]) + "\n",
            "migrations.csv": f"{MOVES}\n{NUMBERS[OTHER]},emigrated,01.04.1990\n"
                              f"{NUMBERS[OTHER]},immigrated,01.04.1995\n",
        })  # fmt: skip
    take_in("2022", "cause_of_death", SECOND, {"deaths.txt": death(NEW, "20220305", "C61")})
    take_in("2020", "cancer_registry", FIRST, cases_file(
        case(OLD, 1, FIRST), case(NEW, 2, FIRST, sequence=2), case(OLD, 3, FIRST, sequence=3),
        case(OLD, 4, FIRST, sequence=4), case(OTHER, 5, FIRST)))  # fmt: skip
    # One tumour is told of the other number now, and one of the other number under another id.
    take_in("2022", "cancer_registry", SECOND, cases_file(
        case(OLD, 1, SECOND), case(NEW, 2, SECOND, sequence=2), case(NEW, 3, SECOND, sequence=3),
        case(NEW, 13, SECOND, sequence=4), case(OTHER, 5, SECOND)))  # fmt: skip


def told(installation) -> dict[str, list[tuple]]:
    """Return what the marts say, without the columns that only repeat them."""
    return {
        "history": installation.query(
            "select tumour_id, known_from, change, changed_fields, donor_id, previous_tumour_id "
            "from marts.fct_cancer_case_history order by 1, 2"
        ),
        "known": installation.query(
            "select linkage_number, donor_id, string_agg(tumour_id, ' ' order by tumour_id) "
            "from marts.fct_cancer_cases_as_known group by 1, 2 order by 1, 2"
        ),
        "residence": installation.query(
            "select donor_id, known_from, known_to, change, municipality_code "
            "from marts.fct_residence_history order by 1, 2"
        ),
        "follow_up": installation.query(
            "select donor_id, known_from, exit_reason_code, death_date "
            "from marts.fct_follow_up_history order by 1, 2"
        ),
    }


@pytest.fixture(scope="module")
def stages(installation):
    """Give the keys of the three donors, who stays, and the marts before, merged and undone."""
    from janus_warehouse.identity.persons import merge_persons, undo_decision

    take_in_both_linkages(installation)
    keys = [
        installation.query("select donor_id from identity.identifiers where value = %s", number)
        for number in NUMBERS[:3]
    ]
    donors = [key for [(key,)] in keys]
    installation.build_marts(*MARTS)
    before = told(installation)
    decided = merge_persons(donors[:2], reason="entered twice")
    installation.build_marts(*MARTS)
    merged = told(installation)
    assert decided.decision_id is not None
    undo_decision(decided.decision_id, reason="it was another person")
    installation.build_marts(*MARTS)
    return donors, decided.donor_id, before, merged, told(installation)


def test_before_the_merge_each_number_has_its_own_history(stages):
    (old, new, _), _, before, _, _ = stages
    changes = {(row[0], row[1]): row[2:] for row in before["history"]}

    assert changes[TWICE, FIRST] == ("new", None, old, None)
    assert changes[TWICE, SECOND] == ("changed", "donor_id", new, None)
    assert changes[GOES, SECOND][0] == "retracted"
    assert changes[COMES, SECOND] == ("new", None, new, None)
    assert [row[1:] for row in before["residence"] if row[0] == old] == [
        (FIRST, SECOND, "new", "0301"), (SECOND, None, "retracted", "0301"),
    ]  # fmt: skip


def test_after_the_merge_every_linkage_knows_the_tumours_of_both_as_of_one(stages):
    (_, _, other), survivor, _, merged, _ = stages
    both = {1: " ".join([STAYS, OF_NEW, TWICE, GOES]), 2: " ".join([STAYS, OF_NEW, TWICE, COMES])}

    assert merged["known"] == sorted(
        (linkage, donor, tumours)
        for linkage in (1, 2)
        for donor, tumours in ((survivor, both[linkage]), (other, OF_OTHER))
    )


def test_a_merge_changes_no_tumour_and_finds_the_number_that_it_had_before(stages):
    (_, _, other), survivor, _, merged, _ = stages

    assert merged["history"] == [
        (STAYS, FIRST, "new", None, survivor, None),
        (OF_NEW, FIRST, "new", None, survivor, None),
        (TWICE, FIRST, "new", None, survivor, None),
        (GOES, FIRST, "new", None, survivor, None),
        (GOES, SECOND, "retracted", None, survivor, None),
        (OF_OTHER, FIRST, "new", None, other, None),
        (COMES, SECOND, "renumbered", "tumour_id", survivor, GOES),
    ]


def test_after_the_merge_residence_and_follow_up_are_those_of_one_life(stages):
    (_, _, other), survivor, _, merged, _ = stages

    assert merged["residence"] == sorted([
        (survivor, FIRST, SECOND, "new", "0301"),
        (survivor, SECOND, None, "changed", "1103"),
        (other, FIRST, None, "new", "5001"),
    ])  # fmt: skip
    assert [row[1:] for row in merged["follow_up"] if row[0] == survivor] == [
        (FIRST, "end_of_linkage", None), (SECOND, "death", date(2022, 3, 5)),
    ]  # fmt: skip
    assert {row[0] for row in merged["follow_up"]} == {survivor, other}


def test_an_undone_merge_leaves_every_history_as_it_was(stages):
    _, _, before, merged, undone = stages

    assert undone == before
    assert merged != before
