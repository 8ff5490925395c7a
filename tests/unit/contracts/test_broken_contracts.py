"""Broken contracts: each problem is told with its file and its line, all of them at once."""

from pathlib import Path

import pytest

from janus_warehouse.contracts import load_contract, load_contracts
from janus_warehouse.errors import ContractError

GOOD = """\
apiVersion: v3.1.0
kind: DataContract
id: janus.lab.results
name: Results
version: 1.0.0
status: active
domain: lab
dataProduct: janus
description: {purpose: For tests.}
customProperties:
  - {property: kind, value: assay}
schema:
  - name: results
    logicalType: object
    physicalName: raw.lab__results
    description: One row per result.
    customProperties:
      - {property: format, value: {kind: csv}}
      - {property: person, value: {column: number, system: national_number}}
    properties:
      - name: number
        required: true
        classification: identifier
        description: Whose result.
      - name: value
        logicalType: number
        physicalType: numeric
        logicalTypeOptions: {minimum: 0}
        description: What was measured.
        customProperties: [{property: missing, value: ["999"]}]
        quality:
          - {type: library, metric: missingValues, mustBeLessOrEqualTo: 5}
    quality:
      - id: value_is_round
        type: custom
        engine: janus
        implementation: value = round(value)
"""

BROKEN = [
    ("not YAML", "schema:", "schema: [", 13, "not YAML: "),
    ("no version", "version: 1.0.0\n", "", 1, "version: Field required"),
    ("version form", "1.0.0", "1.0.x", 5, "version: String should match pattern"),
    ("standard version", "v3.1.0", "v2.2.2", 1, "apiVersion: Input should be 'v3.1.0'"),
    ("misspelt key", "status:", "statuz:", 6, "statuz: Extra inputs are not permitted"),
    ("another folder", "domain: lab", "domain: clinic", 7, "must equal the folders"),
    ("table name", "- name: results", "- name: resultz", 13, "named like the file"),
    ("raw name", "raw.lab__results", "raw.results", 15, "expected raw.lab__results"),
    ("unknown property", "property: person", "property: persom", 19, "persom: Extra inputs"),
    ("no value", "{property: kind, value: assay}", "{property: kind}", 11, "entry is written"),
    ("kind", "value: assay", "value: essay", 11, "'registry', 'survey', 'assay' or 'inventory'"),
    ("format", "kind: csv}", "kind: cvs}", 18, "'csv', 'fixed_width'"),
    ("person column", "column: number", "column: numbr", 19, "person names no column: numbr"),
    ("type", "physicalType: numeric", "physicalType: number", 27, "physicalType: Input should be"),
    ("column name", "- name: value", "- name: Value", 25, "name: String should match pattern"),
    ("doubled column", "- name: value", "- name: number", 25, "column number is listed twice"),
    ("no description", "        description: What was measured.\n", "", 25, "Field required"),
    ("metric", "missingValues", "mssingValues", 32, "metric: Input should be"),
    ("tolerance", "LessOrEqualTo: 5", "LessOrEqualTo: -5", 32, "greater than or equal to 0"),
    ("custom rule", "        engine: janus\n", "", 34, "needs id, engine and implementation"),
    ("rule id", "id: value_is_round", "id: Value is round", 34, "id: String should match pattern"),
    ("two rules", "id: value_is_round", "id: value.range", 34, "two rules have the id value.range"),
    (
        "reference", "engine: janus\n        implementation: value = round(value)",
        "engine: janus-reference\n        implementation: value in lab", 34,
        "a reference is written `column -> source.table.column`",
    ),
    ("limit", "minimum: 0", "minimum: nothing", 25, "a limit of a number is a number"),
    ("person may be missing", "required: true", "required: false", 19, "must be required"),
    (
        "type only warns", "metric: missingValues, mustBe", "metric: invalidValues, "
        "severity: warn, mustBe", 25, "rule value.type cannot only warn",
    ),
    (
        "codelist", '{property: missing, value: ["999"]}',
        "{property: codelist, value: no_such_list}", 1, "add metadata/codelists/no_such_list.csv",
    ),
    ("position", "kind: csv}", "kind: fixed_width}", 21, "needs its position, number has none"),
    (
        "linkage key", "{property: format, value: {kind: csv}}",
        "{property: format, value: {kind: csv}}\n"
        "      - {property: linkage, value: {retracted_per_cent: 1, why: for these tests}}", 19,
        "retracted_per_cent: Extra inputs are not permitted",
    ),
    (
        "linkage without reason", "{property: format, value: {kind: csv}}",
        "{property: format, value: {kind: csv}}\n      - {property: linkage, value: {}}", 19,
        "why: Field required",
    ),
    (
        "linkage that adds", "{property: format, value: {kind: csv}}",
        "{property: format, value: {kind: csv}}\n"
        "      - {property: linkage, value: {why: for these tests}}", 19,
        "only a table that each delivery restates",
    ),
    (
        "linkage without key", "{property: format, value: {kind: csv}}",
        "{property: format, value: {kind: csv}}\n      - {property: restatement, value: full}\n"
        "      - {property: linkage, value: {retracted_percent: 1, why: for these tests}}", 20,
        "a limit on retractions needs history",
    ),
    (
        "linkage year", "{property: format, value: {kind: csv}}",
        "{property: format, value: {kind: csv}}\n      - {property: restatement, value: full}\n"
        "      - {property: linkage, value: {year: value, why: for these tests}}", 20,
        "year names no date column: value",
    ),
]  # fmt: skip


def write(folder: Path, text: str, name: str = "results") -> Path:
    path = folder / "expectations" / "janus" / "lab" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_contract_that_the_others_are_broken_from_is_good(tmp_path):
    assert load_contract(write(tmp_path, GOOD)).raw_table == "raw.lab__results"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_a_broken_contract_is_told_with_file_and_line(tmp_path, old, new, line, message):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(ContractError) as caught:
        load_contract(path)
    told = [text for text in str(caught.value).splitlines() if message in text]
    assert told, str(caught.value)
    assert told[0].startswith(f"{path}:{line}: "), str(caught.value)


def test_every_problem_of_every_file_is_told_at_once(tmp_path):
    write(tmp_path, GOOD.replace("v3.1.0", "v9").replace("status: active", "status: asleep"))
    write(tmp_path, "just text", name="other")

    with pytest.raises(ContractError) as caught:
        load_contracts(tmp_path / "expectations")
    assert len(str(caught.value).splitlines()) == 3


def test_two_contracts_for_one_table_are_told(tmp_path):
    write(tmp_path, GOOD)
    other = tmp_path / "expectations" / "nhanes" / "lab" / "results.yaml"
    other.parent.mkdir(parents=True)
    other.write_text(GOOD.replace("dataProduct: janus", "dataProduct: nhanes"))

    with pytest.raises(ContractError, match=r"raw\.lab__results is also defined by"):
        load_contracts(tmp_path / "expectations")
