"""The Oslo study and the county studies, as their owners deliver them."""

import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.people import MEN
from janus_warehouse.synthetic.places import PLACE_NAMES
from janus_warehouse.synthetic.surveys import DAILY, FORMER, Visit, yes_no

_JOBS = ("sjåfør", "rørlegger", "lærer", "snekker", "kontorist", "ingeniør", "maskinist",
         "selger", "bonde", "overlærer", "møbelsnekker")  # fmt: skip


def oslo_1972(visit: Visit) -> pl.DataFrame:
    """Return the Oslo study: cm and mg/dL, 999 for what was not measured."""
    ((systolic, diastolic),) = visit.pressures(1)
    height, smoking = visit.height_mm(), visit.smoking()
    cholesterol = visit.cholesterol() * 387 // 1000
    missed = visit.rarely(0.01)
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": texts.dates(visit.day, "dd.MM.yyyy"),
        "hoyde": visit.coded(texts.whole(height // 10), 0.005, "999"),
        "vekt": visit.coded(texts.decimals(visit.weight_hg(height), 1), 0.006, "999"),
        "sbt1": texts.instead(texts.whole(systolic), missed, "0"),
        "dbt1": texts.instead(texts.whole(diastolic), missed, "0"),
        "kol": visit.coded(texts.whole(cholesterol), 0.02, "999"),
        "trig": visit.coded(texts.whole(60 + visit.stream.below(len(visit), 260)), 0.03, "999"),
        "roykn": texts.coded("123", smoking),
        "sigdag": texts.without(
            visit.coded(texts.whole(visit.cigarettes()), 0.02, "99"), smoking != DAILY),
        "fysfri": visit.answers("12349", [24, 52, 19, 3, 2]),
        "fysarb": visit.answers("12349", [38, 27, 22, 11, 2]),
        "infarkt": visit.answers("129", [2, 96, 2]),
        "sukker": visit.answers("129", [1, 97, 2]),
        "yrke": texts.without(
            texts.coded(_JOBS, visit.stream.below(len(visit), len(_JOBS))), visit.rarely(0.08)),
        "fast": visit.coded(texts.whole(visit.stream.below(len(visit), 14)), 0.04, "99"),
    })  # fmt: skip


def counties_1974(visit: Visit) -> pl.DataFrame:
    """Return the first county study: fixed width, yes is 1 and no is 0."""
    ((systolic, diastolic),) = visit.pressures(1)
    height, smoking = visit.height_mm(), visit.smoking()
    missed, daily = visit.rarely(0.008), smoking == DAILY
    place = visit.world.people.place[visit.person]
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": texts.dates(visit.day, "ddMMyyyy"),
        "sted": texts.coded(("", *PLACE_NAMES), place),
        "komnr": visit.municipality(),
        "sivst": visit.answers("123459", [14, 78, 2, 3, 2, 1]),
        "hcm": visit.coded(texts.whole(height // 10), 0.004, "999"),
        "vkg": visit.coded(texts.whole(visit.weight_hg(height) // 10), 0.005, "999"),
        "sys": texts.instead(texts.whole(systolic), missed, "0"),
        "dia": texts.instead(texts.whole(diastolic), missed, "0"),
        "chol": visit.coded(texts.decimals(visit.cholesterol() // 10, 1), 0.015, "99.9"),
        "royk": visit.coded(yes_no(daily, "1", "0"), 0.01, "9"),
        "rant": texts.without(visit.coded(texts.whole(visit.cigarettes()), 0.02, "99"), ~daily),
        "raar": texts.without(visit.coded(texts.whole(visit.smoking_years()), 0.03, "99"), ~daily),
        "fysakt": visit.answers("12349", [22, 55, 19, 3, 1]),
        "hjerte": visit.answers("019", [97, 1, 2]),
        "diab": visit.answers("019", [97, 1, 2]),
        "kaffe": visit.answers("12349", [6, 40, 39, 13, 2]),
    })  # fmt: skip


def counties_1985(visit: Visit) -> pl.DataFrame:
    """Return the third county study: tabs, decimal commas, height in metres."""
    first, second = visit.pressures(2)
    height, smoking = visit.height_mm(), visit.smoking()
    missed, daily = visit.rarely(0.007), smoking == DAILY
    before = texts.instead(yes_no(smoking == FORMER), daily, "8")
    man = visit.sex == MEN
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": texts.dates(visit.day),
        "komm": visit.municipality(),
        "hoyde_m": visit.coded(texts.decimals(height // 10, 2, ","), 0.004, "9,99"),
        "vekt": visit.coded(texts.decimals(visit.weight_hg(height), 1, ","), 0.004, "999"),
        "sbtmid": texts.instead(texts.decimals((first[0] + second[0]) * 5, 1, ","), missed, "0"),
        "dbtmid": texts.instead(texts.decimals((first[1] + second[1]) * 5, 1, ","), missed, "0"),
        "kolest": visit.coded(texts.decimals(visit.cholesterol(), 2, ","), 0.01, "99"),
        "hdlkol": visit.coded(texts.decimals(visit.hdl(), 2, ","), 0.012, "99"),
        "roykdag": yes_no(daily),
        "roykfor": texts.instead(before, visit.rarely(0.01) & ~daily, "9"),
        "antsig": texts.without(visit.coded(texts.whole(visit.cigarettes()), 0.02, "99"), ~daily),
        "mosjon": visit.answers("123459", [14, 24, 25, 24, 11, 2]),
        "kaffekop": visit.coded(texts.whole(visit.stream.below(len(visit), 13)), 0.02, "99"),
        "alkofrek": visit.answers("12345689", [9, 24, 30, 22, 10, 2, 1, 2]),
        "helse": visit.answers("12349", [2, 15, 61, 20, 2]),
        "sukkersyk": visit.answers("129", [1, 98, 1]),
        "barn": texts.without(
            visit.coded(texts.whole(visit.stream.below(len(visit), 5)), 0.01, "99"), man),
    })  # fmt: skip
