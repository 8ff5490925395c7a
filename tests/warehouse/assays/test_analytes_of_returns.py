"""What laboratories measured becomes analytes: the model in SQL and `resolve` say the same."""

import csv
import io

import pytest
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import SENT, chemicals, lay_bank, lay_return, study_code

COLUMNS = ("analyte_code", "uniprot", "olink_id", "seq_id", "cas_number", "hmdb")
SYSTEMS = ("UniProt", "OlinkID", "SeqId", "CAS", "HMDB")
RETURNS = {
    "targeted_chemistry": [
        ("PFOA",), ("c8",), ("335-67-1",), ("X1", None, None, None, "1763-23-1"), ("PFTrDA",),
        ("PCB-153", None, None, None, "35065-27-1"), ("X153", None, None, None, "35065-27-1"),
        ("PCB153_LA", None, None, None, "35065-27-1"), ("PFNA", None, None, None, "335-67-1"),
        ("PFDA", None, None, None, "3825-26-1"), ("LBXPFOA",), ("Chol", None, None, None, None,
        "HMDB00067"), ("IL-6", "P05231"), ("TC", "P05231"), ("X6", "Q9UCU2"), ("P08107",),
    ],
    "proximity_extension": [
        ("OID00482", "P05231", "OID00482"), ("OID20101", "P15692", "OID20101"), ("IL8",),
        ("VEGFA", "P15692", "OID20102"), ("P10145",), ("OID00471", "P15692", "OID00471"), ("PFOA",),
    ],
    "ms_metabolomics": [("Ala",), ("HMDB0000929",), ("35",), ("Total_C",), ("50-99-7",)],
}  # fmt: skip
"""Platform → what a laboratory may write of its analytes; columns at the end are empty."""


def rows_of(platform: str) -> list[tuple[str | None, ...]]:
    return [(*row, *[None] * (len(COLUMNS) - len(row))) for row in RETURNS[platform]]


@pytest.fixture
def built(warehouse, monkeypatch):
    """Give a warehouse that took in a return of each platform and built the analytes.

    The gate, which would refuse names that nobody knows, is left out.
    """
    monkeypatch.setattr("janus_warehouse.assays.gate.examine", lambda *_: None)
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.warehouse import build

    ingest(lay_bank(warehouse))
    codes = [study_code(n) for n in range(1, SENT + 1)]
    for platform in RETURNS:
        sheet = io.StringIO()
        csv.writer(sheet).writerows([COLUMNS, *rows_of(platform)])
        analytes = [row[0] for row in RETURNS[platform]]
        files = {"run.csv": chemicals(codes, analytes), "analytes.csv": sheet.getvalue()}
        outcome = ingest(lay_return(warehouse, platform, files, form={"platform": platform}))
        assert outcome.state == "accepted", outcome.reason
    with without_unit_tests():
        build(select="+dim_analyte_identifiers +int_measurements__returned_results")
    return warehouse


def by_python() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (platform, code) → analyte and how it was found, as `resolve` says."""
    from janus_warehouse.assays.dictionary import resolve

    expected = {}
    for platform in RETURNS:
        for code, *stated in rows_of(platform):
            found = resolve(
                code, platform, laboratory="toxicology_lab",
                identifiers=dict(zip(SYSTEMS, stated, strict=True)),
            )  # fmt: skip
            analyte = found.analyte.analyte_id if found.analyte else f"{platform}:{code}"
            expected[platform, code] = (analyte, found.matched_by)
    return expected


def test_sql_and_python_resolve_alike_and_nothing_measured_is_lost(built):
    found = {
        (platform, code): (analyte, how)
        for platform, code, analyte, how in built.query(
            "select platform, analyte_code, analyte_id, coalesce(matched_by, '') "
            "from intermediate.int_analytes__returned"
        )
    }
    assert found == by_python()
    assert {how for _, how in found.values()} == {"identifier", "name", "synonym", ""}

    assert built.query(
        "select analyte_id, analyte_class, is_in_dictionary from marts.dim_analytes "
        "where analyte_id like '%%PFTrDA' or analyte_id like 'ms_metabolomics:%%' order by 1"
    ) == [
        ("ms_metabolomics:35", "unknown", False),
        ("ms_metabolomics:50-99-7", "unknown", False),
        ("ms_metabolomics:Total_C", "unknown", False),
        ("targeted_chemistry:PFTrDA", "unknown", False),
    ]
    measured = "intermediate.int_measurements__returned_results"
    assert built.query(
        f"select count(*), count(*) filter (where analyte_id not in "
        f"(select analyte_id from marts.dim_analytes)) from {measured}"
    ) == [(SENT * len(found), 0)]
    # One substance on several platforms is found by its identifier.
    assert built.query(
        "select analyte_id from marts.dim_analyte_identifiers "
        "where identifier_system = 'UniProt' and identifier = 'P05231' order by 1"
    ) == [("IL6",), ("NPX_IL6",), ("RFU_IL6_4673_13",), ("targeted_chemistry:TC",)]
