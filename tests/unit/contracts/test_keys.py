"""Keys are compared by value: how a number is written does not make it another key."""

import pytest

from janus_warehouse.contracts.document import TableSpec
from janus_warehouse.contracts.rules import compile_rules


def table(physical_type: str, *, required: bool = True) -> TableSpec:
    column = {
        "name": "place", "physicalType": physical_type, "primaryKey": True, "required": required,
        "description": "Number of the place.",
    }  # fmt: skip
    file_format = {"property": "format", "value": {"kind": "csv"}}
    content = {
        "name": "places", "physicalName": "raw.bank__places", "description": "Places.",
        "customProperties": [file_format], "properties": [column],
    }  # fmt: skip
    return TableSpec.model_validate(content)


@pytest.mark.parametrize(
    ("physical_type", "compared"),
    [
        pytest.param("text", '"place__text"', id="text as it is written"),
        pytest.param("integer", '"place"', id="numbers by value: 7 and 007 are one"),
        pytest.param("date", '"place"', id="dates by value"),
    ],
)
def test_a_key_is_compared_by_its_value(physical_type, compared):
    [rule] = [rule for rule in compile_rules(table(physical_type)) if rule.kind == "key"]

    assert rule.failing == (
        f"{compared} in (select {compared} from {{view}} group by {compared} having count(*) > 1)"
    )


def test_empty_cells_of_a_key_that_may_be_empty_are_alike():
    [rule] = [rule for rule in compile_rules(table("text", required=False)) if rule.kind == "key"]

    assert rule.failing.startswith("""coalesce("place__text", '') in (select """)
