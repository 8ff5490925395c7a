"""Four linkages worked out by hand, through the door and into the marts.

The linkage of 2021 arrives after that of 2022, is held, and let in by decision; that of 2022 is
corrected. What counts is the day that each describes, and the correction.
"""

from datetime import date

import pytest
from register_files import (
    FILLERS,
    MOVES,
    NUMBERS,
    RESIDENTS,
    bank_files,
    case,
    cases_file,
    death,
)

FIRST, SECOND, THIRD = date(2020, 12, 31), date(2021, 12, 31), date(2022, 12, 31)


def linkage(as_of: date, *lines: str) -> dict[str, str]:
    fillers = [case(n + 3, 1000 + n, as_of) for n in range(FILLERS)]
    return cases_file(*fillers, *lines)


def residents(as_of: date, first: str, second: str) -> str:
    day = as_of.strftime("%d.%m.%Y")
    alive = [f"{number},1,05.05.1950,1,{day},0301" for number in NUMBERS[2:]]
    return "\n".join([RESIDENTS, f"{NUMBERS[0]},{first}", f"{NUMBERS[1]},{second}", *alive]) + "\n"


@pytest.fixture(scope="module")
def history(installation):
    """Give the built marts after all linkages have been taken in."""
    take_in = installation.take_in
    take_in("bank", "biobank", THIRD, bank_files(len(NUMBERS)))
    take_in("2020", "population_register", FIRST, {
        "residents.csv": residents(FIRST, "1,05.05.1950,1,31.12.2020,0301",
                                   "1,05.05.1950,2,01.02.2019,0301"),
        "migrations.csv": f"{MOVES}\n{NUMBERS[2]},emigrated,01.04.2018\n",
    })  # fmt: skip
    take_in("2022", "population_register", THIRD, {
        "residents.csv": residents(THIRD, "1,05.05.1950,2,03.02.2022,1103",
                                   "1,05.05.1950,2,02.02.2019,0301"),
        "migrations.csv": f"{MOVES}\n{NUMBERS[2]},emigrated,01.05.2018\n",
    })  # fmt: skip
    take_in("2020", "cause_of_death", FIRST, {"deaths.txt": death(1, "20190201", "R99")})
    take_in("2022", "cause_of_death", THIRD, {
        "deaths.txt": death(1, "20190202", "C61") + death(0, "20220203", "I219")})  # fmt: skip

    take_in("2020", "cancer_registry", FIRST, linkage(
        FIRST, case(0, 1, FIRST, stage="9"), case(0, 2, FIRST, sequence=2), case(1, 3, FIRST),
        case(1, 4, FIRST, sequence=2), case(2, 7, FIRST)))  # fmt: skip
    wrong = take_in("2022", "cancer_registry", THIRD, linkage(
        THIRD, case(0, 1, THIRD, stage="2"), case(2, 5, THIRD)), is_held=True)  # fmt: skip
    take_in("2021", "cancer_registry", SECOND, linkage(
        SECOND, case(0, 1, SECOND, stage="2"), case(1, 3, SECOND),
        case(1, 4, SECOND, basis="8", sequence=2)), is_held=True)  # fmt: skip
    moved_number = case(1, 3, THIRD, sequence=3).replace("T200000003", "T200000013")
    take_in("2022-corrected", "cancer_registry", THIRD, linkage(
        THIRD, case(0, 1, THIRD, stage="2"), case(0, 2, THIRD, grade="2", sequence=2),
        moved_number, case(1, 4, THIRD, sequence=2), case(2, 6, THIRD)),
        supersedes=wrong)  # fmt: skip
    installation.build_marts(
        "fct_cancer_cases_as_known", "fct_cancer_case_changes", "fct_vital_status_history",
        "fct_residence_history", "fct_migration_history", "fct_death_history",
        "fct_follow_up_history",
    )  # fmt: skip
    return installation


def test_every_span_is_the_one_worked_out_by_hand(history):
    found = history.query(
        "select tumour_id, known_from, known_to, change, changed_fields, previous_tumour_id, "
        "next_tumour_id from marts.fct_cancer_case_history where tumour_id < 'T200001000' "
        "order by 1, 2"
    )
    t1, t2, t3, t4, t6, t7, t13 = (f"T2{n:08d}" for n in (1, 2, 3, 4, 6, 7, 13))

    assert found == [
        (t1, FIRST, SECOND, "new", None, None, None),
        (t1, SECOND, None, "changed", "stage_code", None, None),
        (t2, FIRST, SECOND, "new", None, None, None),
        (t2, SECOND, THIRD, "retracted", None, None, None),
        (t2, THIRD, None, "reinstated", "grade_code", None, None),
        (t3, FIRST, THIRD, "new", None, None, None),
        (t3, THIRD, None, "retracted", None, None, t13),
        (t4, FIRST, None, "new", None, None, None),
        (t6, THIRD, None, "new", None, None, None),
        (t7, FIRST, SECOND, "new", None, None, None),
        (t7, SECOND, None, "retracted", None, None, None),
        (t13, THIRD, None, "renumbered", "tumour_id,tumour_sequence", t3, None),
    ]


