"""The scaffold against official codebooks: NHANES files of two cycles, which nobody here made.

The codebook is the answer key of the codes; which column is height or smoking stands below.
"""

import pytest

from janus_warehouse.contracts import load_contract
from janus_warehouse.surveys.scaffold import scaffold
from janus_warehouse.surveys.scaffold_codebook import read_codebook

FILES = ("BMX", "SMQ", "LAB13", "LAB11", "MCQ_D", "SMQ_D", "TCHOL_D", "HDL_D", "CRP_D", "COT_D")
VARIABLES = {
    "BMXHT": "height_cm", "BMXWT": "weight_kg", "BMXWAIST": "waist_cm",
    "BMXARMC": "arm_circumference_cm", "BMXTRI": "triceps_skinfold_mm",
    "SMQ040": "smoking_status", "SMD070": "cigarettes_per_day",
    "SMD057": "former_cigarettes_per_day", "SMD030": "smoking_start_age_years",
    "SMQ050Q": "years_since_stopping", "SMD075": "smoking_years",
    "MCQ220": "cancer", "MCQ160E": "myocardial_infarction", "MCQ160F": "stroke",
    "MCQ160D": "angina", "MCQ010": "asthma", "LBXTC": "total_cholesterol_mmol_l",
    "LBDHDL": "hdl_cholesterol_mmol_l", "LBDHDD": "hdl_cholesterol_mmol_l",
    "LBXCRP": "crp_mg_l", "LBXCOT": "cotinine_ng_ml",
}  # fmt: skip
CODES_FLOOR, FIRST_FLOOR, AMONG_FIRST_FLOOR = 0.98, 0.9, 0.97


@pytest.fixture(scope="module")
def proposals(shared, tmp_path_factory):
    folder = shared / "real-data" / "nhanes"
    out = tmp_path_factory.mktemp("nhanes")
    made = {}
    for name in FILES:
        codebook = folder / "codebooks_md" / f"{name}.md"
        proposed = scaffold(
            folder / "csv" / f"{name}.csv.gz", codebook=codebook, collection="nhanes",
            source="nhanes_survey",
        )  # fmt: skip
        proposed.write(out)
        made[name] = (proposed, read_codebook(codebook), out / proposed.contract_path)
    return made


def test_every_contract_can_be_read_and_names_the_respondent(proposals):
    assert len(proposals) == len(FILES)
    for proposed, _, path in proposals.values():
        contract = load_contract(path)
        assert contract.person is not None
        assert (contract.person.column, contract.person.system) == ("seqn", "seqn")
        assert len(contract.columns) == len(proposed.columns)


def test_codes_and_kinds_are_those_of_the_codebook(proposals):
    right, wrong = 0, []
    for name, (proposed, book, _) in proposals.items():
        for column in proposed.columns:
            entry = book.get(column.header.lower())
            if entry is None or column.kind == "identifier":
                continue
            is_right = (
                column.kind in ("integer", "number")
                if entry.limits
                else column.kind == "code" and set(entry.codes) <= set(column.codes)
                if entry.codes
                else column.kind == "text"
            )
            right += is_right
            if not is_right:
                wrong.append(f"{name}.{column.header}")
    assert right >= 200
    assert right / (right + len(wrong)) >= CODES_FLOOR, wrong


def test_answers_that_are_no_answers_are_missing_codes(proposals):
    proposed, book, _ = proposals["SMQ_D"]
    columns = {column.header: column for column in proposed.columns}
    assert columns["SMQ040"].missing == {"7": "refused", "9": "unknown"}
    assert columns["SMD030"].missing == {"777": "refused", "999": "unknown"}
    assert columns["SMD030"].labels["0"] == book["smd030"].codes["0"]


def test_limits_hold_what_the_codebook_says_occurs(proposals):
    seen = 0
    for proposed, book, _ in proposals.values():
        for column in proposed.columns:
            entry = book.get(column.header.lower())
            if entry and entry.limits and column.low is not None and column.high is not None:
                seen += 1
                assert column.low <= entry.limits[0], column.header
                assert column.high >= entry.limits[1], column.header
    assert seen >= 50


def test_the_right_variable_is_the_first_candidate_or_among_three(proposals):
    first, among, total, missed = 0, 0, 0, []
    for proposed, _, _ in proposals.values():
        for column in proposed.columns:
            wanted = VARIABLES.get(column.header)
            if wanted is None:
                continue
            found = [c.variable for c in proposed.candidates[column.name]]
            total += 1
            first += found[:1] == [wanted]
            among += wanted in found
            if found[:1] != [wanted]:
                missed.append(f"{column.header}: {found}")
    assert total >= 25
    assert first / total >= FIRST_FLOOR, missed
    assert among / total >= AMONG_FIRST_FLOOR, missed


def test_what_is_proposed_of_a_rule_file_waits_for_a_person_and_is_otherwise_its_form(proposals):
    proposed = proposals["SMQ_D"][0]
    assert '"1": current  #' in proposed.rules or '"1": TODO  # Every day' in proposed.rules
    assert '"7": refused  # Refused' in proposed.rules
    assert "why: TODO" in proposed.rules
