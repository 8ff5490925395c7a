"""The queries of the page about measurements run as they stand, and find what they say."""

import re
from pathlib import Path

import pytest
from tests.warehouse.assays.bank_of_returns import SENT, study_code
from tests.warehouse.assays.measured_samples import DUPLICATES

from janus_warehouse.assays.tables import STATUSES

PAGE = Path(__file__).parents[3] / "docs" / "measurements.md"
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_query_of_the_page_runs_for_who_reads_marts(made_up):
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.reader) as connection:
        rows = [len(connection.execute(query).fetchall()) for query in QUERIES]

    assert len(QUERIES) == 7
    # Of the made-up results no quality study says anything.
    assert [n > 0 for n in rows] == [True] * 6 + [False]


def test_the_query_of_one_number_for_a_person_leaves_duplicates_and_reruns_out(returned):
    [query] = [text for text in QUERIES if "not is_blinded_duplicate and value > 0" in text]
    lines = returned.lines[(returned.lines.Analyte == "PFOS") & (returned.lines.tube > 0)]
    first_of_tube = {study_code(n) for n in range(1, SENT + 1) if n not in DUPLICATES}
    expected = {
        f"{row.tube:010d}": pytest.approx(float(row.Result))
        for row in lines[lines.SampleID.isin(first_of_tube)].itertuples()
    }

    found = returned.warehouse.query(query)

    assert {row[1]: float(row[4]) for row in found} == expected
    assert len(found) == len(expected) < len(lines)


def test_the_page_names_every_status_and_no_column_that_is_not_there(made_up):
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)`", text.split("## Statuses")[0].split("## A row")[1]))
    columns = {
        name for (name,) in made_up.query(
            "select column_name from information_schema.columns "
            "where table_schema = 'marts' and table_name = 'fct_measurements'"
        )
    }  # fmt: skip

    assert set(STATUSES) <= set(re.findall(r"`([a-z_]+)`", text))
    assert named - columns == {"detected"}
    assert columns - named == {"collection_id", "measurement_id", "project_id", "laboratory",
                               "is_blinded_duplicate"}  # fmt: skip