def test_what_no_linkage_changed_has_one_span(history):
    assert history.query(
        "select change, known_from, known_to, count(*) from marts.fct_cancer_case_history "
        "where tumour_id >= 'T200001000' group by 1, 2, 3"
    ) == [("new", FIRST, None, FILLERS)]


def test_each_changed_field_stands_with_its_value_before_and_after(history):
    assert history.query(
        "select tumour_id, known_from, changed_field, value_before, value_after "
        "from marts.fct_cancer_case_changes order by 1, 2, 3"
    ) == [
        ("T200000001", SECOND, "stage_code", "9", "2"),
        ("T200000002", THIRD, "grade_code", "9", "2"),
        ("T200000013", THIRD, "tumour_id", None, None),
        ("T200000013", THIRD, "tumour_sequence", "1", "3"),
    ]


def test_each_linkage_knows_the_tumours_of_its_day(history):
    found = history.query(
        "select linkage_number, as_of_date, count(*), count(*) filter (where is_carried_on), "
        "string_agg(tumour_id, ' ' order by tumour_id) filter (where tumour_id < 'T200001000') "
        "from marts.fct_cancer_cases_as_known group by 1, 2 order by 1"
    )
    known = ["1 2 3 4 7", "1 3 4", "1 2 4 6 13"]

    assert found == [
        (n, day, FILLERS + len(numbers.split()), carried,
         " ".join(f"T2{int(number):08d}" for number in numbers.split()))
        for n, day, numbers, carried in zip(
            (1, 2, 3), (FIRST, SECOND, THIRD), known, (0, 1, 0), strict=True)
    ]  # fmt: skip


def test_a_tumour_in_quarantine_is_told_with_what_was_known(history):
    assert history.query(
        "select tumour_id, basis_code, known_from from marts.fct_cancer_cases_as_known "
        "where is_carried_on"
    ) == [("T200000004", "7", FIRST)]


def span_of(history, table: str, person: int, columns: str) -> list[tuple]:
    return history.query(
        f"select {columns} from marts.{table} where donor_id = (select donor_id "
        "from identity.identifiers where value = %s) order by known_from, change",
        NUMBERS[person],
    )  # fmt: skip


def test_vital_status_and_residence_have_spans_of_their_own(history):
    status = "known_from, known_to, change, changed_fields, vital_status_code, status_date"

    assert span_of(history, "fct_vital_status_history", 0, status) == [
        (FIRST, THIRD, "new", None, "1", None),
        (THIRD, None, "changed", "vital_status_code,status_date", "2", date(2022, 2, 3)),
    ]
    assert span_of(history, "fct_vital_status_history", 2, status) == [
        (FIRST, None, "new", None, "1", None)
    ]
    residence = "known_from, known_to, change, municipality_code"
    assert span_of(history, "fct_residence_history", 0, residence) == [
        (FIRST, THIRD, "new", "0301"), (THIRD, None, "changed", "1103"),
    ]  # fmt: skip


def test_a_corrected_move_is_one_gone_and_one_come(history):
    columns = "migration_date, known_from, known_to, change"

    assert span_of(history, "fct_migration_history", 2, columns) == [
        (date(2018, 4, 1), FIRST, THIRD, "new"),
        (date(2018, 5, 1), THIRD, None, "new"),
        (date(2018, 4, 1), THIRD, None, "retracted"),
    ]


def test_a_cause_that_was_coded_anew_is_kept_beside_the_old_one(history):
    assert span_of(history, "fct_death_history", 1,
                   "known_from, change, changed_fields, death_date, underlying_cause_code") == [
        (FIRST, "new", None, date(2019, 2, 1), "R99"),
        (THIRD, "changed", "death_date,underlying_cause_code", date(2019, 2, 2), "C61"),
    ]  # fmt: skip


def test_follow_up_of_people_already_dead_is_kept_as_it_was_known(history):
    columns = "known_from, known_to, exit_reason_code, exit_date, death_date, underlying_cause_code"

    assert span_of(history, "fct_follow_up_history", 1, columns) == [
        (FIRST, THIRD, "death", date(2019, 2, 1), date(2019, 2, 1), "R99"),
        (THIRD, None, "death", date(2019, 2, 2), date(2019, 2, 2), "C61"),
    ]
    assert span_of(history, "fct_follow_up_history", 0, columns) == [
        (FIRST, THIRD, "end_of_linkage", None, None, None),
        (THIRD, None, "death", date(2022, 2, 3), date(2022, 2, 3), "I219"),
    ]


def test_a_later_cut_off_opens_no_span_for_the_living(history):
    assert history.query(
        "select exit_reason_code, known_from, count(*) from marts.fct_follow_up_history "
        "where known_to is null and exit_reason_code = 'end_of_linkage' group by 1, 2"
    ) == [("end_of_linkage", FIRST, FILLERS)]
