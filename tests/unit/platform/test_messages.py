"""What is told of a database error: where the fault is, and never what it is about."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from janus_warehouse.platform.messages import without_values

NAMES_KEPT = [
    pytest.param(
        'Database Error in model x (x.sql)\n  duplicate key value violates unique constraint '
        '"x_pkey"\n  DETAIL:  Key (donor_id)=(D0123) already exists.\n  compiled code at x.sql',
        "Database Error in model x (x.sql)\n  duplicate key value violates unique constraint "
        '"x_pkey"',
        id="a key",
    ),
    pytest.param(
        'null value in column "sex_code" of relation "dim_donors" violates not-null constraint\n'
        "DETAIL:  Failing row contains (janus, D0123, two\nlines, null).",
        'null value in column "sex_code" of relation "dim_donors" violates not-null constraint',
        id="a failing row with a line break",
    ),
    pytest.param(
        'invalid input syntax for type date: "01018012345"\nLINE 3: from x',
        'invalid input syntax for type date: "…"',
        id="a value that does not read",
    ),
    pytest.param(
        'value "99999999999" is out of range for type integer',
        'value "…" is out of range for type integer',
        id="a value out of range",
    ),
    pytest.param(
        'invalid value "19x0" for "YYYY"\nDETAIL:  Value must be an integer.',
        'invalid value "…"',
        id="a value that does not fit a pattern",
    ),
    pytest.param(
        'time zone "01019912345" not recognized',
        'time zone "…" not recognized',
        id="a value taken for a time zone",
    ),
    pytest.param(
        'column "x" does not exist', 'column "x" does not exist', id="a column that is not there"
    ),
    pytest.param('a value that is cut off: "0101', 'a value that is cut off: "…"', id="cut off"),
    pytest.param(
        "ungültige Eingabesyntax für Typ date: »01018012345«",
        'ungültige Eingabesyntax für Typ date: "…"',
        id="a server that speaks German",
    ),
    pytest.param("", "", id="nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "told"), NAMES_KEPT)
def test_messages_keep_names_and_lose_values(message, told):
    assert without_values(message) == told


MESSAGES = [
    'value "{}" is out of range for type integer',
    'invalid value "{}" for "YYYY"',
    'time zone "{}" not recognized',
    'invalid input syntax for type numeric: "{}"\nCONTEXT:  COPY cases, line 3, column x: "{}"',
    'new row for relation "cases" violates check constraint "cases_check"\n'
    "DETAIL:  Failing row contains (janus, {}, null).",
    'duplicate key value violates unique constraint "cases_pkey"\n'
    "DETAIL:  Key (tumour_id)=({}) already exists.\n  compiled code at target/run/cases.sql",
]
VALUES = st.text() | st.lists(
    st.sampled_from(['"', "\n", "DETAIL:  ", 'column "x"', "T1", "\r", "compiled code at", " "])
).map("".join)


@pytest.mark.parametrize("message", MESSAGES)
@given(value=VALUES)
@example('"')
@example('1" of column "T1')
@example("1\nDETAIL:  2")
def test_a_message_reads_the_same_whatever_the_value_is(message, value):
    assert without_values(message.replace("{}", value)) == without_values(
        message.replace("{}", "1")
    )
