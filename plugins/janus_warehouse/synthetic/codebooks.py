"""The five health surveys and the blood donors' form, as their owners deliver them."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.people import MEN, day
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


def age40_1990(visit: Visit) -> pl.DataFrame:
    """Return the age-40 programme: 40 columns, HDL from 1994, two generations of questions."""
    place = visit.municipality()
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": texts.dates(visit.day, "yyyyMMdd"),
        "komm": place,
        "fylke": place.str.slice(0, 2),
        "kjonn": texts.coded(("", "1", "2"), visit.sex),
        **_age40_measured(visit),
        **_age40_smoking(visit),
        **_age40_answers(visit),
    })  # fmt: skip


def _age40_measured(visit: Visit) -> dict[str, pl.Series]:
    count, stream = len(visit), visit.stream
    height, missed = visit.height_mm(), visit.rarely(0.006)
    readings = {}
    for number, (systolic, diastolic) in enumerate(visit.pressures(3), 1):
        readings[f"sbt{number}"] = texts.instead(texts.whole(systolic), missed, "0")
        readings[f"dbt{number}"] = texts.instead(texts.whole(diastolic), missed, "0")
    pulse = np.clip(stream.whole_bell(count, 71.0, 10), 42, 130)
    glucose = np.clip(stream.whole_bell(count, 52.0, 8), 32, 140)
    hdl = visit.coded(texts.decimals(visit.hdl(), 2), 0.008, "99")
    return {
        "hoyde": visit.coded(texts.decimals(height, 1), 0.003, "999"),
        "vekt": visit.coded(texts.decimals(visit.weight_hg(height), 1), 0.003, "999"),
        **readings,
        "puls": visit.coded(texts.whole(pulse), 0.006, "0"),
        "kol": visit.coded(texts.decimals(visit.cholesterol(), 2), 0.006, "99"),
        "hdl": texts.without(hdl, visit.day < day(1994)),
        "trig": visit.coded(texts.decimals(50 + stream.below(count, 300), 2), 0.008, "99"),
        "gluk": visit.coded(texts.decimals(glucose, 1), 0.01, "99"),
        "tidmat": visit.answers("123459", [14, 30, 32, 14, 8, 2]),
    }


def _age40_smoking(visit: Visit) -> dict[str, pl.Series]:
    count, stream, smoking = len(visit), visit.stream, visit.smoking()
    daily, never = smoking == DAILY, smoking == NEVER_SMOKED
    smoky = stream.pick(count, (40, 20, 12, 8, 6, 5, 4, 3, 2))

    def asked(times: Ints, unasked: Bools) -> pl.Series:
        return texts.without(visit.coded(texts.whole(times), 0.02, "99"), unasked)

    return {
        "roykdag": yes_no(daily),
        "royktid": texts.instead(yes_no(smoking == FORMER), daily, "8"),
        "royksig": asked(visit.cigarettes(), never),
        "roykaar": asked(visit.smoking_years(), never),
        "royksl": asked(stream.below(count, 22), smoking != FORMER),
        "passroyk": visit.coded(texts.whole(smoky), 0.04, "99"),
    }


def _age40_answers(visit: Visit) -> dict[str, pl.Series]:
    count, stream = len(visit), visit.stream
    dry = visit.rarely(0.11)
    unasked = (visit.day < day(1994)) & visit.rarely(0.2)

    def glasses(most: int) -> pl.Series:
        poured = visit.coded(texts.whole(stream.below(count, most)), 0.02, "99")
        return texts.instead(poured, dry, "0")

    return {
        "mosjlett": visit.answers("12349", [9, 19, 35, 35, 2]),
        "mosjhard": visit.answers("12349", [34, 26, 24, 14, 2]),
        "arbfys": visit.answers("12349", [36, 30, 24, 8, 2]),
        "kaffe": visit.coded(texts.whole(stream.below(count, 12)), 0.02, "99"),
        "avhold": yes_no(dry),
        "alkofte": visit.answers("1234789", [18, 38, 24, 8, 9, 1, 2]),
        "glol": glasses(9),
        "glvin": glasses(7),
        "glbrenn": glasses(4),
        "helse": visit.answers("123489", [1, 14, 62, 21, 1, 1]),
        "hjinf": visit.answers("129", [1, 97, 2]),
        "angina": visit.answers("129", [1, 97, 2]),
        "slag": visit.answers("129", [1, 97, 2]),
        "diab": visit.answers("129", [1, 98, 1]),
        "utd": texts.without(visit.answers("123459", [22, 34, 17, 14, 11, 2]), unasked),
    }


def hubro_2000(visit: Visit) -> pl.DataFrame:
    """Return the Oslo health study as numbers, for a SAS transport file; -1 is unknown."""
    count, stream = len(visit), visit.stream
    ((systolic, diastolic),) = visit.pressures(1)
    height, smoking = visit.height_mm(), visit.smoking()
    missed = visit.rarely(0.01)

    def number(values: np.ndarray, per_unit: int = 1, absent: float = 0.02) -> pl.Series:
        series = pl.Series(values / per_unit)
        return series.set(pl.Series(visit.rarely(absent)), None)

    def answer(codes: list[int], weights: list[int]) -> pl.Series:
        return pl.Series(np.array(codes, dtype=np.float64)[stream.pick(count, weights)])

    smoke = np.array([3.0, 2.0, 1.0])[smoking]
    cigarettes = pl.Series(np.where(visit.rarely(0.03), -1.0, visit.cigarettes()))
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": pl.Series(visit.day),
        "sex": pl.Series(visit.sex.astype(np.float64)),
        "height": number(height, 10),
        "weight": number(visit.weight_hg(height), 10),
        "waist": number(np.clip(stream.whole_bell(count, 880.0, 110), 600, 1500), 10),
        "hip": number(np.clip(stream.whole_bell(count, 1010.0, 80), 750, 1500), 10),
        "sbp2": pl.Series(np.where(missed, 0.0, systolic)),
        "dbp2": pl.Series(np.where(missed, 0.0, diastolic)),
        "tchol": number(visit.cholesterol(), 100),
        "hdlc": number(visit.hdl(), 100),
        "gluc": number(np.clip(stream.whole_bell(count, 53.0, 9), 32, 160), 10),
        "smoke": pl.Series(np.where(visit.rarely(0.01), -1.0, smoke)),
        "ncig": cigarettes.set(pl.Series(smoking == NEVER_SMOKED), None),
        "pahard": answer([0, 1, 2, 3, -1], [30, 24, 26, 17, 3]),
        "alcfreq": answer([1, 2, 3, 4, 5, 6, 7, 8, -1], [6, 22, 22, 20, 10, 10, 4, 4, 2]),
        "health": answer([1, 2, 3, 4, -1], [3, 18, 53, 24, 2]),
        "diabet": answer([0, 1, -1], [95, 3, 2]),
        "educyr": answer([7, 9, 12, 15, 18, -1], [12, 15, 30, 22, 18, 3]),
        "born_no": answer([1, 0, -1], [84, 15, 1]),
    })  # fmt: skip


def donors_form(visit: Visit) -> pl.DataFrame:
    """Return the blood donors' form: letters for answers, every cell quoted."""
    height = visit.height_mm()
    weight = np.clip(visit.weight_hg(height) // 10, 50, 150)
    haemoglobin = np.where(visit.sex == MEN, 151.0, 138.0)
    measured = np.clip(visit.stream.whole_bell(len(visit), haemoglobin, 9), 115, 185)
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": texts.dates(visit.day, "dd.MM.yyyy"),
        "kjonn": texts.coded(("", "M", "K"), visit.sex),
        "blodtype": visit.answers(
            ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"], [42, 7, 7, 1, 3, 1, 33, 6]),
        "vektkg": visit.coded(texts.whole(weight), 0.03, "0"),
        "hoydecm": visit.coded(texts.whole(height // 10), 0.05, "0"),
        "hb": visit.coded(texts.decimals(measured, 1), 0.01, "0"),
        "royker": visit.coded(yes_no(visit.smoking() == DAILY, "J", "N"), 0.05, "U"),
        "utland": visit.answers("JNU", [12, 80, 8]),
        "medisin": visit.answers("JNU", [5, 89, 6]),
        "tappnr": texts.whole(1 + visit.stream.below(len(visit), 3)),
    })  # fmt: skip
