"""Units: factors known from physics and the standard, laws that hold for all, and refusals."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from janus_warehouse.contracts import load_contracts
from janus_warehouse.metadata import UnitError, convert_factor, factor_sql, parse_unit

CHOLESTEROL = Decimal("386.65")
LENGTHS = ("m", "cm", "mm", "km", "[in_i]", "[ft_i]")
MASSES = ("g", "kg", "mg", "ug", "[lb_av]", "[oz_av]", "t")
TIMES = ("s", "min", "h", "d", "wk", "mo", "a")
PRESSURES = ("Pa", "kPa", "mm[Hg]", "cm[H2O]", "bar")
CONCENTRATIONS = ("g/L", "mg/dL", "ug/mL", "ng/mL", "kg/m3")
MOLARITIES = ("mol/L", "mmol/L", "umol/L", "nmol/mL", "mol.m-3")
RATES = ("/d", "{cigarettes}/d", "{glasses}/wk", "wk-1", "1/mo", "/min", "10*2/h")
KINDS = (LENGTHS, MASSES, TIMES, PRESSURES, CONCENTRATIONS, MOLARITIES, RATES)

same_kind = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(*[st.sampled_from(kind) for _ in range(3)])
)
values = st.decimals(min_value="0.01", max_value=10_000, places=2)


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "factor"),
    [
        ("m", "cm", Fraction(100)),
        ("g/L", "g/dL", Fraction(1, 10)),
        ("ug/L", "mg/L", Fraction(1, 1000)),
        ("ug/L", "ng/mL", Fraction(1)),
        ("mo", "a", Fraction(1, 12)),
        ("a", "d", Fraction(1461, 4)),
        ("{glasses}/wk", "{glasses}/d", Fraction(1, 7)),
        ("/d", "{cigarettes}/d", Fraction(1)),
        ("{pack_years}", "1", Fraction(1)),
        ("m2{skin}/s", "m2/s", Fraction(1)),
        ("kPa", "mm[Hg]", Fraction(1000) / Fraction("133.322")),
        ("[in_i]", "cm", Fraction("2.54")),
        ("[lb_av]", "kg", Fraction("0.45359237")),
        ("daar", "m2", Fraction(1000)),
        ("10*9/L", "/uL", Fraction(1000)),
        ("U/L", "ukat/L", Fraction(1, 60)),
        ("mg/(m2.d)", "g/m2/wk", Fraction(7, 1000)),
        ("g.m/s2", "mN", Fraction(1)),
        ("m/s.min", "m", Fraction(60)),
        ("%", "1", Fraction(1, 100)),
        ("h/d", "h/d", Fraction(1)),
    ],
)
def test_a_known_factor_is_exact(from_unit, to_unit, factor):
    assert convert_factor(from_unit, to_unit) == factor


@given(units=same_kind, value=values)
def test_a_conversion_there_and_back_gives_the_value_and_a_detour_changes_nothing(units, value):
    first, second, third = units
    there, back = convert_factor(first, second), convert_factor(second, first)

    assert Fraction(value) * there * back == Fraction(value)
    assert there * convert_factor(second, third) == convert_factor(first, third)


@given(units=same_kind, value=values)
def test_a_value_stored_with_twelve_digits_comes_back_within_a_millionth_of_a_millionth(
    units, value
):
    first, second, _ = units
    stored = Decimal(f"{float(Fraction(value) * convert_factor(first, second)):.12e}")
    back = Fraction(stored) * convert_factor(second, first)

    assert abs(back - Fraction(value)) <= Fraction(value) * Fraction(1, 10**12)


@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=2, max_size=2, unique=True),
    molar_mass=st.none() | st.just(CHOLESTEROL),
    data=st.data(),
)
def test_units_of_different_kinds_are_refused(kinds, molar_mass, data):
    assume(molar_mass is None or set(kinds) != {CONCENTRATIONS, MOLARITIES})
    first, second = (data.draw(st.sampled_from(kind)) for kind in kinds)

    with pytest.raises(UnitError) as told:
        convert_factor(first, second, molar_mass)
    assert f'"{first}"' in str(told.value) and f'"{second}"' in str(told.value)


@given(
    mass=st.sampled_from(CONCENTRATIONS),
    substance=st.sampled_from(MOLARITIES),
    molar_mass=st.decimals(min_value="1", max_value="5000", places=3),
)
def test_a_mass_becomes_a_substance_and_back_with_a_molar_mass_alone(mass, substance, molar_mass):
    there = convert_factor(mass, substance, molar_mass)

    assert there * convert_factor(substance, mass, molar_mass) == 1
    assert there * Fraction(molar_mass) == convert_factor(mass, "g/L") / convert_factor(
        substance, "mol/L"
    )
    with pytest.raises(UnitError, match="molar_mass"):
        convert_factor(mass, substance)


def test_milligrams_of_cholesterol_a_decilitre_become_millimoles_a_litre():
    factor = convert_factor("mg/dL", "mmol/L", CHOLESTEROL)

    assert factor == Fraction(10) / Fraction("386.65")
    assert round(float(240 * factor), 2) == 6.21
    assert convert_factor("mg/dL", "mmol/L", 386.65) == factor


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("mmHg", r'found "mmHg".*write "mm\[Hg\]"'),
        ("years", 'write "a"'),
        ("µg/L", 'where "µg" is not known: write "ug"'),
        ("kyear", "ucum.org"),
        ("ka", "where .ka. is not known"),
        ("", "expected a UCUM unit"),
        ("m//s", "is not known"),
        ("(m", "is not known"),
        ("m)", "is not known"),
        (".m", "is not known"),
        ("2m", "is not known"),
        ("m{a}{b}", "is not known"),
        ("{two words}/d", "is not known"),
        ("0", "is not known"),
        ("m^2", "is not known"),
        ("cm²", "is not known"),
        ("m999", "is not known"),
        ("Cel", "is not known"),
    ],
)
def test_what_is_no_unit_is_told_with_the_mend(unit, told):
    with pytest.raises(UnitError, match=told):
        parse_unit(unit)


@pytest.mark.parametrize("molar_mass", [Decimal(0), Decimal(-1)])
def test_a_molar_mass_is_above_zero(molar_mass):
    with pytest.raises(UnitError, match="above 0"):
        convert_factor("mg/dL", "mmol/L", molar_mass)


@given(
    st.text(alphabet="mgdLkohsa[]{}()./0123456789*^+-ilnuHP%", max_size=12),
)
def test_any_text_is_a_unit_of_positive_size_or_refused(text):
    try:
        unit = parse_unit(text)
    except UnitError:
        return
    assert unit.size > 0


def test_the_factor_is_written_so_that_whole_numbers_are_never_divided():
    assert factor_sql(Fraction(1)) == ""
    assert factor_sql(Fraction(100)) == " * 100.0"
    assert factor_sql(Fraction(1, 7)) == " / 7.0"
    assert factor_sql(Fraction(200, 7733)) == " * 200.0 / 7733.0"


def test_every_unit_of_a_contract_is_ucum():
    units = {
        (contract.table, column.name): column.spec.custom_properties.unit
        for contract in load_contracts()
        for column in contract.columns
        if column.spec.custom_properties.unit
    }
    assert len(units) > 60
    for unit in units.values():
        assert parse_unit(unit).size > 0
