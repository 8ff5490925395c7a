"""The tools over a file: worked cases, ways of writing, problems in words."""

import polars as pl
import pytest

from janus_warehouse.codes.tool import load_tool
from janus_warehouse.synthetic.sites import SITES, Site

ICDO3 = load_tool("icdo3-to-icd10")
ICD7 = load_tool("icd7-to-icd10")


def tumour(topography: str | None, morphology: str | None, **others: str) -> dict:
    row = {"topography_code": [topography], "morphology_code": [morphology]}
    given_rows = pl.DataFrame(
        row | {name: [value] for name, value in others.items()},
        schema_overrides={"topography_code": pl.String, "morphology_code": pl.String},
    )
    return ICDO3.answer(given_rows).row(0, named=True)


def icd7(code: str) -> dict:
    return ICD7.answer(pl.DataFrame({"icd7_code": [code]})).row(0, named=True)


WORKED = [
    ("C50.9", "8500/3", "C509", "breast", "breast"),
    ("C50.4", "8500/2", "D051", "not_counted", "ductal in situ"),
    ("C50.4", "8520/2", "D050", "not_counted", "lobular in situ"),
    ("C44.5", "8720/3", "C435", "melanoma", "melanoma of the skin"),
    ("C44.5", "8720/2", "D035", "not_counted", "melanoma in situ"),
    ("C69.3", "8720/3", "C693", "eye", "melanoma of the eye"),
    ("C44.3", "8070/3", "C443", "skin", "squamous cell of skin"),
    ("C44.3", "8090/3", "C443", "skin", "basal cell"),
    ("C61.9", "8090/3", "C449", "skin", "basal cell, not of the prostate"),
    ("C67.9", "8130/1", "D414", "bladder", "bladder, uncertain"),
    ("C67.2", "8120/2", "D090", "bladder", "bladder, in situ"),
    ("C65.9", "8120/3", "C65", "bladder", "pelvis of the kidney"),
    ("C64.9", "8310/3", "C64", "kidney", "kidney"),
    ("C38.4", "9050/3", "C450", "other", "mesothelioma of pleura"),
    ("C48.1", "9052/3", "C451", "other", "mesothelioma of peritoneum"),
    ("C44.7", "9140/3", "C460", "other", "Kaposi of skin"),
    ("C49.2", "8850/3", "C492", "bone_soft_tissue", "sarcoma of thigh"),
    ("C44.7", "8890/3", "C492", "bone_soft_tissue", "sarcoma in the skin"),
    ("C16.2", "9680/3", "C833", "lymphoma", "lymphoma of the stomach"),
    ("C77.0", "9650/3", "C819", "lymphoma", "Hodgkin"),
    ("C42.1", "9732/3", "C900", "myeloma", "myeloma"),
    ("C42.1", "9823/3", "C911", "leukaemia", "lymphatic leukaemia"),
    ("C42.1", "9950/3", "D45", "other_blood", "polycythaemia"),
    ("C42.1", "9989/3", "D469", "other_blood", "myelodysplasia"),
    ("C42.1", "9765/1", "D472", "other_blood", "gammopathy"),
    ("C70.0", "9530/0", "D320", "brain", "meningioma"),
    ("C72.4", "9560/0", "D333", "brain", "acoustic nerve"),
    ("C75.1", "8272/0", "D352", "brain", "pituitary"),
    ("C40.2", "9180/0", "D162", "not_counted", "osteoma"),
    ("C22.0", "8160/3", "C220", "liver", "bile duct cancer in the liver"),
    ("C80.9", "8160/3", "C221", "liver", "bile duct cancer, no site"),
    ("C80.9", "8010/3", "C80", "other", "unknown primary"),
    ("C10.1", "8070/3", "C101", "nose_larynx", "epiglottis, front"),
    ("C22.0", "8140/6", "C787", "other", "metastasis"),
    ("C61.9", "8140/0", "N40", "not_counted", "adenoma of the prostate"),
]


def test_tumours_have_their_icd10_code_and_group():
    asked = pl.DataFrame(
        [case[:2] for case in WORKED], schema=["topography_code", "morphology_code"], orient="row"
    )
    found = ICDO3.answer(asked)
    answered = found.select("icd10_code", "site_group_code").rows()

    assert [(*row, case[4]) for row, case in zip(answered, WORKED, strict=True)] == [
        case[2:] for case in WORKED
    ]
    assert found["problem"].null_count() == len(WORKED)


def test_entities_are_listed_from_the_narrowest():
    assert tumour("C42.1", "9823/3")["cancer_entity_codes"] == "402,400,430,970,990,980"
    assert tumour("C50.9", "8500/3")["cancer_entity_codes"] == "180,990,980"
    assert tumour("C44.3", "8090/3")["cancer_entity_codes"] == "888"
    assert tumour("C71.9", "9440/3")["cancer_entity_codes"] == "317,320,321,970,990,980"
    assert tumour("C18.0", "8140/0")["cancer_entity_codes"] is None


