"""The dictionary of analytes reads, keeps its own rules, and tells every mistake of its files."""

import csv
import gzip
import shutil
from pathlib import Path

import pytest

from janus_warehouse.assays.dictionary import load_dictionary
from janus_warehouse.assays.dictionary.checks import canonical, identifier_problem, molar_mass
from janus_warehouse.metadata import MetadataError

REPO = Path(__file__).parents[3]


@pytest.fixture
def metadata(tmp_path):
    """Give a copy of metadata/ that a test may break."""
    shutil.copytree(REPO / "metadata" / "analytes", tmp_path / "analytes")
    return tmp_path


def edit(metadata: Path, name: str, old: str, new: str) -> None:
    path = metadata / "analytes" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text, "the mistake is not where the test puts it"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(metadata: Path) -> list[str]:
    with pytest.raises(MetadataError) as caught:
        load_dictionary(metadata)
    return str(caught.value).splitlines()


def test_the_dictionary_reads_and_has_what_the_bank_and_nhanes_measure():
    book = load_dictionary()

    assert {"PFOA", "PCB153", "PCB153_LA", "DDT", "PSA_TOTAL", "CRP", "COTININE", "HPV16_L1",
            "EBV_VCA_IGG", "HPV16_CLIA", "EBV_VCA_IGG_INDEX"} <= set(book.analytes)  # fmt: skip
    assert len(book.analytes) > 140
    assert {entry.system for entry in book.identifiers} == {
        "CAS", "ChEBI", "GENCODE", "HMDB", "InChIKey", "LOINC", "miRBase", "miRBase name",
        "OlinkID", "SeqId", "UniProt",
    }  # fmt: skip


def test_wet_weight_and_lipid_adjusted_are_two_analytes_of_one_chemical():
    book = load_dictionary()
    chemicals = {entry.identifier: set() for entry in book.identifiers if entry.system == "CAS"}
    for entry in book.identifiers:
        if entry.system == "CAS":
            chemicals[entry.identifier].add(book.analytes[entry.analyte_id].form)

    assert chemicals["35065-27-1"] == chemicals["72-55-9"] == {"wet_weight", "lipid_adjusted"}
    assert chemicals["335-67-1"] == {""}


@pytest.mark.parametrize(
    ("system", "right", "wrong"),
    [
        ("CAS", "335-67-1", "335-67-2"), ("CAS", "35065-27-1", "35065-72-1"),
        ("LOINC", "1988-5", "1988-6"), ("LOINC", "14647-2", "14674-2"),
        ("UniProt", "P05231", "P0523"), ("UniProt", "A0A024R161", "A0A024R16"),
        ("OlinkID", "OID00482", "OID482"), ("SeqId", "4337-49", "4337"),
        ("HMDB", "HMDB0000067", "HMDB00067"), ("GENCODE", "ENSG00000201098", "ENSG201098"),
        ("miRBase", "MIMAT0000076", "MIMAT76"), ("miRBase name", "hsa-miR-21*", "miR-21"),
        ("InChIKey", "SNGREZUHAYWORS-UHFFFAOYSA-N", "SNGREZUHAYWORS"), ("ChEBI", "CHEBI:1", "1"),
    ],
)  # fmt: skip
def test_an_identifier_of_the_wrong_form_or_check_digit_is_told(system, right, wrong):
    assert identifier_problem(system, right) is None
    assert identifier_problem(system, wrong)


def test_identifiers_are_brought_into_the_form_of_today():
    assert canonical("HMDB", "HMDB00067") == "HMDB0000067"
    assert canonical("GENCODE", "ENSG00000201098.1") == "ENSG00000201098"
    assert canonical("SeqId", "seq.4337.49") == canonical("SeqId", "4337-49_3") == "4337-49"


