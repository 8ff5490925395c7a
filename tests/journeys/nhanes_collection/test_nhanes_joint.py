"""Variables that several questions tell together, worked out again from the delivered answers.

The expectation is plain Python over each person's raw answers, apart from the rules and their SQL.
Only numbers of disagreements are compared, so no answer of a person is ever printed.
"""

from collections.abc import Callable
from typing import NamedTuple

import nhanes_files as nhanes
import pytest

ADULT = 20
SPECIAL = {777, 999, 77777, 99999}
UNITS = {"1": 1 / 365.25, "2": 7 / 365.25, "3": 1 / 12, "4": 1}
YEAR_IN_UNITS = {"1": 365, "2": 52, "3": 12, "4": 1}
CANCER_AGES = "_cancer_age_years"


class Joint(NamedTuple):
    """A variable, the tables it comes from, and what it must be of one person's answers."""

    variable: str
    tables: tuple[str, ...]
    of: Callable
    cycles: tuple[int, ...] = tuple(nhanes.CYCLES)


def number(value):
    """Return a number that is no code for a missing one."""
    return None if value is None or value in SPECIAL else value


def _stopped_within_a_year(person) -> bool:
    unit = person["quit_duration_unit_code"]
    return unit in UNITS and person["quit_duration"] < YEAR_IN_UNITS[unit]


def smoking_years(person):
    start, end = number(person["started_smoking_age_years"]), None
    if person["smokes_now_code"] in ("1", "2") or _stopped_within_a_year(person):
        end = person["age_years"]
    elif person["smokes_now_code"] == "3":
        end = number(person["stopped_smoking_age_years"])
    years = end - start if end is not None and start else None
    return years if years is not None and years >= 0 else None


def years_since_stopping(person):
    duration, unit = number(person["quit_duration"]), person["quit_duration_unit_code"]
    return None if duration is None or unit not in UNITS else duration * UNITS[unit]


def former_cigarettes(person):
    return number(person["cigarettes_per_day_at_quitting"])


def cigarettes_of_the_past_month(person):
    if person["smokes_now_code"] != "1":
        return None
    return number(person["cigarettes_per_day_past_month"])


def _uses(person, ever: str, now: str, start: str):
    """Return whether a kind of tobacco is used now; None is not known."""
    if person[now] in ("1", "2"):
        return True
    if person[ever] == "2" or person[now] == "3" or person[start] == 0:
        return False
    return None


def _either(one, other):
    if one or other:
        return "yes"
    return "no" if one is False and other is False else None


def pipe_or_cigars(person):
    return _either(
        _uses(person, "smoked_20_pipes_code", "smokes_pipe_now_code", "pipe_start_age_years"),
        _uses(person, "smoked_20_cigars_code", "smokes_cigars_now_code", "cigars_start_age_years"),
    )


def smokeless(person):
    return _either(
        _uses(person, "used_snuff_20_times_code", "uses_snuff_now_code", "snuff_start_age_years"),
        _uses(
            person,
            "chewed_tobacco_20_times_code",
            "chews_tobacco_now_code",
            "chewing_start_age_years",
        ),
    )


def first_cancer(person):
    ages = [number(value) for column, value in person.items() if column.endswith(CANCER_AGES)]
    return min((age for age in ages if age is not None), default=None)


def pressure(kind: str) -> Callable:
    """Return the mean of the readings but the first."""

    def mean(person):
        readings = [person[f"{kind}_{place}_mmhg"] for place in range(1, 5)]
        known = [value for value in readings if value is not None and value > 0]
        later = known[1:] or known
        value = sum(later) / len(later) if later else None
        return value if value is None or value >= {"systolic": 60, "diastolic": 20}[kind] else None

    return mean


def alcohol(person):
    occasions, unit = number(person["drinking_occasions"]), person["drinking_occasions_unit_code"]
    if person["drank_12_in_life_code"] == "2" or occasions == 0:
        return "never"
    if occasions is None or unit not in ("1", "2", "3"):
        return None
    a_year = occasions * {"1": 52, "2": 12, "3": 1}[unit]
    steps = ((11, "less_than_monthly"), (42, "monthly"), (78, "weekly"))
    steps += ((182, "several_times_a_week"), (10**6, "almost_daily"))
    return next(word for most, word in steps if a_year <= most)


def abstains(person):
    drinks = number(person["drinking_occasions"])
    if person["drank_12_in_life_code"] == "2" or drinks == 0:
        return "yes"
    return None if drinks is None else "no"


