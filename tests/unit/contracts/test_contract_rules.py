"""Rules: what a contract's few lines compile to, and that the contracts are the standard's."""

import pytest
from open_data_contract_standard.model import OpenDataContractStandard
from test_broken_contracts import GOOD, write

from janus_warehouse.contracts import Tolerance, load_contract, load_contracts
from janus_warehouse.platform.settings import REPO_ROOT

CONTRACTS = load_contracts(REPO_ROOT / "expectations")


def rules_of(tmp_path, text: str) -> dict:
    return {rule.rule_id: rule for rule in load_contract(write(tmp_path, text)).rules}


def test_every_declaration_becomes_a_rule_in_the_order_of_the_columns(tmp_path):
    assert list(rules_of(tmp_path, GOOD)) == [
        "number.required", "value.type", "value.range", "person.valid", "person.known",
        "value_is_round",
    ]  # fmt: skip


def test_a_rule_bears_no_failing_row_unless_the_contract_says_so(tmp_path):
    assert {rule.tolerance for rule in rules_of(tmp_path, GOOD).values()} == {
        Tolerance(0, "percent")
    }


def test_the_tolerance_of_the_table_holds_for_all_and_a_rule_may_have_its_own(tmp_path):
    text = GOOD.replace(
        "    properties:\n      - name: number",
        "      - {property: tolerance, value: {unit: rows, value: 7}}\n"
        "    properties:\n      - name: number",
    ).replace("metric: missingValues", "metric: invalidValues")
    rules = rules_of(tmp_path, text)

    assert rules["number.required"].tolerance == Tolerance(7, "rows")
    assert rules["value_is_round"].tolerance == Tolerance(7, "rows")
    assert rules["value.type"].tolerance == rules["value.range"].tolerance == Tolerance(5)


def test_a_metric_overrides_its_own_rules_only(tmp_path):
    text = GOOD.replace("logicalTypeOptions: {minimum: 0}", "required: true").replace(
        "mustBeLessOrEqualTo: 5", "mustBeLessOrEqualTo: 5, severity: refuse, dimension: coverage"
    )
    rules = rules_of(tmp_path, text)

    required, kind = rules["value.required"], rules["value.type"]
    assert (required.tolerance, required.consequence, required.dimension) == (
        Tolerance(5), "refuse", "coverage",
    )  # fmt: skip
    assert (kind.tolerance, kind.consequence, kind.dimension) == (
        Tolerance(0), "quarantine", "conformity",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tolerance", "failing", "seen", "borne"),
    [
        (Tolerance(0), 0, 10, True), (Tolerance(0), 1, 10**9, False),
        (Tolerance(1), 1, 100, True), (Tolerance(1), 1, 99, False),
        (Tolerance(0.5), 5, 1000, True), (Tolerance(0.5), 6, 1000, False),
        (Tolerance(3, "rows"), 3, 3, True), (Tolerance(3, "rows"), 4, 10**9, False),
        (Tolerance(100), 7, 7, True), (Tolerance(0), 0, 0, True),
    ],
)  # fmt: skip
def test_a_tolerance_bears_up_to_its_limit_and_not_a_row_more(tolerance, failing, seen, borne):
    assert tolerance.allows(failing, seen) is borne


def test_the_header_of_the_sender_and_not_our_name_stands_in_the_rule(tmp_path):
    text = GOOD.replace("- name: value\n", "- name: value\n        physicalName: VERDI\n")

    assert rules_of(tmp_path, text)["value.range"].column == "VERDI"


def test_identifiers_never_have_a_place_in_raw(tmp_path):
    contract = load_contract(write(tmp_path, GOOD))

    assert [column.name for column in contract.kept_columns] == ["value"]
    assert '"number"' not in contract.raw_ddl()
    assert "donor_id text not null" in contract.raw_ddl()


@pytest.mark.parametrize("contract", CONTRACTS, ids=[c.raw_table for c in CONTRACTS])
def test_a_contract_of_the_repository_is_one_of_the_open_standard(contract):
    read = OpenDataContractStandard.from_string(contract.path.read_text(encoding="utf-8"))

    assert (read.apiVersion, read.kind, read.id) == ("v3.1.0", "DataContract", contract.contract_id)
    assert [column.name for column in read.schema_[0].properties] == [
        column.name for column in contract.columns
    ]


@pytest.mark.parametrize("contract", CONTRACTS, ids=[c.raw_table for c in CONTRACTS])
def test_no_identifier_of_a_person_is_kept_by_a_contract_of_the_repository(contract):
    person = contract.person
    if person is None:
        return
    kept = {column.name for column in contract.kept_columns}
    national = contract.national_number_columns
    assert person.column not in kept or person.system == "study_code"
    assert not national & kept
