"""The population census and the agricultural census."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import places, texts
from janus_warehouse.synthetic.dirt import Fault, plant, stranger, wrong_check_digit
from janus_warehouse.synthetic.inventory import Table
from janus_warehouse.synthetic.people import YEAR_DAYS, day
from janus_warehouse.synthetic.world import World

_FARMER, _FARM_INDUSTRY = "401", "111"
_OCCUPATIONS = ("001", "011", "061", "101", "201", "290", "331", "401", "501", "631", "703",
                "751", "781", "861", "912", "X99", "290")  # fmt: skip
_INDUSTRIES = ("851", "851", "931", "832", "610", "711", "620", "111", "130", "719", "321",
               "381", "351", "311", "952", "910", "111")  # fmt: skip
"""The industry of each occupation; the last is a clerk's on a farm."""
_FARM_TYPES = "12345679"


def occupations(world: World) -> Table:
    """Return the census of 1980, and of 1970 for those who farmed, with faults."""
    people, stream = world.people, world.stream("census")
    adults = np.flatnonzero(people.birth < day(1964))
    farmers = np.flatnonzero(people.is_farmer & (people.birth < day(1954)))
    person = np.concatenate([farmers, adults])
    year = np.repeat([1970, 1980], [len(farmers), len(adults)])
    occupation = stream.pick(len(person), (8, 6, 7, 6, 9, 11, 9, 0, 2, 6, 3, 10, 6, 3, 9, 1, 1))
    at_farm = people.is_farmer[person] & (stream.below(len(person), 10) < 8)
    occupation = np.where(at_farm, _OCCUPATIONS.index(_FARMER), occupation)
    idle = ~at_farm & stream.chance(len(person), 0.18)
    census_day = np.where(year == 1970, day(1970, 11, 1), day(1980, 11, 1))
    frame = pl.DataFrame({
        "person_number": world.number_text.gather(person),
        "census_year": texts.whole(year),
        "occupation_code": texts.without(texts.coded(_OCCUPATIONS, occupation), idle),
        "industry_code": texts.without(texts.coded(_INDUSTRIES, occupation), idle),
        "education_code": texts.coded(
            "123456789", stream.pick(len(person), (2, 30, 22, 20, 4, 10, 6, 1, 5))),
        "municipality_code": places.codes(people.place[person], census_day),
    })  # fmt: skip
    faults = [
        *number_faults(world),
        Fault("bad_code", ("education_code.codes",), {"education_code": "A"}),
        Fault("contradiction", ("employed_have_an_industry",), {"industry_code": None},
              pl.col("occupation_code").is_not_null()),
        Fault("implausible_value", ("census_was_held",), {"census_year": "1975"}),
        Fault("missing_required", ("municipality_code.required",), {"municipality_code": None}),
    ]  # fmt: skip
    contract = world.contracts["census", "occupations"]
    return plant(frame, contract, faults, world.stream("dirt occupations"))


def holdings(world: World) -> Table:
    """Return the agricultural censuses: every donor who farmed, in one or two, with faults."""
    people, stream = world.people, world.stream("holdings")
    farmers = np.flatnonzero(people.is_farmer)
    age_1979 = (day(1979) - people.birth[farmers]) / YEAR_DAYS
    year = np.where(age_1979 > 32, 1979, 1989)
    again = stream.chance(len(farmers), 0.35)
    person = np.concatenate([farmers, farmers[again]])
    holding = np.concatenate([np.arange(len(farmers)), np.flatnonzero(again)])
    years = np.concatenate([year, year[again] + 10])
    area = np.abs(stream.whole_bell(len(person), 1450, 900)) + 55
    frame = pl.DataFrame({
        "person_number": world.number_text.gather(person),
        "census_year": texts.whole(years),
        "holding_id": texts.whole(1_000_000_000 + holding * 13),
        "farm_type_code": texts.coded(
            _FARM_TYPES, stream.pick(len(person), (18, 34, 12, 14, 8, 6, 7, 1))),
        "area_daa": texts.decimals(area, 1, ","),
        "uses_pesticides": texts.without(
            texts.coded("01", stream.pick(len(person), (42, 58))),
            stream.chance(len(person), 0.06)),
    })  # fmt: skip
    faults = [
        *number_faults(world),
        Fault("bad_code", ("farm_type_code.codes",), {"farm_type_code": "8"}),
        Fault("implausible_value", ("area_daa.range",), {"area_daa": "145000,0"}),
        Fault("bad_form", ("holding_id.pattern",), {"holding_id": "0501/12"}),
    ]
    contract = world.contracts["census", "holdings"]
    return plant(frame, contract, faults, world.stream("dirt holdings"))


def farming_totals(world: World) -> dict[str, int]:
    """Return the donors that the entering rows find in farming, and those of the cohort.

    The cohort are holders and those with an occupation in farming. Who only works in the
    industry is found in farming, too.
    """
    jobs, farms = _entering(occupations(world)), _entering(holdings(world))
    at_work = jobs.filter(pl.col("occupation_code") == _FARMER)["person_number"]
    nearby = jobs.filter(pl.col("industry_code") == _FARM_INDUSTRY)["person_number"]
    cohort = pl.concat([at_work, farms["person_number"]])
    return {
        "farming_cohort": cohort.n_unique(),
        "found_in_farming": pl.concat([cohort, nearby]).n_unique(),
    }


def _entering(table: Table) -> pl.DataFrame:
    frame, planted = table
    return frame.with_row_index("row").filter(~pl.col("row").is_in(planted.lost.tolist()))


def number_faults(world: World) -> list[Fault]:
    """Return the faults of identity numbers that every table of persons can have."""
    return [
        Fault("invalid_number", ("person.valid", "person.known"),
              {"person_number": wrong_check_digit()}),
        Fault("unknown_person", ("person.known",), {"person_number": stranger(world.strangers)}),
    ]  # fmt: skip
