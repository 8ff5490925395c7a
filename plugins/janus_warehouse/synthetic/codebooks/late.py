"""The age-40 programme, the Oslo health study of 2000 and the blood donors' form."""

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
