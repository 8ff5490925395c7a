"""The Oslo study and the county studies, as their owners deliver them."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.people import MEN
from janus_warehouse.synthetic.places import PLACE_NAMES
from janus_warehouse.synthetic.streams import Bools, Ints
from janus_warehouse.synthetic.surveys import DAILY, FORMER, NEVER_SMOKED, Visit, yes_no

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
        **_oslo_home_and_tobacco(visit),
        **_oslo_meals_and_health(visit),
    })  # fmt: skip


def _oslo_home_and_tobacco(visit: Visit) -> dict[str, pl.Series]:
    count, stream, smoking = len(visit), visit.stream, visit.smoking()
    marital = stream.pick(count, (16, 76, 2, 5, 1))
    # A married man does not live alone.
    household = np.maximum(1 + stream.below(count, 6), np.where(marital == 1, 2, 1))
    started = _start_age(visit)
    stopped = stream.below(count, np.clip(visit.age - started, 1, 20))

    def of_former(times: Ints) -> pl.Series:
        return texts.without(visit.coded(texts.whole(times), 0.03, "99"), smoking != FORMER)

    began = texts.instead(texts.whole(started), smoking == NEVER_SMOKED, "0")
    return {
        "sivil": texts.coded("UGEFX", marital),
        "hush": visit.coded(texts.whole(household), 0.01, "99"),
        "skift": visit.answers("1279", [18, 76, 4, 2]),
        "sigfor": of_former(visit.cigarettes()),
        "sluttar": of_former(stopped),
        "royalder": visit.coded(began, 0.02, "99"),
        "pipesig": visit.answers("129", [22, 76, 2]),
    }


def _oslo_meals_and_health(visit: Visit) -> dict[str, pl.Series]:
    pulse = np.clip(visit.stream.whole_bell(len(visit), 35.0, 5), 21, 65)
    return {
        "melk": visit.coded(texts.whole(_a_few(visit, 2.0, 1.6)), 0.02, "99"),
        "smor": visit.answers("12349", [34, 38, 24, 2, 2]),
        "fisk": visit.answers("12349", [5, 18, 58, 17, 2]),
        "tran": visit.answers("129", [31, 67, 2]),
        "olglas": _glasses(visit, 3.0),
        "brennev": _glasses(visit, 1.0),
        "brystkr": visit.answers("129", [2, 96, 2]),
        "slag": visit.answers("129", [1, 97, 2]),
        "famhj": visit.answers("1239", [14, 74, 9, 3]),
        "medtrykk": visit.answers("1239", [3, 2, 93, 2]),
        "puls30": visit.coded(texts.whole(pulse), 0.02, "0"),
    }


def _start_age(visit: Visit) -> Ints:
    """Return an age at which each attender could have begun to smoke, below the age today."""
    return 13 + visit.stream.below(len(visit), np.clip(visit.age - 15, 1, 14))


def _a_few(visit: Visit, mean: float, deviation: float) -> Ints:
    return np.clip(visit.stream.whole_bell(len(visit), mean, deviation), 0, 18)


def _glasses(visit: Visit, mean: float, dry: Bools | None = None) -> pl.Series:
    """Return glasses in a period; 88 did not want to answer, 99 is unknown."""
    poured = visit.coded(texts.whole(_a_few(visit, mean, 2 + mean)), 0.015, "88")
    poured = visit.coded(poured, 0.02, "99")
    return poured if dry is None else texts.instead(poured, dry, "0")


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
        "raar": texts.without(
            visit.coded(texts.whole(years := visit.smoking_years()), 0.03, "99"), ~daily),
        "fysakt": visit.answers("12349", [22, 55, 19, 3, 1]),
        "hjerte": visit.answers("019", [97, 1, 2]),
        "diab": visit.answers("019", [97, 1, 2]),
        "kaffe": visit.answers("12349", [6, 40, 39, 13, 2]),
        "raldr": texts.without(
            visit.coded(texts.whole(visit.age - years), 0.02, "99"), ~daily),
        **_counties_1974_meals(visit),
        **_counties_1974_health(visit),
    })  # fmt: skip


def _counties_1974_meals(visit: Visit) -> dict[str, pl.Series]:
    drinks = visit.stream.pick(len(visit), (16, 26, 30, 15, 9, 2, 2))
    return {
        "pipe": visit.answers("109", [12, 86, 2]),
        "melkuke": visit.coded(texts.whole(3 * _a_few(visit, 5.0, 3.5)), 0.02, "99"),
        "melkslag": visit.answers("0129", [6, 71, 21, 2]),
        "skiver": visit.coded(texts.whole(_a_few(visit, 6.0, 2.5)), 0.02, "99"),
        "fett": visit.answers("01239", [2, 31, 44, 21, 2]),
        "fiskuke": visit.coded(texts.whole(visit.stream.below(len(visit), 6)), 0.02, "9"),
        "tran": visit.answers("0129", [62, 9, 27, 2]),
        "frukt": visit.answers("12349", [12, 30, 27, 29, 2]),
        "alko": texts.coded("0123489", drinks),
        "ol14": _glasses(visit, 4.0, dry=drinks == 0),
    }


def _counties_1974_health(visit: Visit) -> dict[str, pl.Series]:
    eaten = visit.coded(texts.whole(visit.stream.below(len(visit), 11)), 0.01, "77")
    return {
        "skift": visit.answers("109", [15, 83, 2]),
        "arbakt": visit.answers("12349", [24, 33, 27, 14, 2]),
        "angina": visit.answers("019", [96, 2, 2]),
        "astma": visit.answers("019", [95, 3, 2]),
        "slekt": visit.answers("019", [79, 17, 4]),
        "medbt": visit.answers("0129", [90, 5, 3, 2]),
        "timmat": visit.coded(eaten, 0.03, "99"),
    }


def counties_1985(visit: Visit) -> pl.DataFrame:
    """Return the third county study: tabs, decimal commas, height in metres."""
    first, second = visit.pressures(2)
    height, smoking = visit.height_mm(), visit.smoking()
    missed, daily = visit.rarely(0.007), smoking == DAILY
    before = texts.instead(yes_no(smoking == FORMER), daily, "8")
    man = visit.sex == MEN
    frame = pl.DataFrame({
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
    more = _counties_1985_tobacco(visit) | _counties_1985_meals(visit, frame["alkofrek"])
    more |= _counties_1985_women(visit, frame["barn"]) | _counties_1985_health(visit)
    return frame.with_columns(**more)


def _counties_1985_tobacco(visit: Visit) -> dict[str, pl.Series]:
    smoking, started = visit.smoking(), _start_age(visit)
    year = visit.day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    stopped = year - visit.stream.below(len(visit), np.clip(visit.age - started, 1, 20))
    smoky = visit.stream.pick(len(visit), (38, 20, 13, 9, 7, 4, 3, 2, 4))
    return {
        "startald": texts.without(
            visit.coded(texts.whole(started), 0.03, "99"), smoking == NEVER_SMOKED),
        "slutaar": texts.without(
            visit.coded(texts.whole(stopped), 0.04, "9999"), smoking != FORMER),
        "passiv": visit.coded(visit.coded(texts.whole(smoky), 0.01, "77"), 0.03, "99"),
    }  # fmt: skip


def _counties_1985_meals(visit: Visit, drinks: pl.Series) -> dict[str, pl.Series]:
    dry = (drinks == "1").to_numpy()
    often = "123459"
    return {
        "tekop": visit.coded(texts.whole(_a_few(visit, 1.0, 2.0)), 0.02, "99"),
        "melkgl": visit.coded(texts.decimals(5 * _a_few(visit, 3.5, 2.5), 1, ","), 0.02, "99"),
        "melktyp": visit.answers("12349", [33, 42, 16, 7, 2]),
        "frukt": visit.answers(often, [3, 13, 25, 27, 30, 2]),
        "gronn": visit.answers(often, [2, 9, 28, 37, 22, 2]),
        "fisk": visit.answers(often, [2, 15, 57, 22, 2, 2]),
        "olgl": _glasses(visit, 2.0, dry),
        "vingl": _glasses(visit, 1.0, dry),
        "brgl": _glasses(visit, 0.5, dry),
        "samliv": visit.answers("12345689", [14, 66, 6, 2, 6, 3, 1, 2]),
        "yrkakt": visit.answers("12345679", [57, 18, 11, 2, 3, 5, 2, 2]),
    }


def _counties_1985_women(visit: Visit, children: pl.Series) -> dict[str, pl.Series]:
    """Return what only women were asked; `children` is null for men and 99 where unknown."""
    count, stream, man = len(visit), visit.stream, visit.sex == MEN
    childless = children.is_in(["0", "99"]).fill_null(True).to_numpy()
    menarche = np.clip(stream.whole_bell(count, 13.3, 1.3), 9, 16)
    first_birth = np.clip(stream.whole_bell(count, 24.0, 4), 17, np.minimum(visit.age, 35))
    last_period = np.clip(stream.whole_bell(count, 49.5, 4), 36, 58)
    over, unsure = last_period < visit.age, visit.rarely(0.015)
    pill = np.where(over, stream.pick(count, (55, 45)), stream.pick(count, (38, 46, 12, 2, 2)))
    carries = np.where(over | (visit.age > 44), 1, stream.pick(count, (3, 94, 1, 2)))

    def asked(answers: pl.Series, unasked: Bools = man) -> pl.Series:
        # A few leave a question of this kind out.
        return texts.without(answers, unasked | man | visit.rarely(0.01))

    return {
        "menarke": asked(visit.coded(texts.whole(menarche), 0.03, "99")),
        "fodsel1": asked(visit.coded(texts.whole(first_birth), 0.01, "99"), childless),
        "mensslut": asked(texts.instead(yes_no(over), unsure, "9")),
        "mensald": asked(visit.coded(texts.whole(last_period), 0.03, "99"), ~over | unsure),
        "ppille": asked(texts.coded("12389", pill)),
        "gravid": asked(texts.coded("1239", carries)),
    }


def _counties_1985_health(visit: Visit) -> dict[str, pl.Series]:
    return {
        "astma": visit.answers("129", [4, 95, 1]),
        "slag": visit.answers("129", [1, 98, 1]),
        "blodtmed": visit.answers("1239", [88, 4, 7, 1]),
        "smertest": visit.answers("12349", [44, 37, 13, 4, 2]),
        "fastet": visit.answers("129", [9, 89, 2]),
    }
