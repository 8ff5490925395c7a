"""The scaffold on the made-up surveys, without a codebook: does it find what each column is?

The rule files are the answer key: a rule that reads one column says which variable that column is.
"""

import pytest

from janus_warehouse.contracts import load_contracts
from janus_warehouse.surveys import load_harmonisation
from janus_warehouse.surveys.scaffold import scaffold
from janus_warehouse.synthetic import generate

SURVEYS = (
    "oslo_1972", "counties_1974", "counties_1985", "age40_1990", "hubro_2000", "donors_form",
)  # fmt: skip
UNITS = {
    ("oslo_1972", "KOL"): "mg/dL", ("oslo_1972", "HOYDE"): "cm", ("counties_1985", "HOYDE_M"): "m",
    ("age40_1990", "KOL"): "mmol/L", ("donors_form", "HB"): "g/dL",
}  # fmt: skip
FIRST_FLOOR, AMONG_FIRST_FLOOR = 0.86, 0.88


@pytest.fixture(scope="module")
def proposals(tmp_path_factory, contracts):
    folder = tmp_path_factory.mktemp("surveys")
    generate(folder, scale=0.01, seed=7)
    found = {path.stem: path for path in folder.rglob("*.*") if path.stem in SURVEYS}
    layout = folder / "layout.csv"
    layout.write_text("name,first,last\n" + "".join(
        f"{c.physical_name},{c.position[0]},{c.position[1]}\n"
        for c in contracts["counties_1974"].columns
    ))  # fmt: skip
    return {
        name: scaffold(found[name], codebook=layout if name == "counties_1974" else None)
        for name in SURVEYS
    }


@pytest.fixture(scope="module")
def contracts():
    return {c.table: c for c in load_contracts() if c.table in SURVEYS}


def answer_key() -> dict[tuple[str, str], set[str]]:
    """Return the variables that each column alone is read for, by table and header."""
    key: dict[tuple[str, str], set[str]] = {}
    for survey in load_harmonisation().surveys.values():
        for variable, rule in survey.rules.items():
            column = survey.columns[rule.columns[0]]
            table = survey.contracts[0].table
            if len(rule.columns) == 1 and table in SURVEYS:
                key.setdefault((table, column.physical_name), set()).add(variable)
    return key


def test_the_right_variable_is_the_first_candidate_or_among_three(proposals):
    first, among, total, wrong = 0, 0, 0, []
    for (survey, header), wanted in answer_key().items():
        [column] = [c for c in proposals[survey].columns if c.header == header]
        found = [c.variable for c in proposals[survey].candidates[column.name]]
        total += 1
        first += found[:1] != [] and found[0] in wanted
        among += not wanted.isdisjoint(found)
        if not found or found[0] not in wanted:
            wrong.append(f"{survey}.{header}: {found}")
    assert total >= 150
    assert first / total >= FIRST_FLOOR, wrong
    assert among / total >= AMONG_FIRST_FLOOR, wrong


@pytest.mark.parametrize("survey", SURVEYS)
def test_person_day_and_format_are_those_of_the_contract(survey, proposals, contracts):
    proposed, contract = proposals[survey], contracts[survey]
    columns = {column.name: column for column in proposed.columns}
    assert columns["fnr"].system == "national_number"
    attended = next(c for c in contract.columns if c.name == "attended_date")
    assert columns["attended_date"].header == attended.physical_name
    if contract.format.kind == "csv":
        written = contract.format
        assert f"delimiter: {chr(34)}{written.delimiter}{chr(34)}" in proposed.contract.replace(
            "\\t", "\t"
        )
        assert ('decimal: ","' in proposed.contract) == (written.decimal == ",")


def test_units_are_guessed_from_the_values(proposals):
    for (survey, header), unit in UNITS.items():
        columns = {column.header: column for column in proposals[survey].columns}
        assert columns[header].unit == unit, (survey, header)


def test_missing_codes_are_those_of_the_contract_or_fewer(proposals, contracts):
    """Of a rare code nothing can be known; one that is proposed must be one."""
    known, strangers = 0, []
    for survey in SURVEYS:
        stated = {c.physical_name: c.spec.custom_properties.missing for c in
                  contracts[survey].columns}  # fmt: skip
        for column in proposals[survey].columns:
            for code in column.missing:
                known += code in stated[column.header]
                if code not in stated[column.header]:
                    strangers.append(f"{survey}.{column.header}: {code}")
    assert known >= 40
    assert len(strangers) <= 4, strangers


def test_text_of_another_encoding_is_read_as_what_it_is(proposals):
    assert 'encoding: "latin-1"' in proposals["oslo_1972"].contract


def test_a_missing_code_with_a_decimal_comma_is_the_number_in_the_rules(proposals):
    proposed = proposals["counties_1985"]
    assert 'value: ["9,99"]' in proposed.contract or '"9,99"]' in proposed.contract
    assert '"9.99": TODO' in proposed.rules
    assert '"9,99": TODO' not in proposed.rules
