"""The marts of the NHANES collection say what the official codebooks say, value by value.

Nothing here repeats a count: each expectation is worked out from the publisher's codebook. Cycles
are named by their first year, as the surveys are in the marts; what the surveys asked is in
`test_nhanes_harmonised`, and the compounds as a population has them in `test_nhanes_pfas`.
"""

import nhanes_files as nhanes
import pytest
from nhanes_known import KNOWN_DIFFERENCES

CYCLES = {"nhanes_2003": "c", "nhanes_2005": "d"}
PFAS_CYCLES = {f"nhanes_{year}": nhanes.CYCLES[year] for year in nhanes.LABORATORY}
PEOPLE = {"nhanes_2003": 10122, "nhanes_2005": 10348}

ANALYTES = {
    "PFOA": "LBDPFOAL",
    "PFOS": "LBDPFOSL",
    "PFHXS": "LBDPFHSL",
    "ET_PFOSA_ACOH": "LBDEPAHL",
    "ME_PFOSA_ACOH": "LBDMPAHL",
    "PFDA": "LBDPFDEL",
    "PFBS": "LBDPFBSL",
    "PFHPA": "LBDPFHPL",
    "PFNA": "LBDPFNAL",
    "PFOSA": "LBDPFSAL",
    "PFUNDA": "LBDPFUAL",
    "PFDODA": "LBDPFDOL",
}
"""Analyte of the marts → the variable that tells whether it was above the detection limit."""


def _book(table: str, variable: str) -> nhanes.CodebookVariable:
    return nhanes.read_codebook(nhanes.CODEBOOKS[table])[variable]


def test_every_person_is_a_donor_of_the_collection(built):
    assert built.query(
        "select collection_id, count(*), count(distinct donor_id) from marts.dim_donors "
        "group by collection_id"
    ) == [("nhanes", 62160, 62160)]


def test_women_and_men_are_as_many_as_in_the_codebooks(built):
    books = [_book(f"demographics_{letter}", "RIAGENDR") for letter in nhanes.CYCLES.values()]

    found = dict(built.query("select sex_code, count(*) from marts.dim_donors group by sex_code"))

    assert found == {code: sum(book.codes[code] for book in books) for code in ("1", "2")}


@pytest.mark.parametrize(
    ("survey", "deaths", "cancer_deaths"), [("nhanes_2003", 732, 161), ("nhanes_2005", 427, 97)]
)
def test_deaths_in_the_follow_up_are_those_of_the_linkage(built, survey, deaths, cancer_deaths):
    found = built.query(
        "select count(*) filter (where exit_reason_code = 'death'), "
        "count(*) filter (where underlying_cause_code = '002'), count(*) "
        "from marts.fct_follow_up where donor_id in ("
        f"select donor_id from raw.nhanes_survey__demographics_{CYCLES[survey]})"
    )

    assert found == [(deaths, cancer_deaths, PEOPLE[survey])]


@pytest.mark.parametrize("survey", PFAS_CYCLES)
@pytest.mark.parametrize("analyte", ANALYTES)
def test_measurements_are_above_and_below_the_limit_as_in_the_codebook(built, survey, analyte):
    table, variable = f"pfas_{PFAS_CYCLES[survey]}", ANALYTES[analyte]
    book = _book(table, variable)
    known = KNOWN_DIFFERENCES.get((table, variable), {})
    detected, below = (
        known.get(f"code {code}", (None, book.codes[code]))[1] for code in ("0", "1")
    )

    found = built.query(
        "select status_code, count(*), count(value), count(value_reported) "
        "from marts.fct_measurements where analyte_id = %s and donor_id in ("
        f"select donor_id from raw.nhanes_lab__{table}) group by status_code order by 1",
        analyte,
    )

    # Below the limit there is a reported stand-in and no value; nothing is imputed.
    assert found == [
        ("below_lod", below, 0, below),
        ("detected", detected, detected, detected),
        ("missing", book.missing, 0, 0),
    ]
