"""Real data through the same doors: the NHANES files of 1999 to 2010 against their codebooks.

Every variable that an official codebook counts is compared, code by code. The files were
published by others, so a difference is either explained in `nhanes_known` and in
docs/nhanes.md, or a fault of ours.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

import nhanes_files as nhanes
import pytest
from nhanes_known import KNOWN_DIFFERENCES, KNOWN_FAILING_ROWS

COMPARED_VARIABLES = 830
"""How many variables both a contract and a codebook describe; none may drop out unseen."""

PRINTED_DIGITS = 11
"""The codebooks print the limits of a range with so many significant digits, halves up."""


def test_every_delivery_enters_whole(ingested):
    rows = ingested.query(
        "select source, state, rows_received, rows_accepted, rows_quarantined, rows_refused "
        "from ops.deliveries order by source, as_of"
    )

    assert [(row[0], row[1]) for row in rows] == [
        *[("nhanes_lab", "accepted")] * len(nhanes.LABORATORY),
        ("nhanes_mortality", "accepted"),
        *[("nhanes_survey", "accepted")] * len(nhanes.CYCLES),
    ]
    assert all(received == accepted for _, _, received, accepted, _, _ in rows)
    assert [row[2] for row in rows[:5]] == [2368, 2323, 2294, 2432, 20470]
    assert [row[2] for row in rows[5:]] == [59140, 65850, 84772, 96216, 62278, 65440]


def test_every_declared_check_has_its_row_in_the_ledger(ingested):
    from janus_warehouse.contracts import load_contracts

    declared = {
        (contract.table, rule.rule_id)
        for contract in load_contracts()
        if contract.collection == "nhanes"
        for rule in contract.rules
    }
    rows = ingested.query(
        "select split_part(subject, '.', -1), rule_id, rows_seen, rows_failing, outcome "
        "from ops.check_results where run_kind = 'delivery'"
    )

    assert {(subject.rpartition("__")[2], rule) for subject, rule, *_ in rows} == declared
    assert all(seen > 0 for _, _, seen, _, _ in rows)
    assert {
        (subject.rpartition("__")[2], rule): failing
        for subject, rule, _, failing, outcome in rows
        if failing or outcome != "passed"
    } == KNOWN_FAILING_ROWS


def test_the_six_cycles_together_are_62_160_people(ingested):
    tables = [f"raw.nhanes_survey__demographics_{letter}" for letter in nhanes.CYCLES.values()]
    by_cycle = [ingested.one(f"select count(distinct donor_id) from {table}") for table in tables]

    assert by_cycle == [9965, 11039, 10122, 10348, 10149, 10537]
    everybody = " union all ".join(f"select donor_id from {table}" for table in tables)
    assert ingested.one(f"select count(distinct donor_id) from ({everybody}) as people") == 62160


@pytest.mark.parametrize(
    ("table", "people", "deaths", "cancer_deaths"),
    [("mortality_2003", 10122, 732, 161), ("mortality_2005", 10348, 427, 97)],
)
def test_deaths_are_those_of_the_linkage(ingested, table, people, deaths, cancer_deaths):
    ((rows, persons, dead, of_cancer, last_line),) = ingested.query(
        "select count(*), count(distinct donor_id), "
        "count(*) filter (where vital_status_code = '1'), "
        "count(*) filter (where leading_cause_code = '002'), max(line_number) "
        f"from raw.nhanes_mortality__{table}"
    )

    assert (rows, persons, dead, of_cancer, last_line) == (
        people, people, deaths, cancer_deaths, people,
    )  # fmt: skip


def test_everybody_who_was_linked_was_interviewed(ingested):
    strangers = ingested.one(
        "select count(*) from (select donor_id from raw.nhanes_mortality__mortality_2003 union all "
        "select donor_id from raw.nhanes_mortality__mortality_2005) as linked "
        "where donor_id not in (select donor_id from raw.nhanes_survey__demographics_c union all "
        "select donor_id from raw.nhanes_survey__demographics_d)"
    )

    assert strangers == 0


def test_every_code_is_as_often_as_the_official_codebook_says(ingested):
    differences, compared = {}, 0
    books = {table: nhanes.read_codebook(name) for table, name in nhanes.CODEBOOKS.items()}
    for (raw_table, table), columns in nhanes.compared_columns().items():
        values = ", ".join(
            f"""('{variable}', "{column}"::numeric)""" for column, variable in columns
        )
        rows = ingested.query(
            "select cell.variable, trim_scale(cell.value), count(*) "
            f"from {raw_table} cross join lateral (values {values}) as cell (variable, value) "
            "group by 1, 2"
        )
        for _, variable in columns:
            counts = {value: count for name, value, count in rows if name == variable}
            compared += 1
            if found := _differences(books[table][variable], counts):
                differences[table, variable] = found

    assert differences == KNOWN_DIFFERENCES
    assert compared == COMPARED_VARIABLES


def _differences(book: nhanes.CodebookVariable, counts: dict) -> dict[str, tuple]:
    """Return what differs between a codebook and the counted values: (codebook, file)."""
    missing = counts.pop(None, 0)
    coded = {code: counts.pop(Decimal(code), 0) for code in book.codes}
    found = {f"code {code}": (count, coded[code]) for code, count in book.codes.items()}
    found["missing"] = (book.missing, missing)
    found["in range"] = (sum(count for *_, count in book.ranges), sum(counts.values()))
    if book.ranges and counts:
        found["lowest"] = (min(low for low, *_ in book.ranges), _printed(min(counts)))
        found["highest"] = (max(high for _, high, _ in book.ranges), _printed(max(counts)))
    return {what: pair for what, pair in found.items() if pair[0] != pair[1]}


def _printed(value) -> float:
    return float(Context(prec=PRINTED_DIGITS, rounding=ROUND_HALF_UP).plus(value))


def test_the_one_difference_is_the_raised_detection_limit(ingested):
    raised_limit = 0.52
    now_below = ingested.query(
        "select me_pfosa_acoh_ug_l::float, count(*) from raw.nhanes_lab__pfas_c "
        "where me_pfosa_acoh_limit_code = '0' and me_pfosa_acoh_ug_l < %s group by 1 order by 1",
        raised_limit,
    )

    assert now_below == [(0.3, 1), (0.5, 57)]
    assert round(raised_limit / 2**0.5, 2) == KNOWN_DIFFERENCES["pfas_c", "LBXMPAH"]["lowest"][0]


def test_the_number_of_a_person_is_in_the_vault_only(ingested):
    columns = ingested.query(
        "select table_schema, table_name from information_schema.columns "
        "where column_name = 'seqn' and table_schema not in ('identity')"
    )

    assert columns == []
    assert ingested.one("select count(*) from ops.deliveries where reason is not null") == 0


def test_the_same_files_again_change_nothing(ingested):
    before = ingested.query("select delivery_id, settled_at from ops.deliveries order by 1")

    again = ingested.ingest()

    assert again == {}
    assert ingested.query("select delivery_id, settled_at from ops.deliveries order by 1") == before
