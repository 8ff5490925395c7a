"""What is said of codes that no rule maps: where to add them, and nothing where there are none."""

import pytest

from janus_warehouse.warehouse.ledger import CheckRow
from janus_warehouse.warehouse.unmapped import TEST, explained

MANIFEST = {"nodes": {"test.codes": {"test_metadata": {"name": TEST}, "compiled_code": "select 1"}}}


class Connection:
    """Answers every statement with the same rows."""

    def __init__(self, *rows):
        self.rows = list(rows)

    def execute(self, statement):
        return self

    def fetchall(self):
        return self.rows


@pytest.fixture
def failed():
    given = dict.fromkeys(CheckRow.__dataclass_fields__, "")
    return CheckRow(**{**given, "outcome": "failed"})


def test_the_rule_file_of_each_survey_is_named(failed):
    connection = Connection(
        ("oslo_1972", "smoking_status", "7", 6),
        ("oslo_1972", "stroke", "7", 6),
        ("nhanes_1999", "smoking_status", "8", 9),
    )

    told = explained(connection, MANIFEST, {"test.codes": failed})["test.codes"].told

    assert told.endswith(
        "Add them to the rule in metadata/harmonisation/janus/oslo_1972.yaml and "
        "metadata/harmonisation/nhanes/nhanes_1999.yaml, under recode or missing, and to the "
        "codes of the contract; or correct the delivery"
    )


def test_nothing_is_said_where_the_statement_finds_nothing_any_more(failed):
    assert explained(Connection(), MANIFEST, {"test.codes": failed}) == {}
