"""Units of analytes: exact where it can be known, refused with what is needed where it cannot."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from janus_warehouse.assays.dictionary import (
    ConversionError,
    convert,
    load_dictionary,
    suspect_factor,
    unit_factor,
)


@pytest.fixture(scope="module")
def analytes():
    """Give the analytes of the dictionary."""
    return load_dictionary().analytes


@pytest.mark.parametrize(
    ("analyte", "from_unit", "to_unit", "factor"),
    [
        ("PFOA", "ng/mL", "ug/L", Fraction(1)),
        ("PFOA", "ng/mL", "pg/mL", Fraction(1000)),
        ("PFOA", "ng/mL", "nmol/L", 1 / Fraction("0.41406")),
        ("PFOA", "nmol/L", "ng/mL", Fraction("0.41406")),
        ("PFOA", "µg/L", "ng/mL", Fraction(1)),
        ("CRP", "mg/dL", "mg/L", Fraction(10)),
        ("CHOLESTEROL", "mg/dL", "mmol/L", Fraction(10) / Fraction("386.66")),
        ("PCB153_LA", "ng/g lipid", "ug/kg{lipid}", Fraction(1)),
        ("NPX_IL6", "NPX", "NPX", Fraction(1)),
        ("HPV16_L1", "{MFI}", "MFI", Fraction(1)),
    ],
)
def test_factors_are_exact(analytes, analyte, from_unit, to_unit, factor):
    assert unit_factor(from_unit, to_unit, analytes[analyte]) == factor


@pytest.mark.parametrize(
    ("analyte", "from_unit", "to_unit", "told"),
    [
        ("PCB153", "pg/mL", "ng/g{lipid}", "the lipids of each sample"),
        ("PCB153_LA", "ng/g lw", "ng/g", "which are different variables"),
        ("PCB153", "ng/g", "pg/mL", "the density of the serum"),
        ("NPX_IL6", "NPX", "pg/mL", "relative amounts on a logarithmic scale"),
        ("RFU_CRP_4337_49", "RFU", "mg/L", "ask the laboratory for concentrations"),
        ("HPV16_L1", "MFI", "{reads}", "fluorescence"),
        ("hsa-miR-21-5p", "{reads}", "fmol/L", "how deeply the sample was sequenced"),
        ("CRP", "mg/L", "nmol/L", "needed is a molar mass of CRP"),
        ("INSULIN", "m[iU]/L", "pmol/L", "defined by a preparation"),
        ("PFOA", "ng/mL", "ng/d", "they measure different things"),
        ("PFOA", "ng per mL", "ng/mL", "expected a UCUM unit"),
        ("PFOA", "ng/mL", "", "expected a UCUM unit"),
    ],
)
def test_what_cannot_be_known_is_refused_with_what_is_needed(
    analytes, analyte, from_unit, to_unit, told
):
    with pytest.raises(ConversionError) as caught:
        convert([1.0], from_unit, to_unit, analytes[analyte])

    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{analyte}: ")


def test_there_and_back_is_the_same_and_missing_stays_missing(analytes):
    values = np.array([0.05, 2.6, np.nan, 1234.5])

    there = convert(values, "ng/mL", "nmol/L", analytes["PFOA"])
    back = convert(there, "nmol/L", "ng/mL", analytes["PFOA"])

    np.testing.assert_allclose(back, values, rtol=1e-15)
    assert there[1] == pytest.approx(2.6 / 0.41406)


@pytest.mark.parametrize(
    ("analyte", "unit", "median", "factor", "likely"),
    [
        ("PFOA", "ng/mL", 2600, Fraction(1, 1000), "pg/mL"),
        ("PFOA", "ng/mL", 0.0026, Fraction(1000), "ug/mL"),
        ("PFOA", "pg/mL", 2.6, Fraction(1000), "ng/mL"),
        ("PFOA", "nmol/L", 6300, Fraction(1, 1000), "pmol/L"),
        ("PCB153", "ng/mL", 690, Fraction(1, 1000), "pg/mL"),
        ("CHOLESTEROL", "mmol/L", 5400, Fraction(1, 1000), "umol/L"),
        ("CRP", "mg/L", 1.2e-6, Fraction(10**6), None),
    ],
)
def test_a_unit_wrong_by_thousands_is_suspected(analytes, analyte, unit, median, factor, likely):
    found = suspect_factor(analytes[analyte], unit, median)

    assert (found.factor, found.likely_unit) == (factor, likely)
    assert "too large" in found.told if factor < 1 else "too small" in found.told


@pytest.mark.parametrize(
    ("analyte", "unit", "median"),
    [
        ("PFOA", "ng/mL", 2.6), ("PFOA", "pg/mL", 2600.0), ("PFOA", "ng/mL", 60.0),
        ("PFOA", "NPX", 2600.0), ("PFOA", "ng/mL", 0.0), ("PFOA", "ng/mL", float("nan")),
        ("COTININE", "ng/mL", 2600.0), ("HPV16_L1", "MFI", 60000.0),
    ],
)  # fmt: skip
def test_the_usual_the_odd_and_the_unknown_are_not_suspected(analytes, analyte, unit, median):
    assert suspect_factor(analytes[analyte], unit, median) is None


def test_a_mistake_of_a_thousand_never_stays_inside_what_is_usual(analytes):
    for analyte in analytes.values():
        if analyte.usual is None:
            continue
        low, high = (float(limit) for limit in analyte.usual)
        for usual in (low, low * 1.01, high * 0.99, high):
            assert suspect_factor(analyte, analyte.unit, usual) is None
        for usual in (low * 1.01, high * 0.99):
            for times in (1000, 0.001):
                assert suspect_factor(analyte, analyte.unit, usual * times) is not None


def test_a_molar_mass_is_needed_and_not_looked_up(analytes):
    without = replace(analytes["PFOA"], molar_mass=None)

    with pytest.raises(ConversionError, match="needed is a molar mass of PFOA"):
        unit_factor("ng/mL", "nmol/L", without)