EARLY, LINKED, LATE = (1999, 2001, 2003), nhanes.LINKED_CYCLES, (2007, 2009)
JOINT = [
    Joint("smoking_years", ("smoking",), smoking_years),
    Joint("years_since_stopping", ("smoking",), years_since_stopping),
    Joint("former_cigarettes_per_day", ("smoking",), former_cigarettes),
    Joint("cigarettes_per_day", ("smoking",), cigarettes_of_the_past_month, LATE),
    Joint("smokes_pipe_or_cigars", ("smoking",), pipe_or_cigars, EARLY),
    Joint("uses_snus", ("smoking",), smokeless, EARLY),
    Joint("age_at_first_cancer_years", ("medical_conditions",), first_cancer),
    Joint("systolic_bp_mmhg", ("blood_pressure",), pressure("systolic"), LINKED),
    Joint("diastolic_bp_mmhg", ("blood_pressure",), pressure("diastolic"), LINKED),
    Joint("alcohol_frequency", ("alcohol",), alcohol, LINKED),
    Joint("teetotaller", ("alcohol",), abstains, LINKED),
]
CASES = [(joint, first_year) for joint in JOINT for first_year in joint.cycles]


def _people(collection, first_year: int, table: str, variable: str) -> list[dict]:
    """Return the raw answers of everybody in a table, with the harmonised value of each."""
    letter = nhanes.CYCLES[first_year]
    rows = collection.query(
        "select to_jsonb(answers) || jsonb_build_object('age_years', demographics.age_years, "
        f"'harmonised', wide.{variable}, 'reason', wide.{variable}_missing) "
        f"from raw.nhanes_survey__{table}_{letter} as answers "
        f"join raw.nhanes_survey__demographics_{letter} as demographics using (donor_id) "
        "join marts.survey_answers_wide as wide using (donor_id) where wide.survey_id = %s",
        f"nhanes_{first_year}",
    )
    return [person for (person,) in rows]


def _agrees(expected, found) -> bool:
    if expected is None or found is None or isinstance(expected, str):
        return expected == found
    return abs(expected - found) <= 0.0501


@pytest.mark.parametrize(
    ("joint", "first_year"), CASES, ids=[f"{joint.variable}-{year}" for joint, year in CASES]
)
def test_each_person_has_the_value_that_the_answers_tell(built, joint, first_year):
    people = _people(built, first_year, joint.tables[0], joint.variable)
    expected = [joint.of(person) for person in people]
    disagreeing = sum(
        not _agrees(value, person["harmonised"])
        for value, person in zip(expected, people, strict=True)
    )

    assert disagreeing == 0
    assert sum(value is not None for value in expected) > 50
    assert built.one(
        f"select count({joint.variable}) from marts.survey_answers_wide where survey_id = %s",
        f"nhanes_{first_year}",
    ) == sum(value is not None for value in expected)


def test_systolic_pressure_is_the_mean_that_the_publisher_told_the_examined(built):
    people = _people(built, 2003, "blood_pressure", "systolic_bp_mmhg")
    told = [person for person in people if (person["systolic_told_mmhg"] or 0) > 0]

    assert len(told) > 7000
    assert sum(
        person["harmonised"] is None
        or abs(person["harmonised"] - person["systolic_told_mmhg"]) > 0.0501
        for person in told
    ) == 0  # fmt: skip


def test_diastolic_pressure_differs_from_the_publisher_only_where_a_reading_was_0(built):
    people = _people(built, 2003, "blood_pressure", "diastolic_bp_mmhg")
    told = [person for person in people if (person["diastolic_told_mmhg"] or 0) >= 20]
    apart = [
        person
        for person in told
        if person["harmonised"] is None
        or abs(person["harmonised"] - person["diastolic_told_mmhg"]) > 0.0501
    ]

    assert len(told) > 7000
    assert all(
        0 in [person[f"diastolic_{place}_mmhg"] for place in range(1, 5)] for person in apart
    )


@pytest.mark.parametrize("first_year", nhanes.CYCLES)
def test_who_stopped_within_a_year_was_not_asked_how_much_it_had_been(built, first_year):
    people = _people(built, first_year, "smoking", "former_cigarettes_per_day")
    recent = [person for person in people if _stopped_within_a_year(person)]

    assert len(recent) > 50
    assert {person["reason"] for person in recent if person["harmonised"] is None} == {"not_asked"}