def test_molar_masses_are_those_of_the_formulas():
    assert float(molar_mass("C8HF15O2")) == pytest.approx(414.07, abs=0.02)
    assert float(molar_mass("C14H9Cl5")) == pytest.approx(354.48, abs=0.02)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("analyte", "C8HF15O2,414.06", "C8HF15O2,441.06", "expected the molar mass 414.06"),
        ("analyte", "C8HF15O2", "C8HX15O2", "is no formula"),
        ("analyte", "PFOS,perfluorooctane", "PFOA,perfluorooctane", "PFOA is listed twice"),
        ("analyte", "targeted_chemistry,ng/mL", "chemistry,ng/mL", "analysis_platform"),
        ("analyte", "ng/mL", "ng/ml3x", "expected a UCUM unit"),
        ("analyte", "ng/mL", "µg/L", 'write the unit "ug/L"'),
        ("analyte", "ng/g{lipid},lipid_adjusted", "ng/g{lipid},wet_weight", "goes with the form"),
        ("analyte", "0.37,27,", "0.37,2700,", "less than 1000 times it"),
        ("analyte", "0.37,27,", "0.37,,", "together, or none"),
        ("analyte_identifiers", "335-67-1", "335-67-2", "the check digit of CAS 335-67-2"),
        ("analyte_identifiers", "PFOS,CAS", "PFOSS,CAS", "there is no analyte PFOSS"),
        ("analyte_identifiers", "hsa-miR-21,,17", "hsa-miR-21,,3", "edition 3 of miRBase name"),
        ("analyte_identifiers", "hsa-miR-21,,17,hsa-miR-21-5p", "hsa-miR-21,,17,hsa-miR-22-5p",
         "expected hsa-miR-22-5p to be a current identifier"),
        ("analyte_identifiers", "OID00482", "OID00471", "OID00471 is already that of NPX_CXCL8"),
        ("analyte_identifiers", ",miRBase name,hsa-miR-720,,18,", ",miRBase name,hsa-miR-720,,,",
         "of no analyte is a retired one"),
        ("analyte_synonyms", "C8,PFOA", "PFOS,PFOA", "PFOS is another analyte"),
        ("analyte_synonyms", "C8,PFOA", "PFHxS,PFOA", "PFHxS already means PFOA"),
        ("analyte_synonyms", "C8,PFOA", "2-Sep,PFOA", "a spreadsheet made of a name: SEPT2"),
        ("analyte_synonyms", "C8,PFOA,targeted", "C8,PFOA,nmr", "is measured by targeted"),
        ("nhanes_limits", "nhanes_2003,PFOA,0.1", "nhanes_2003,PFOA,", "expected a limit"),
        ("nhanes_limits", "nhanes_2003,PFOS", "nhanes_2003,PFOA", "has a limit already"),
        ("analyte_editions", "2018-03-01", "March 2018", "expected the day of the release"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(metadata, name, old, new, told):
    edit(metadata, name, old, new)

    (first, *_) = [problem for problem in problems(metadata) if told in problem]

    assert first.startswith(f"{metadata}/analytes/{name}.csv:")


def test_every_mistake_of_every_file_is_told_at_once(metadata):
    edit(metadata, "analyte", "0.37,27,", "27,0.37,")
    edit(metadata, "analyte_identifiers", "1763-23-1", "1763-23-2")
    edit(metadata, "analyte_synonyms", "C8,PFOA", "C8,PFO")

    assert [line.split(":")[0].rpartition("/")[2] for line in problems(metadata)] == [
        "analyte.csv", "analyte_identifiers.csv", "analyte_synonyms.csv",
    ]  # fmt: skip


def test_a_file_with_other_columns_is_told(metadata):
    edit(metadata, "analyte_synonyms", "synonym,analyte_id", "name,analyte_id")

    assert problems(metadata)[0].endswith(
        "analyte_synonyms.csv:1: expected the columns synonym, analyte_id, platform, laboratory"
    )


def _current(system: str) -> dict[str, str]:
    return {
        entry.analyte_id: entry.identifier
        for entry in load_dictionary().identifiers
        if entry.system == system and entry.is_current
    }


def test_olink_assays_measure_the_protein_that_the_maker_says(shared):
    with gzip.open(shared / "real-data" / "olink" / "npx_data1.csv.gz", "rt") as file:
        proteins = {row["OlinkID"]: row["UniProt"] for row in csv.DictReader(file)}
    ours, uniprot = _current("OlinkID"), _current("UniProt")

    assert {ours[a]: uniprot[a] for a in ours} == {oid: proteins[oid] for oid in ours.values()}


def test_aptamers_bind_the_protein_that_the_maker_says(shared):
    adat = shared / "real-data" / "somascan" / "example_data10.adat"
    columns = {}
    with adat.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            cells = line.rstrip("\n").split("\t")
            name = next((cell for cell in cells if cell), "")
            if not cells[0] and name in ("SeqId", "UniProt"):
                columns[name] = cells[cells.index(name) + 1 :]
    # The last aptamers are controls without a protein.
    proteins = dict(zip(columns["SeqId"], columns["UniProt"], strict=False))
    ours, uniprot = _current("SeqId"), _current("UniProt")

    assert {ours[a]: uniprot[a] for a in ours} == {seq: proteins[seq] for seq in ours.values()}
