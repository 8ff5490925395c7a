"""The Oslo health study of 2000, as its owner delivers it: numbers only, -1 is unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.synthetic.people import WOMEN
from janus_warehouse.synthetic.streams import Bools, Floats, Ints
from janus_warehouse.synthetic.surveys import DAILY, FORMER, NEVER_SMOKED, Visit

_NOBODY = np.False_
_SLIP = 0.006
"""Share of those asked who contradict what they answered elsewhere on the same form."""


def hubro_2000(visit: Visit) -> pl.DataFrame:
    """Return the Oslo health study as numbers, for a SAS transport file; -1 is unknown."""
    form = _Form(visit)
    return pl.DataFrame({
        "person_number": visit.numbers,
        "attended_date": pl.Series(visit.day),
        "sex": pl.Series(visit.sex.astype(np.float64)),
        **_measured(form),
        **_smoking(form),
        **_habits(form),
        **_social(form),
        **_women(form),
        **_disease(form),
    })  # fmt: skip


@dataclass(frozen=True)
class _Form:
    """What an attender writes into the form, as the numbers that the owner keeps."""

    visit: Visit

    def measured(self, values: npt.NDArray, per_unit: int = 1) -> pl.Series:
        """Return a measurement, missing for a few."""
        return _filled(values / per_unit, self.visit.rarely(0.02))

    def answer(
        self,
        codes: Sequence[int],
        weights: Sequence[int],
        unasked: Bools | np.bool_ = _NOBODY,
    ) -> pl.Series:
        """Return answers in codes, in proportion to the weights."""
        picked = self.visit.stream.pick(len(self.visit), weights)
        return _filled(np.array(codes, dtype=np.float64)[picked], unasked)

    def number(
        self,
        values: npt.NDArray,
        unasked: Bools | np.bool_ = _NOBODY,
        unknown: float = 0.02,
    ) -> pl.Series:
        """Return answers that are numbers; some do not know, and some leave it open."""
        given = np.where(self.visit.rarely(unknown), -1.0, values)
        return _filled(given, self.visit.rarely(0.01) | unasked)

    def bell(self, mean: float, deviation: float, low: int, high: int) -> Ints:
        drawn = self.visit.stream.whole_bell(len(self.visit), mean, deviation)
        return np.clip(drawn, low, high)

    def below(self, limit: int | Ints) -> Ints:
        return self.visit.stream.below(len(self.visit), limit)


def _filled(values: npt.NDArray, empty: Bools | np.bool_) -> pl.Series:
    nothing = np.broadcast_to(empty, values.shape)
    return pl.Series(values.astype(np.float64)).set(pl.Series(nothing), None)


def _measured(form: _Form) -> dict[str, pl.Series]:
    visit = form.visit
    ((systolic, diastolic),) = visit.pressures(1)
    height, missed = visit.height_mm(), visit.rarely(0.01)
    return {
        "height": form.measured(height, 10),
        "weight": form.measured(visit.weight_hg(height), 10),
        "waist": form.measured(form.bell(880, 110, 600, 1500), 10),
        "hip": form.measured(form.bell(1010, 80, 750, 1500), 10),
        "sbp2": pl.Series(np.where(missed, 0.0, systolic)),
        "dbp2": pl.Series(np.where(missed, 0.0, diastolic)),
        "pulse": pl.Series(np.where(visit.rarely(0.012), 0.0, form.bell(70, 10, 42, 130))),
        "tchol": form.measured(visit.cholesterol(), 100),
        "hdlc": form.measured(visit.hdl(), 100),
        "trigly": form.measured(50 + form.below(300), 100),
        "gluc": form.measured(form.bell(53, 9, 32, 160), 10),
        "hmeal": form.number(np.minimum(form.below(8), form.below(14))),
    }


def _smoking(form: _Form) -> dict[str, pl.Series]:
    visit, smoking = form.visit, form.visit.smoking()
    never = smoking == NEVER_SMOKED
    start = np.minimum(form.bell(18, 4, 11, 40), visit.age - 1)
    stopped = form.below(np.maximum(visit.age - start, 1))
    # Some tell the age at which they stopped, not the years since.
    stopped = np.where(visit.rarely(_SLIP * 20), np.minimum(visit.age - stopped, 70), stopped)
    # Those who do not smoke take snus more often than those who do.
    snus = np.where(smoking == DAILY, form.below(40) < 1, form.below(40) < 4)
    return {
        "smoke": pl.Series(
            np.where(visit.rarely(0.01), -1.0, np.array([3.0, 2.0, 1.0])[smoking])),
        "ncig": form.number(visit.cigarettes(), never, unknown=0.03),
        "astart": form.number(start, never, unknown=0.03),
        "ystop": form.number(stopped, smoking != FORMER, unknown=0.03),
        "passive": form.number(np.maximum(form.below(36) - 22, 0), unknown=0.04),
        "snus": _filled(
            np.where(visit.rarely(0.01), -1.0, snus * (1.0 + form.below(2))), _NOBODY),
    }  # fmt: skip


def _habits(form: _Form) -> dict[str, pl.Series]:
    alcohol = form.answer([1, 2, 3, 4, 5, 6, 7, 8, -1], [6, 22, 22, 20, 10, 10, 4, 4, 2])
    # Who has not drunk in the past year skips the glasses; a few count them all the same.
    dry = (alcohol.to_numpy() >= 7) & ~form.visit.rarely(_SLIP * 5)
    return {
        "pahard": form.answer([0, 1, 2, 3, -1], [30, 24, 26, 17, 3]),
        "alcfreq": alcohol,
        "beer4w": form.number(form.below(26), dry, unknown=0.03),
        "wine4w": form.number(form.below(22), dry, unknown=0.03),
        "spir4w": form.number(form.below(9), dry, unknown=0.03),
        "milktyp": form.answer([0, 1, 2, 3, 4, -1], [14, 12, 38, 30, 4, 2]),
        "bread": form.number(form.bell(5, 2.5, 0, 16)),
        "fruit": form.answer([1, 2, 3, 4, 5, 6, -1], [4, 9, 22, 16, 27, 20, 2]),
        "veget": form.answer([1, 2, 3, 4, 5, 6, -1], [2, 6, 25, 24, 29, 12, 2]),
        "fish": form.answer([1, 2, 3, 4, 5, 6, -1], [4, 17, 55, 16, 5, 1, 2]),
    }  # fmt: skip


def _social(form: _Form) -> dict[str, pl.Series]:
    retired = form.visit.age >= 70
    employed = form.answer([1, 2, 3, 4, 5, 6, 7, -1], [55, 16, 4, 5, 4, 6, 8, 2])
    work = employed.set(pl.Series(retired), 6.0)
    without_work = ~np.isin(work.to_numpy(), (1.0, 2.0))
    marital = form.answer([1, 2, 3, 4, 5, 6, -1], [24, 50, 2, 12, 8, 2, 2])
    # Nearly every married person lives with somebody.
    least = np.where((marital.to_numpy() == 2) & ~form.visit.rarely(_SLIP * 5), 2, 1)
    # Some who live in a home count the whole house, which is no household.
    home = retired & form.visit.rarely(0.2)
    household = np.where(home, 41 + form.below(50), np.maximum(1 + form.below(5), least))
    return {
        "health": form.answer([1, 2, 3, 4, -1], [3, 18, 53, 24, 2]),
        "educyr": form.answer([7, 9, 12, 15, 18, -1], [12, 15, 30, 22, 18, 3]),
        "born_no": form.answer([1, 0, -1], [84, 15, 1]),
        "marstat": marital,
        "hhsize": form.number(household),
        "employ": work,
        "shift": form.answer([0, 1, -1], [80, 18, 2], without_work),
    }


def _women(form: _Form) -> dict[str, pl.Series]:
    """Return what only women are asked; the men's cells are empty."""
    visit = form.visit
    age, men = visit.age, visit.sex != WOMEN
    menarche = form.bell(13, 1.4, 9, 18)
    births = np.maximum(form.below(4), form.below(3))
    first = np.minimum(np.maximum(form.bell(25, 4.5, 16, 44), menarche + 2), age)
    first = np.where(visit.rarely(_SLIP), menarche - 1, first)
    last_period = form.bell(50, 4, 38, 58)
    stopped = age > last_period
    pill_now = ~stopped & (form.below(100) < 18)
    hormones = np.where(age < 46, 0, np.array([0, 1, 2])[visit.stream.pick(
        len(visit), (62, 14, 24))])  # fmt: skip
    return {
        "menarch": form.number(menarche, men, unknown=0.04),
        "nbirth": form.number(births, men, unknown=0.01),
        "ageb1": form.number(first, men | (births == 0), unknown=0.01),
        "menstop": form.number(stopped, men),
        "agemeno": form.number(last_period, men | ~stopped, unknown=0.05),
        "ocpill": form.number(np.where(pill_now, 2, form.below(10) < 6), men),
        "hrt": form.number(hormones, men),
        "pregn": form.number(form.below(100) < 3, men | stopped, unknown=0.01),
    }


def _disease(form: _Form) -> dict[str, pl.Series]:
    visit = form.visit
    cancer = form.answer([0, 1, -1], [94, 5, 1])
    ill_at: Floats = np.minimum(20 + form.below(56), visit.age).astype(np.float64)
    return {
        "infarct": form.answer([0, 1, -1], [96, 3, 1]),
        "angina": form.answer([0, 1, -1], [95, 3, 2]),
        "stroke": form.answer([0, 1, -1], [97, 2, 1]),
        "diabet": form.answer([0, 1, -1], [95, 3, 2]),
        "asthma": form.answer([0, 1, -1], [89, 9, 2]),
        "cancer": cancer,
        "agecanc": form.number(ill_at, cancer.to_numpy() != 1.0, unknown=0.04),
        "fam_mi": form.answer([0, 1, -1], [72, 20, 8]),
        "bpmed": form.answer([1, 2, 3, -1], [11, 3, 84, 2]),
        "lipmed": form.answer([1, 2, 3, -1], [7, 1, 90, 2]),
        "paink": form.answer([1, 2, 3, 4, -1], [44, 36, 13, 5, 2]),
    }