def test_the_way_of_writing_does_not_matter():
    topographies = ["C509", "c509", "C50.9", " c50.9 "]
    written = [("8500/3", ""), ("8500", "3"), ("85003", ""), ("m8500/3", ""), ("8500/3", "3")]
    found = ICDO3.answer(
        pl.DataFrame(
            [(site, *pair) for site in topographies for pair in written],
            schema=["topography_code", "morphology_code", "behaviour_code"],
            orient="row",
        )
    )

    assert found.select("icd10_code", "edition", "problem").unique().rows() == [
        ("C509", "3.0", None)
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        pytest.param(("C50.9", "8500"), "is missing", id="no behaviour"),
        pytest.param((None, "8500/3"), "is missing", id="no topography"),
        pytest.param(("C14.1", "8070/3"), "topography is no code", id="topography taken out"),
        pytest.param(("C50.7", "8500/3"), "topography is no code", id="digit not there"),
        pytest.param(("C50", "8500/3"), "topography is no code", id="three characters"),
        pytest.param(("C50.9", "8999/3"), "morphology is no code", id="morphology"),
        pytest.param(("C50.9", "8500/0"), "does not list", id="benign duct carcinoma"),
        pytest.param(("C40.0", "8140/2"), "ICD-10 has no code", id="in situ in bone"),
        pytest.param(("C61.9", "8140/3", {"sex_code": "2"}), "other sex", id="sex"),
        pytest.param(
            ("C34.1", "8023/3", {"incidence_date": "2005-03-01"}), "later edition", id="too new"
        ),
        pytest.param(
            ("C25.9", "8453/1", {"incidence_date": "2015"}), "went out", id="taken out since"
        ),
        pytest.param(("C61.9", "8140/3", {"sex_code": "M"}), "neither 1 nor 2", id="sex in words"),
        pytest.param(
            ("C61.9", "8140/3", {"incidence_date": "2020-13-01"}), "no date", id="no such month"
        ),
        pytest.param(
            ("C34.1", "8023/3", {"incidence_date": "01.03.2005"}), "later edition", id="day first"
        ),
        pytest.param(
            ("C50.9", "8500/2", {"behaviour_code": "3"}), "not the one beside it", id="disagree"
        ),
    ],
)
def test_a_problem_is_told_in_words(row, problem):
    others = row[2] if len(row) > 2 else {}

    assert problem in tumour(row[0], row[1], **others)["problem"]


def test_what_is_no_code_of_icdo3_is_not_guessed_at():
    assert tumour("C50.9", "8999/3")["icd10_code"] is None
    assert tumour("C50.7", "8500/3")["icd10_code"] is None
    assert tumour("C50.9", "8500/0")["icd10_code"] == "D24"


def test_a_tumour_before_the_first_edition_is_no_problem():
    assert tumour("C50.9", "8500/3", incidence_date="1985-01-01")["problem"] is None


def test_rows_keep_their_order_and_number():
    rows = pl.DataFrame({
        "topography_code": ["C61.9", None, "C50.9", "C61.9"],
        "morphology_code": ["8140/3", "8140/3", "8500/3", "8140/3"],
    })  # fmt: skip

    assert ICDO3.answer(rows)["icd10_code"].to_list() == ["C61", None, "C509", "C61"]


@pytest.mark.parametrize(
    ("code", "icd10", "cardinality", "problem"),
    [
        pytest.param("170", "C50", "1:1", None, id="one to one"),
        pytest.param("190.0", "C430", "1:1", None, id="with the point"),
        pytest.param("155", "C22", "1:n", "several", id="one to many"),
        pytest.param("163", "C34", "n:1", None, id="many to one"),
        pytest.param("200", "C83", "n:m", "several", id="many to many"),
        pytest.param("1519", "C16", "1:1", "fourth digit", id="unknown fourth digit"),
        pytest.param("300", None, None, "not in the table", id="not a tumour"),
        pytest.param("17", None, None, "three or four", id="too short"),
        pytest.param("190,0", "C430", "1:1", None, id="with the comma of a spreadsheet"),
        pytest.param("17001", None, None, "three or four", id="too long, and not cut"),
    ],
)
def test_an_icd7_code_has_its_icd10_code_and_cardinality(code, icd10, cardinality, problem):
    found = icd7(code)

    assert (found["icd10_code"], found["cardinality"]) == (icd10, cardinality)
    assert (problem is None) == (found["problem"] is None)
    assert (problem or "") in (found["problem"] or "")


def of_the_bank(site: Site) -> list[tuple[str, str, str]]:
    """Return every triple that the generator can write for a site."""
    malignant = {morphology for morphology, _ in site.morphologies}
    pairs = {(morphology, "3") for morphology in malignant}
    pairs.add(("9590" if site.is_blood else "8000", "3"))
    if site.not_malignant_pct:
        others = {site.other_morphology} if site.other_morphology else malignant
        pairs |= {(morphology, site.other_behaviour) for morphology in others}
        pairs |= {("8000", "0")} if site.other_behaviour == "0" else set()
    return [(site.topography + digit, *pair) for digit in site.subsites for pair in pairs]


def test_the_made_up_bank_has_codes_of_icdo3_that_lead_to_its_causes_of_death():
    rows = [(name, *row) for name, site in SITES.items() for row in of_the_bank(site)]
    names = ["name", "topography_code", "morphology_code", "behaviour_code"]
    found = ICDO3.answer(pl.DataFrame(rows, schema=names, orient="row"))

    assert found.filter(pl.col("problem").is_not_null()).rows() == []
    assert found["is_known_morphology"].all()
    assert found["cancer_entity_codes"].null_count() == 0
    for name, site in SITES.items():
        mine = found.filter(
            pl.col("name") == name,
            pl.col("behaviour_code") == "3",
            pl.col("morphology_code").is_in([code for code, _ in site.morphologies]),
        )
        assert mine["site_group_code"].n_unique() == 1, name
        if not site.is_blood:
            assert {code[:3] for code in mine["icd10_code"]} == {site.cause[:3]}, name


def test_the_made_up_bank_has_icd7_codes_of_the_table():
    codes = ICD7.answer(pl.DataFrame({"icd7_code": [site.icd7 for site in SITES.values()]}))

    assert codes["icd10_code"].null_count() == 0
