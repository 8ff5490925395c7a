"""The Oslo study and the county studies: clean answers keep their contracts and make sense."""

import polars as pl
import pytest

from janus_warehouse.synthetic import codebooks
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.surveys import Visit
from janus_warehouse.synthetic.world import World, make_world

SURVEYS = ("oslo_1972", "counties_1974", "counties_1985")
NEVER_TOLD = {
    # Whether somebody smokes is known of everybody.
    "oslo_1972": {"roykn": {"9"}},
    "counties_1974": {},
    "counties_1985": {"roykdag": {"9"}},
}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(Plan.at(0.1), seed=5)


@pytest.fixture(scope="module")
def frames(world) -> dict[str, pl.DataFrame]:
    return {name: getattr(codebooks, name)(Visit.of(world, name)) for name in SURVEYS}


@pytest.fixture(params=SURVEYS)
def survey(request) -> str:
    return request.param


def number(column: str, *missing: str) -> pl.Expr:
    """Return a delivered number, null where there is none."""
    text = pl.col(column).str.replace(",", ".", literal=True)
    return pl.when(~pl.col(column).is_in(["", *missing])).then(text).cast(pl.Float64)


def test_the_columns_are_those_of_the_contract_in_its_order(survey, frames, contracts):
    contract = contracts["health_surveys", survey]

    assert frames[survey].columns == [column.name for column in contract.columns]


def test_every_code_of_the_contract_occurs_and_no_other(survey, frames, contracts):
    checked = 0
    for column in contracts["health_surveys", survey].columns:
        if codes := column.spec.custom_properties.codes:
            found = set(frames[survey][column.name].drop_nulls().unique())
            untold = NEVER_TOLD[survey].get(column.name, set())
            assert found == set(codes) - untold, column.name
            checked += 1
    assert checked >= 13


def test_every_missing_code_of_a_number_occurs_and_the_others_are_in_range(
    survey, frames, contracts
):
    checked = 0
    for column in contracts["health_surveys", survey].columns:
        if column.physical_type not in ("smallint", "numeric"):
            continue
        tokens = [token for token in column.spec.custom_properties.missing if token]
        limits = column.spec.logical_type_options
        told = frames[survey].select(number(column.name, *tokens)).to_series().drop_nulls()
        assert set(tokens) <= set(frames[survey][column.name].drop_nulls()), column.name
        assert len(told) > 50, column.name
        assert told.min() >= float(limits.minimum), column.name
        assert told.max() <= float(limits.maximum), column.name
        assert told.n_unique() > 3, column.name
        checked += 1
    assert checked >= 13


def test_a_fixed_width_cell_is_never_wider_than_its_place(frames, contracts):
    contract = contracts["health_surveys", "counties_1974"]
    end = 0

    for column in contract.columns:
        first, last = column.position
        widest = frames["counties_1974"][column.name].str.len_chars().max()
        assert widest <= last - first + 1, column.name
        assert first == end + 1, f"{column.name} leaves a gap or overlaps"
        end = last


def test_only_former_smokers_say_when_and_how_much_they_smoked(frames):
    oslo, counties = frames["oslo_1972"], frames["counties_1985"]

    assert set(oslo.filter(pl.col("sigfor").is_not_null())["roykn"]) == {"2"}
    assert oslo["sigfor"].is_null().equals(oslo["sluttar"].is_null())
    assert set(oslo.filter(pl.col("royalder") == "0")["roykn"]) == {"1"}
    assert set(oslo.filter(pl.col("roykn") != "1")["royalder"]) & {"0", ""} == set()
    stopped = counties.filter(pl.col("slutaar").is_not_null())
    assert stopped.height > 500
    assert set(stopped["roykdag"]) == {"2"}
    assert stopped["startald"].null_count() == 0


def test_nobody_stopped_smoking_after_the_survey_or_began_after_it(world, frames):
    visit = Visit.of(world, "counties_1985")
    known = frames["counties_1985"].with_columns(
        year=pl.col("attended_date").str.slice(0, 4).cast(pl.Int64), age=pl.Series(visit.age)
    )

    assert known.filter(number("slutaar", "9999") > pl.col("year")).height == 0
    assert known.filter(number("startald", "99") >= pl.col("age")).height == 0


def test_years_of_smoking_and_the_age_it_began_at_add_up_to_the_age(world, frames):
    age = pl.Series("age", Visit.of(world, "counties_1974").age)
    known = frames["counties_1974"].with_columns(age)

    off = known.filter(number("raldr", "99") + number("raar", "99") != pl.col("age"))

    assert off.height == 0
    assert known["raldr"].null_count() == known["rant"].null_count() > 1000


def test_who_never_drinks_has_no_glasses(frames):
    for survey, often, never, columns in (
        ("counties_1974", "alko", "0", ["ol14"]),
        ("counties_1985", "alkofrek", "1", ["olgl", "vingl", "brgl"]),
    ):
        dry = frames[survey].filter(pl.col(often) == never)
        assert dry.height > 400
        assert {value for column in columns for value in dry[column]} == {"0"}


def test_only_women_are_asked_of_births_and_in_an_order_that_can_be(world, frames):
    sex = pl.Series("sex", Visit.of(world, "counties_1985").sex)
    everybody = frames["counties_1985"].with_columns(sex)
    women, men = (everybody.filter(pl.col("sex") == code) for code in (2, 1))
    own = ["menarke", "fodsel1", "mensslut", "mensald", "ppille", "gravid"]

    assert men.select(pl.col(own).null_count()).row(0) == (men.height,) * len(own)
    for asked_of_all in ("menarke", "mensslut", "ppille", "gravid"):
        left_out = women[asked_of_all].null_count()
        assert 0 < left_out < 0.02 * women.height, asked_of_all
    mothers = women.filter(number("barn", "99") > 0)
    assert 0 < mothers["fodsel1"].null_count() < 0.02 * mothers.height
    others = women.filter((number("barn", "99") > 0).fill_null(False).not_())
    assert others["fodsel1"].null_count() == others.height > 400
    assert women.filter(number("fodsel1", "99") <= number("menarke", "99")).height == 0
    assert women.filter(number("mensald", "99") < number("fodsel1", "99")).height == 0
    assert set(women.filter(pl.col("mensslut") == "1")["gravid"].drop_nulls()) == {"2"}
    assert set(women.filter(pl.col("mensald").is_not_null())["mensslut"].drop_nulls()) == {"1"}


def test_a_married_man_does_not_live_alone(frames):
    married = frames["oslo_1972"].filter(pl.col("sivil") == "G")

    assert married.height > 500
    assert married.filter(number("hush", "99") < 2).height == 0
