"""Every rule finds the case that breaks it and lets pass the one that just does not."""

import csv
import io
from datetime import date

import polars as pl
import pytest

from janus_warehouse.codes.case_checks import TOOL
from janus_warehouse.codes.models import run_model
from janus_warehouse.metadata import load_case_checks
from janus_warehouse.metadata.case_checks import EXAMPLE_CASE, Example
from janus_warehouse.warehouse.checks_sql import check_files

CHECKS = load_case_checks()
DATES = ("birth_date", "incidence_date", "follow_up_date", "register_birth_date", "known_on_date")
CODES = ["topography_code", "morphology_code", "behaviour_code"]


def cases_of(person: str, example: Example) -> list[dict]:
    """Return the example as rows of `int_cases__assembled`."""
    return [
        {
            "collection_id": "janus", "donor_id": person, "tumour_id": f"{person} {place}",
            "delivery_id": "d", "tumour_sequence": place, **EXAMPLE_CASE, **changes,
        }
        for place, changes in enumerate(example, start=1)
    ]  # fmt: skip


def assembled(rows: list[dict]) -> pl.DataFrame:
    text = [
        {name: value.isoformat() if isinstance(value, date) else value
         for name, value in row.items()}
        for row in rows
    ]  # fmt: skip
    return pl.DataFrame(text, infer_schema_length=None).with_columns(
        *(pl.col(name).str.to_date() for name in DATES),
        pl.col("given_age_years").cast(pl.Int32),
    )


def run(model: str, rows: list[dict]) -> pl.DataFrame:
    frame = assembled(rows)
    inputs = {
        "int_cases__assembled": frame,
        "int_tumour_codes__distinct": frame.select(CODES).unique(),
    }
    return run_model(model, inputs)


@pytest.fixture(scope="module")
def flags() -> dict[str, set[str]]:
    """Give the flags of every example by person: all examples in one run."""
    rows = [*cases_of("clean", ({},))]
    for code, rule in CHECKS.rules.items():
        rows += cases_of(f"breaks {code}", rule.breaks) + cases_of(f"keeps {code}", rule.keeps)
    found: dict[str, set[str]] = {row["donor_id"]: set() for row in rows}
    for row in run("int_case_checks__flagged", rows).iter_rows(named=True):
        found[row["donor_id"]].add(row["rule_code"])
    return found


def test_there_are_rules_of_every_kind():
    assert len(CHECKS.rules) >= 40
    assert {rule.severity for rule in CHECKS.rules.values()} == {"error", "warning", "rare"}


def test_the_case_that_examples_change_breaks_no_rule(flags):
    assert flags["clean"] == set()


@pytest.mark.parametrize("code", list(CHECKS.rules))
def test_a_rule_finds_the_case_that_breaks_it(flags, code):
    assert code in flags[f"breaks {code}"]


@pytest.mark.parametrize("code", list(CHECKS.rules))
def test_a_rule_lets_pass_the_case_that_just_keeps_it(flags, code):
    assert code not in flags[f"keeps {code}"]


def test_a_missing_value_breaks_no_rule():
    nothing = dict.fromkeys(EXAMPLE_CASE)
    frame = pl.DataFrame([{
        "collection_id": "janus", "donor_id": "p", "tumour_id": "t", "delivery_id": "d",
        "tumour_sequence": 1,
    }]).with_columns(pl.lit(None, pl.Date if n in DATES else pl.Boolean if n == "has_draw"
                            else pl.Int32 if n == "given_age_years" else pl.String).alias(n)
                     for n in nothing)  # fmt: skip
    inputs = {
        "int_cases__assembled": frame,
        "int_tumour_codes__distinct": frame.select(CODES),
    }

    assert run_model("int_case_checks__flagged", inputs).height == 0


def test_each_rule_is_counted_with_its_denominator():
    rows = cases_of("man", ({},)) + cases_of("cervix", ({"topography_code": "C539"},))
    rows += cases_of("woman", ({"sex_code": "2", "register_sex_code": "2"},))

    counts = {
        code: (about, broken)
        for _, code, about, broken in run("int_case_checks__counted", rows).iter_rows()
    }

    assert set(counts) == set(CHECKS.rules)
    assert counts["IARC-SEX-SITE-MEN"] == (2, 1)
    assert counts["IARC-SEX-SITE-WOMEN"] == (1, 0)
    assert counts["IARC-GRADE-CELL-TYPE"] == (0, 0)


def test_only_the_later_of_two_equal_tumours_is_a_repetition():
    found = run("int_case_checks__flagged", cases_of("p", ({}, {}, {})))

    assert sorted(found["tumour_id"]) == ["p 2", "p 3"]


def test_however_many_rules_there_are_each_model_reads_the_cases_once():
    for name, text in check_files(CHECKS).items():
        expected = 0 if name.endswith("rules.sql") else 1
        assert text.count("ref('int_cases__checkable')") == expected, name
        assert text.count("from cases") == expected, name


GIVEN = """\
Person_ID;sex_code;birth_date;incidence_date;topography_code;morphology_code;behaviour_code;note
a;1;1950-06-15;2005-03-10;C53.9;8070/3;;kept
a;1;1950-06-15;2005-03-10;c539;8070;3;kept
b;1;1950-06-15;2005-03-10;C61.9;8140;3;kept
;2;1950-06-15;2005-02-30;C619;8140;3;kept
"""


def answer(text: str) -> list[dict[str, str]]:
    rows = pl.read_csv(io.StringIO(text), separator=";", infer_schema=False)
    return list(csv.DictReader(io.StringIO(TOOL.answer(rows).write_csv())))


def test_the_command_answers_every_row_in_its_place(capsys):
    first, second, third, fourth = answer(GIVEN)

    assert first["flags"] == "IARC-SEX-SITE-MEN" and first["severities"] == "error"
    assert second["flags"] == "JANUS-REPEATED-TUMOUR IARC-SEX-SITE-MEN"
    assert third["flags"] == third["messages"] == ""
    assert fourth["flags"] == "IARC-SEX-SITE-WOMEN" and fourth["note"] == "kept"
    assert first["messages"] == "A man has a tumour of a female genital organ (C51–C58)."


def test_a_date_that_is_none_is_told_and_breaks_no_rule(capsys):
    answer(GIVEN)

    assert "1 cell in incidence_date is no date" in capsys.readouterr().err


def test_the_command_counts_on_standard_error_and_says_what_it_could_not_ask(capsys):
    answer(GIVEN)

    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in
            capsys.readouterr().err.splitlines() if "no date" not in line}  # fmt: skip
    assert told["IARC-SEX-SITE-MEN"].split() == ["2", "3"]
    assert told["IARC-DCO-VITAL"] == "not asked: no basis_code, vital_status_code"
    assert told["IARC-AGE"] == "not asked: no age_years"
    assert set(told) == {"rule", *CHECKS.rules}


def test_a_repeated_tumour_number_still_gives_every_row_its_own_answer():
    text = GIVEN.replace("Person_ID;", "tumour_id;Person_ID;")
    lines = text.splitlines()
    rows = answer("\n".join([lines[0], *(f"T1;{line}" for line in lines[1:])]))

    assert [bool(row["flags"]) for row in rows] == [True, True, False, True]


def test_an_answered_file_can_be_answered_again():
    rows = pl.read_csv(io.StringIO(GIVEN), separator=";", infer_schema=False)

    once = TOOL.answer(rows)

    assert TOOL.answer(once).equals(once)
