"""Perfluorinated compounds of 2003 to 2010 as a population has them: numbers, limits, means.

What the mart says is worked out again from the published files with pandas; limits of detection
are read from the codebooks. Nothing here is taken from our contracts or models.
"""

import re

import nhanes_files as nhanes
import numpy as np
import pandas as pd
import pytest
from test_nhanes_marts import ANALYTES

LARGEST_SHARE_BELOW = 0.4

PUBLISHED = {
    "nhanes_2003": {"PFOA": 3.95, "PFOS": 20.7, "PFHXS": 1.93, "PFNA": 0.966},
    "nhanes_2005": {"PFOA": 3.92, "PFOS": 17.1, "PFHXS": 1.67, "PFNA": 1.09},
    "nhanes_2007": {"PFOA": 4.12, "PFOS": 13.2, "PFHXS": 1.95, "PFNA": 1.22},
}
"""Geometric means, ug/L, that the national report on human exposure (CDC) prints of everybody from
12 years on, with three digits. Eleven are the same to the last digit; see docs/nhanes.md."""
PRINTED = 0.005
"""How far a mean may be from the printed one, as a share of it."""


def _file(year: int) -> pd.DataFrame:
    folder = nhanes.real_data() / "nhanes" / "csv"
    return pd.read_csv(folder / f"{nhanes.PFAS_FILES[year]}.csv.gz")


def _by_hand(year: int) -> dict[str, tuple]:
    """Return of each compound what the mart should say, from the file alone."""
    rows = _file(year)
    weight = rows[next(name for name in rows if name.startswith("WTS"))]
    found = {}
    for analyte, comment in ANALYTES.items():
        value, below = rows["LBX" + comment[3:-1]], rows[comment] == 1
        has = value.notna()
        share = weight[below].sum() / weight[has].sum()
        mean = float(np.exp(np.average(np.log(value[has]), weights=weight[has])))
        found[analyte] = (
            int(has.sum()), int((~has).sum()), int(below.sum()), below.sum() / has.sum(), share,
            mean if share <= LARGEST_SHARE_BELOW else None,
        )  # fmt: skip
    return found


def _mart(built, year: int, columns: str) -> dict[str, tuple]:
    rows = built.query(
        f"select analyte_id, {columns} from marts.fct_reference_concentrations "
        "where survey_id = %s and unit = 'ug/L'",
        f"nhanes_{year}",
    )
    return {analyte: tuple(found) for analyte, *found in rows}


@pytest.mark.parametrize("year", nhanes.PFAS_FILES)
def test_numbers_shares_and_means_are_those_of_the_published_file(built, year):
    found = _mart(
        built, year,
        "n_measured, n_without_result, n_below_lod, share_below_lod::float, "
        "weighted_share_below_lod::float, geometric_mean::float",
    )  # fmt: skip
    expected = _by_hand(year)

    assert set(found) == set(expected)
    for analyte, numbers in expected.items():
        assert found[analyte] == pytest.approx(numbers, abs=1e-6), analyte


@pytest.mark.parametrize("survey", PUBLISHED)
def test_means_are_those_of_the_national_report(built, survey):
    found = _mart(built, int(survey[-4:]), "geometric_mean::float")

    means = {analyte: found[analyte][0] for analyte in PUBLISHED[survey]}
    assert means == pytest.approx(PUBLISHED[survey], rel=PRINTED)


def test_a_mean_stands_only_where_three_fifths_are_measured(built):
    means = {year: _mart(built, year, "geometric_mean::float") for year in nhanes.PFAS_FILES}

    assert {
        year: sum(mean is not None for (mean,) in found.values()) for year, found in means.items()
    } == {2003: 4, 2005: 6, 2007: 6, 2009: 7}


_LIMIT = re.compile(r"\|\s*LBX(?P<variable>\w+)\s*\|\s*(?P<lod>[\d.]+)\s*$", re.MULTILINE)
_MISPRINTS = {"PHP": "PFHP"}
"""The codebook of 2005-2006 lists perfluoroheptanoic acid as `LBXPHP`."""


@pytest.mark.parametrize("year", nhanes.PFAS_FILES)
def test_limits_of_detection_are_those_of_the_codebook(built, year):
    book = nhanes.real_data() / "nhanes" / "codebooks_md" / f"{nhanes.PFAS_FILES[year]}.md"
    printed = {
        _MISPRINTS.get(row["variable"], row["variable"]): float(row["lod"])
        for row in _LIMIT.finditer(book.read_text(encoding="utf-8"))
    }
    expected = {analyte: (printed[comment[3:-1]],) for analyte, comment in ANALYTES.items()}
    if year == 2003:
        # The codebook is of a later edition than the file, in which 58 results below count.
        expected["ME_PFOSA_ACOH"] = (None,)

    assert _mart(built, year, "lod::float") == expected


def test_what_is_detected_is_above_its_limit_and_stand_ins_are_not(built):
    wrong = built.query(
        "select analyte_id, lod::float, status_code, value_reported::float, count(*) "
        "from marts.fct_measurements where (status_code = 'detected' and value_reported < lod) "
        "or (status_code = 'below_lod' and value_reported > lod) group by 1, 2, 3, 4 order by 1"
    )
    seen = built.one(
        "select count(*) from marts.fct_measurements "
        "where lod is not null and value_reported is not null"
    )

    # One result each of 2003-2004 that the laboratory calls detected: it keeps its word.
    assert wrong == [("ET_PFOSA_ACOH", 0.4, "detected", 0.2, 1), ("PFOSA", 0.2, "detected", 0.1, 1)]
    assert seen == 12 * (2094 + 2120 + 2100 + 2233) - 2094
