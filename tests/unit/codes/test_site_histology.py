"""The families of site and histology against the tables of IARC: every cell is compared."""

from pathlib import Path

import polars as pl
import pytest

from janus_warehouse.codes.models import run_model

SEEDS = Path(__file__).parents[3] / "metadata" / "classifications"


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text("latin-1").splitlines() if line.strip()]


def listed_sites(path: Path, topographies: list[str]) -> dict[str, set[str]]:
    sites: dict[str, set[str]] = {}
    for line in lines(path):
        beginning = line[2:6].rstrip("*")
        found = {code for code in topographies if code.startswith(beginning)}
        sites.setdefault(line[:2], set()).update(found)
    return sites


def test_every_cell_of_site_and_histology_is_judged_as_iarc_does(shared):
    oracle = shared / "real-data" / "icdo3"
    topographies = sorted({f"C{line[:3]}" for line in lines(oracle / "O3_10T.txt")})
    families = [(line[:4], line[4], line[5:7]) for line in lines(oracle / "MorphFam.txt")]
    must = listed_sites(oracle / "Must.txt", topographies)
    must_not = listed_sites(oracle / "MustNot.txt", topographies)
    unusual = {
        (topography, morphology)
        for morphology, mark, family in families
        for topography in topographies
        if (mark == "+" and topography not in must[family])
        or (mark == "-" and topography in must_not[family])
    }
    cells = pl.DataFrame({"topography_code": topographies}).join(
        pl.DataFrame({"morphology_code": [code for code, *_ in families]}), how="cross"
    ).with_columns(behaviour_code=pl.lit("3"))  # fmt: skip

    judged = run_model("int_tumour_codes__site_histology", {"int_tumour_codes__distinct": cells})

    assert judged.height == cells.height == 330 * 807
    found = set(judged.filter("is_unusual_site").select(cells.columns[:2]).iter_rows())
    assert len(unusual) > 100_000
    assert found ^ unusual == set()


@pytest.mark.parametrize(
    ("topography", "morphology", "unusual"),
    [
        pytest.param("C182", "8140", False, id="adenocarcinoma of the colon"),
        pytest.param("C421", "8140", True, id="adenocarcinoma of the marrow"),
        pytest.param("C649", "8312", False, id="renal cell carcinoma of the kidney"),
        pytest.param("C182", "8312", True, id="renal cell carcinoma of the colon"),
        pytest.param("C182", "8000", False, id="a histology without a family"),
        pytest.param("C999", "8140", False, id="a site that is none"),
    ],
)
def test_a_pair_is_judged_by_its_family(topography, morphology, unusual):
    pair = pl.DataFrame({
        "topography_code": [topography], "morphology_code": [morphology], "behaviour_code": ["3"],
    })  # fmt: skip

    judged = run_model("int_tumour_codes__site_histology", {"int_tumour_codes__distinct": pair})

    assert judged["is_unusual_site"].to_list() == [unusual]


def test_families_do_not_overlap_and_each_has_its_sites():
    families = pl.read_csv(SEEDS / "site_histology_families.csv", infer_schema=False)
    sites = pl.read_csv(SEEDS / "site_histology_sites.csv", infer_schema=False)

    assert (families["morphology_from"] <= families["morphology_to"]).all()
    ordered = families.sort("morphology_from")
    assert (ordered["morphology_to"].shift() < ordered["morphology_from"]).drop_nulls().all()
    assert set(families["family"]) == set(sites["family"])
    rules = sites.unique(["family", "site_rule"])
    assert rules.height == sites["family"].n_unique()
