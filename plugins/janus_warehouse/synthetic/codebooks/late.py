"""The age-40 programme and the blood donors' form, as their owners deliver them."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.people import MEN, day
from janus_warehouse.synthetic.streams import Bools, Ints
from janus_warehouse.synthetic.surveys import DAILY, FORMER, NEVER_SMOKED, Visit, yes_no


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
    # A few who say that they never smoked count years of it all the same.
    no_years = never & ~visit.rarely(0.005)
    smoky = stream.pick(count, (40, 20, 12, 8, 6, 5, 4, 3, 2))

    def asked(times: Ints, unasked: Bools) -> pl.Series:
        return texts.without(visit.coded(texts.whole(times), 0.02, "99"), unasked)

    return {
        "roykdag": yes_no(daily),
        "royktid": texts.instead(yes_no(smoking == FORMER), daily, "8"),
        "royksig": asked(visit.cigarettes(), never),
        "roykaar": asked(visit.smoking_years(), no_years),
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
        **_donors_added(visit),
    })  # fmt: skip


def _donors_added(visit: Visit) -> dict[str, pl.Series]:
    """Return the questions on the second page, and the pulse."""
    count, stream = len(visit), visit.stream
    men = visit.sex == MEN
    pulse = np.clip(stream.whole_bell(count, 68.0, 9), 48, 110)
    # Donors are told to eat before they give blood; nearly all have.
    since_meal = 15 * (1 + np.minimum(stream.below(count, 16), stream.below(count, 40)))
    too_old = visit.age >= 50
    return {
        "puls": visit.coded(texts.whole(pulse), 0.008, "0"),
        "sistmat": visit.coded(texts.whole(since_meal), 0.05, "999"),
        "snus": visit.answers("JNU", [6, 88, 6]),
        "astma": visit.answers("JNU", [3, 93, 4]),
        "fodtnor": visit.answers("JNU", [91, 6, 3]),
        "gravid": texts.without(visit.answers("NU", [97, 3]), men),
        "ppille": texts.without(
            texts.instead(visit.answers("JNU", [24, 72, 4]), too_old, "N"), men),
    }  # fmt: skip
