"""A laboratory's code means an analyte by identifier, then by name; never by guess."""

from dataclasses import replace
from datetime import date

import pytest

from janus_warehouse.assays.dictionary import load_dictionary, resolve
from janus_warehouse.assays.dictionary.entries import Identifier
from janus_warehouse.metadata import MetadataError


def means(code: str, platform: str | None = None, **rest) -> str | None:
    analyte = resolve(code, platform, **rest).analyte
    return analyte.analyte_id if analyte else None


@pytest.mark.parametrize(
    ("code", "platform", "analyte", "how"),
    [
        ("PFOA", "targeted_chemistry", "PFOA", "name"),
        ("perfluorooctanoic acid", "targeted_chemistry", "PFOA", "synonym"),
        ("pfhxs", "targeted_chemistry", "PFHXS", "synonym"),
        ("335-67-1", None, "PFOA", "identifier"),
        ("OID00482", "proximity_extension", "NPX_IL6", "identifier"),
        ("4337-49_3", "aptamer_proteomics", "RFU_CRP_4337_49", "identifier"),
        ("HMDB00067", "targeted_chemistry", "CHOLESTEROL", "identifier"),
        ("ENSG00000201098.1", "small_rna_sequencing", "RNY1", "identifier"),
        ("Ala", "nmr_metabolomics", "NMR_ALANINE", "synonym"),
        ("Ala", "ms_metabolomics", "MS_ALANINE", "synonym"),
    ],
)
def test_identifiers_names_and_synonyms_are_known(code, platform, analyte, how):
    found = resolve(code, platform)

    assert (found.analyte.analyte_id, found.matched_by) == (analyte, how)


def test_a_name_of_one_laboratory_means_nothing_elsewhere():
    assert means("LBXPFOA", "targeted_chemistry", laboratory="nhanes") == "PFOA"
    assert means("LBXPFOA", "targeted_chemistry", laboratory="toxicology_lab") is None


@pytest.mark.parametrize("code", ["PFO", "PFOAA", "PFOA2", "PCB15", "hsa-miR-21-5", "IL"])
def test_what_is_only_alike_stays_its_own_analyte(code):
    found = resolve(code, "targeted_chemistry")

    assert found.analyte is None
    assert "listed as unknown" in found.reason


def test_a_code_that_may_mean_several_is_not_guessed():
    found = resolve("Ala")

    assert found.analyte is None
    assert found.candidates == ("MS_ALANINE", "NMR_ALANINE")
    assert "state the platform" in found.reason


def test_the_name_decides_between_the_forms_of_one_chemical():
    cas = {"CAS": "35065-27-1"}

    assert means("PCB-153", "targeted_chemistry", identifiers=cas) == "PCB153"
    assert means("PCB153_LA", "targeted_chemistry", identifiers=cas) == "PCB153_LA"
    assert resolve("X153", "targeted_chemistry", identifiers=cas).candidates == (
        "PCB153", "PCB153_LA",
    )  # fmt: skip


def test_a_name_and_an_identifier_of_two_analytes_contradict():
    found = resolve("PFOS", "targeted_chemistry", identifiers={"CAS": "335-67-1"})

    assert found.analyte is None
    assert found.reason.startswith("PFOS contradicts itself: its name and identifiers are of PFOA")


def test_a_name_with_an_identifier_that_its_analyte_does_not_have_is_not_it():
    found = resolve("PFOA", "targeted_chemistry", identifiers={"CAS": "3825-26-1"})

    assert found.analyte is None
    assert "CAS 3825-26-1 is another's" in found.reason


def test_another_assay_of_the_same_protein_is_another_analyte():
    other = {"OlinkID": "OID20101", "UniProt": "P15692"}
    aptamer = {"SeqId": "4867-15", "UniProt": "P15692"}

    assert means("VEGFA", "proximity_extension", identifiers=other) is None
    assert means("4867-15", "aptamer_proteomics", identifiers=aptamer) is None
    assert means("P15692", "aptamer_proteomics") is None
    assert "several assays" in resolve("P15692", "aptamer_proteomics").reason


@pytest.mark.parametrize(
    ("old", "new", "since"),
    [
        ("hsa-miR-21*", "hsa-miR-21-3p", "18"),
        ("hsa-miR-126", "hsa-miR-126-3p", "18"),
        ("hsa-miR-320a", "hsa-miR-320a-3p", "22"),
    ],
)
def test_a_renamed_rna_resolves_with_the_edition_of_its_new_name(old, new, since):
    found = resolve(old, "small_rna_sequencing")

    assert (found.analyte.analyte_id, found.current, found.since) == (new, new, since)


def test_a_name_of_today_is_not_told_as_renamed():
    found = resolve("hsa-miR-320a-3p", "small_rna_sequencing", "22.1")

    assert (found.matched_by, found.current, found.since) == ("identifier", "", "")


def test_a_merged_accession_resolves_to_the_one_it_is_in():
    found = resolve("Q9UCU2", "targeted_chemistry")

    assert (found.analyte.analyte_id, found.current) == ("IL6", "P05231")


def test_a_split_accession_and_a_dead_rna_mean_nothing_and_say_so():
    split, dead = resolve("P08107"), resolve("hsa-miR-720", "small_rna_sequencing")

    assert split.analyte is dead.analyte is None
    assert "was split into P0DMV8 and P0DMV9" in split.reason
    assert "(last in miRBase name 18) is retired and became nothing else" in dead.reason


@pytest.fixture
def reused():
    """Give a dictionary in which a name meant another RNA before edition 20."""
    book = load_dictionary()
    name = ("miRBase name", "hsa-miR-9999")
    reused = (
        Identifier("hsa-miR-16-5p", *name, last_edition="19"),
        Identifier("hsa-miR-1246", *name, first_edition="20"),
    )
    return replace(book, identifiers=book.identifiers + reused)


@pytest.mark.parametrize(
    ("as_of", "analyte"),
    [
        ("19", "hsa-miR-16-5p"), ("20", "hsa-miR-1246"), ("22.1", "hsa-miR-1246"),
        (date(2013, 5, 31), "hsa-miR-16-5p"), (date(2013, 6, 1), "hsa-miR-1246"), (None, None),
    ],
)  # fmt: skip
def test_a_name_that_was_given_again_needs_the_edition(reused, as_of, analyte):
    assert means("hsa-miR-9999", as_of=as_of, dictionary=reused) == analyte


def test_an_edition_that_nobody_knows_is_told():
    with pytest.raises(MetadataError, match=r"expected an edition of miRBase name .* found 99"):
        resolve("hsa-miR-320a", as_of="99")
