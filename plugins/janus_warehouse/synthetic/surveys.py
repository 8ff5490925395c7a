"""What people answered and what was measured, in each survey's own names, codes and units."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.synthetic import places, texts
from janus_warehouse.synthetic.people import MEN, PROGRAMMES, YEAR_DAYS
from janus_warehouse.synthetic.streams import Bools, Ints, Stream
from janus_warehouse.synthetic.world import World

NEVER_SMOKED, FORMER, DAILY = 0, 1, 2


@dataclass
class Visit:
    """The attenders of a survey, and their bodies and habits before anybody codes them."""

    world: World
    stream: Stream
    person: Ints
    day: Ints

    @classmethod
    def of(cls, world: World, programme: str) -> "Visit":
        """Return the first attendance of each person at a survey, in order of date."""
        rows = np.flatnonzero(world.draws.programme == list(PROGRAMMES).index(programme))
        person = world.draws.person[rows]
        first = np.sort(np.unique(person, return_index=True)[1])
        rows = rows[first]
        stream = world.stream(f"survey {programme}")
        return cls(world, stream, world.draws.person[rows], world.draws.day[rows])

    def __len__(self) -> int:
        return len(self.person)

    @property
    def numbers(self) -> pl.Series:
        return self.world.number_text.gather(self.person)

    @property
    def sex(self) -> Ints:
        return self.world.people.sex[self.person]

    @property
    def age(self) -> Ints:
        return ((self.day - self.world.people.birth[self.person]) / YEAR_DAYS).astype(np.int64)

    def municipality(self) -> pl.Series:
        return places.codes(self.world.people.place[self.person], self.day)

    def height_mm(self) -> Ints:
        measured = self.world.people.height_mm[self.person] + self.stream.between(len(self), -5, 5)
        return np.clip(measured, 1400, 2100)

    def weight_hg(self, height_mm: Ints) -> Ints:
        """Return weight in hundreds of grams."""
        bmi = self.world.people.bmi_tenths[self.person] + (self.age - 40)
        bmi = np.clip(bmi + self.stream.between(len(self), -12, 12), 170, 420)
        return np.rint(bmi * height_mm.astype(np.float64) ** 2 / 1_000_000).astype(np.int64)

    def pressures(self, readings: int) -> list[tuple[Ints, Ints]]:
        """Return (systolic, diastolic) of each reading of one visit."""
        usual = self.stream.whole_bell(len(self), 122.0 + 0.45 * self.age, 13)
        made = []
        for _ in range(readings):
            systolic = np.clip(usual + self.stream.between(len(self), -6, 6), 84, 220)
            diastolic = systolic * 62 // 100 + self.stream.between(len(self), -6, 8)
            made.append((systolic, np.minimum(diastolic, 125)))
        return made

    def cholesterol(self) -> Ints:
        """Return total cholesterol in hundredths of mmol/L."""
        years = np.clip(self.day // 365, 0, 35)
        made = self.stream.whole_bell(len(self), 560.0 + 3 * self.age - 2 * years, 98)
        return np.clip(made, 260, 1250)

    def hdl(self) -> Ints:
        """Return HDL cholesterol in hundredths of mmol/L, always below the total."""
        mean = np.where(self.sex == MEN, 126.0, 155.0)
        return np.clip(self.stream.whole_bell(len(self), mean, 28), 55, 249)

    def smoking(self) -> Ints:
        """Return 0 never, 1 former, 2 daily."""
        return self.world.people.smoking[self.person]

    def cigarettes(self) -> Ints:
        return np.clip(self.stream.whole_bell(len(self), 12.0, 5.5), 1, 45)

    def smoking_years(self) -> Ints:
        return np.maximum(np.minimum(self.stream.between(len(self), 3, 30), self.age - 14), 1)

    def answers(self, codes: str | list[str], weights: list[int]) -> pl.Series:
        """Return an answer of each attender: a code, in proportion to the weights."""
        return texts.coded(list(codes), self.stream.pick(len(self), weights))

    def rarely(self, share: float) -> Bools:
        return self.stream.chance(len(self), share)

    def coded(self, column: pl.Series, share: float, code: str) -> pl.Series:
        """Return the column with a missing-value code for a share of the attenders."""
        return texts.instead(column, self.rarely(share), code)


def yes_no(truth: npt.NDArray[np.bool_], yes: str = "1", no: str = "2") -> pl.Series:
    """Return yes or no in a survey's codes."""
    return texts.coded([no, yes], truth.astype(np.int64))
