"""The made-up people: who they are, when they gave blood, when they die or leave the country.

Days are counted from 1970-01-01; `NEVER` stands for what has not happened.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from janus_warehouse.synthetic import places
from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.numbers import D_NUMBER_DAY, make_numbers
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.streams import Bools, Ints, Stream

NEVER = 10**6
YEAR_DAYS = 365.2425
MEN, WOMEN = 1, 2
D_NUMBER_SHARE = 0.003


def day(year: int, month: int = 1, day_of_month: int = 1) -> int:
    """Return a date as days since 1970-01-01."""
    return (date(year, month, day_of_month) - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Programme:
    """A survey or the blood-donor programme: when, who, where."""

    first: int
    last: int
    ages: tuple[tuple[int, int, int], ...]
    """(youngest, oldest, weight) of each age group."""
    men_pct: int
    where: range


PROGRAMMES = {
    "oslo_1972": Programme(
        day(1972, 5, 15), day(1973, 11, 30), ((40, 49, 8), (20, 39, 2)), 100, range(1)
    ),
    "counties_1974": Programme(
        day(1974, 3, 1), day(1978, 6, 30), ((35, 49, 8), (20, 34, 2)), 51, places.COUNTIES
    ),
    "counties_1985": Programme(
        day(1985, 9, 2), day(1988, 4, 29), ((40, 54, 6), (20, 39, 4)), 50, places.COUNTIES
    ),
    "age40_1990": Programme(
        day(1987, 1, 12), day(1999, 12, 17), ((40, 42, 1),), 49, places.NOT_OSLO
    ),
    "hubro_2000": Programme(
        day(2000, 5, 3), day(2001, 9, 28), ((30, 30, 2), (40, 45, 4), (59, 60, 3), (75, 76, 2)),
        47, range(1),
    ),
    "red_cross": Programme(day(1973, 2, 1), day(2004, 12, 17), ((19, 62, 1),), 62, range(1)),
}  # fmt: skip


@dataclass
class People:
    """One row per donor, in the order of the bank's register; arrays of equal length."""

    number: Ints
    """The number the bank knows the donor by; a D-number for a few."""
    ordinary_number: Ints
    """The number the donor has today; differs from `number` where a D-number was replaced."""
    sex: Ints
    birth: Ints
    programme: Ints
    """Position in `PROGRAMMES`."""
    first_draw: Ints
    last_draw: Ints
    place: Ints
    death: Ints
    cause: npt.NDArray[np.object_]
    emigrated: Ints
    returned: Ints
    withdrawn: Ints
    is_farmer: Bools
    height_mm: Ints
    bmi_tenths: Ints
    smoking: Ints
    """0 never, 1 former, 2 daily, in middle age."""

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Draws:
    """One row per blood draw, in order of date."""

    person: Ints
    day: Ints
    programme: Ints


def make_people(plan: Plan, seed: int) -> tuple[People, Draws]:
    """Return the donors and their draws; nobody has cancer yet."""
    stream = Stream(seed, "people")
    entries = plan.entries()
    programme = np.repeat(np.arange(len(entries)), list(entries.values()))
    programme = programme[stream.order(plan.donors)]
    sex, birth, first_draw, place = _enrol(programme, stream)
    draws = _draws(programme, birth, first_draw, plan, Stream(seed, "draws"))
    last_draw = first_draw.copy()
    np.maximum.at(last_draw, draws.person, draws.day)
    number, ordinary = _numbers(birth, sex, Stream(seed, "numbers"))
    life = Stream(seed, "life")
    death = _deaths(sex, birth, last_draw, life)
    emigrated, returned = _moves(last_draw, death, life)
    withdrawn = np.where(life.chance(plan.donors, 0.0015), life.between(
        plan.donors, day(2005), day(2022, 11, 30)), NEVER)  # fmt: skip
    withdrawn = np.where(withdrawn < np.minimum(death, emigrated), withdrawn, NEVER)
    body = Stream(seed, "body")
    people = People(
        number=number,
        ordinary_number=ordinary,
        sex=sex,
        birth=birth,
        programme=programme,
        first_draw=first_draw,
        last_draw=last_draw,
        place=place,
        death=death,
        cause=_causes(plan.donors, life),
        emigrated=emigrated,
        returned=returned,
        withdrawn=withdrawn,
        is_farmer=_farmers(plan, programme, birth, Stream(seed, "farmers")),
        height_mm=body.whole_bell(plan.donors, np.where(sex == MEN, 1778.0, 1648.0), 64),
        bmi_tenths=body.whole_bell(plan.donors, 253.0, 34),
        smoking=body.pick(plan.donors, (42, 24, 34)),
    )
    return people, draws


def _enrol(programme: Ints, stream: Stream) -> tuple[Ints, Ints, Ints, Ints]:
    count = len(programme)
    sex, age = np.empty(count, np.int64), np.empty(count, np.int64)
    first_draw, place = np.empty(count, np.int64), np.empty(count, np.int64)
    for at, one in enumerate(PROGRAMMES.values()):
        here = np.flatnonzero(programme == at)
        size = len(here)
        sex[here] = np.where(stream.below(size, 100) < one.men_pct, MEN, WOMEN)
        group = stream.pick(size, [weight for *_, weight in one.ages])
        low = np.array([youngest for youngest, _, _ in one.ages])[group]
        span = np.array([oldest - youngest + 1 for youngest, oldest, _ in one.ages])[group]
        age[here] = low + stream.below(size, span)
        first_draw[here] = _weekday(stream.between(size, one.first + 3, one.last))
        place[here] = places.living_in(stream, size, one.where)
    birth = first_draw - np.rint(age * YEAR_DAYS).astype(np.int64) - stream.between(count, 1, 363)
    return sex, birth, first_draw, place


def _weekday(days: Ints) -> Ints:
    # 1970-01-01 was a Thursday; Saturday and Sunday move back to Friday.
    return days - np.maximum((days + 3) % 7 - 4, 0)


def _draws(programme: Ints, birth: Ints, first: Ints, plan: Plan, stream: Stream) -> Draws:
    names = list(PROGRAMMES)
    extra = plan.draws - plan.donors
    came_again = np.flatnonzero(programme == names.index("counties_1974"))
    came_again = came_again[stream.chance(len(came_again), 0.6)][: extra // 2]
    later = PROGRAMMES["counties_1985"]
    again_day = _weekday(stream.between(len(came_again), later.first + 3, later.last))
    blood_donors = np.flatnonzero(programme == names.index("red_cross"))
    size = extra - len(came_again)
    giver = blood_donors[stream.below(size, len(blood_donors))]
    span = np.minimum(PROGRAMMES["red_cross"].last - first[giver], 20 * 365)
    gift_day = _weekday(first[giver] + 90 + stream.below(size, np.maximum(span - 90, 1)))
    gift_day = np.clip(gift_day, first[giver], PROGRAMMES["red_cross"].last)
    person = np.concatenate([np.arange(plan.donors), came_again, giver])
    days = np.concatenate([first, again_day, gift_day])
    which = np.concatenate([
        programme, np.full(len(came_again), names.index("counties_1985")),
        np.full(size, names.index("red_cross")),
    ])  # fmt: skip
    order = np.lexsort((person, days))
    return Draws(person[order], days[order], which[order])


def _numbers(birth: Ints, sex: Ints, stream: Stream) -> tuple[Ints, Ints]:
    ordinary = make_numbers(birth, sex == MEN, stream)
    number = ordinary.copy()
    has_d = np.flatnonzero(stream.chance(len(birth), D_NUMBER_SHARE))
    number[has_d] = make_numbers(birth[has_d], sex[has_d] == MEN, stream, day_offset=D_NUMBER_DAY)
    return number, ordinary


def _life_table(per_million: int) -> Ints:
    """Return how many of 2**30 newborn die before each age, 0 to 110, by Gompertz' law."""
    alive, hazard, dead = 2.0**30, per_million / 1e6, [0]
    for _ in range(110):
        alive -= alive * min(hazard, 0.6)
        hazard *= 1.094
        dead.append(2**30 - int(alive))
    return np.array(dead, dtype=np.int64)


def _deaths(sex: Ints, birth: Ints, last_draw: Ints, stream: Stream) -> Ints:
    """Return the day of death from other causes than cancer, always after the last draw."""
    death = np.empty(len(sex), np.int64)
    for code, per_million in ((MEN, 34), (WOMEN, 22)):
        here = np.flatnonzero(sex == code)
        table = _life_table(per_million)
        past = table[((last_draw[here] - birth[here]) / YEAR_DAYS).astype(np.int64)]
        at = past + stream.below(len(here), table[-1] - past)
        age = np.clip(np.searchsorted(table, at, side="right") - 1, 0, 109)
        within = stream.below(len(here), 365)
        death[here] = birth[here] + np.rint(age * YEAR_DAYS).astype(np.int64) + within
    return np.maximum(death, last_draw + 31 + stream.below(len(sex), 300))


def _moves(last_draw: Ints, death: Ints, stream: Stream) -> tuple[Ints, Ints]:
    count = len(death)
    leaves = stream.chance(count, 0.025)
    out = last_draw + 60 + stream.below(count, np.maximum(day(2022, 12, 1) - last_draw - 60, 1))
    emigrated = np.where(leaves & (out < death - 60), out, NEVER)
    back = out + 200 + stream.below(count, 3000)
    comes_back = stream.chance(count, 0.3) & (emigrated < NEVER) & (back < death - 30)
    return emigrated, np.where(comes_back & (back <= day(2022, 12, 1)), back, NEVER)


def _causes(count: int, stream: Stream) -> npt.NDArray[np.object_]:
    causes = np.array(["I219", "I259", "I639", "I509", "J449", "J189", "F03", "G309", "E149",
                       "K746", "X599", "X719", "N189"], dtype=object)  # fmt: skip
    return causes[stream.pick(count, (22, 12, 12, 6, 10, 8, 8, 7, 4, 3, 4, 2, 2))]


def _farmers(plan: Plan, programme: Ints, birth: Ints, stream: Stream) -> Bools:
    names = list(PROGRAMMES)
    rural = [names.index(name) for name in ("counties_1974", "counties_1985", "age40_1990")]
    able = np.flatnonzero(np.isin(programme, rural) & (birth < day(1958)))
    chosen = able[stream.sample(len(able), plan.farmers)]
    return np.isin(np.arange(plan.donors), chosen)


def status_on(people: People, as_of: int, death: Ints | None = None) -> tuple[Ints, Ints]:
    """Return the vital status code (1 alive, 2 dead, 3 emigrated) and its date, as known then.

    Args:
        people: The donors.
        as_of: Day of the picture.
        death: Days of death as known then; the true ones when left out.
    """
    death = people.death if death is None else death
    away = (people.emigrated <= as_of) & (people.returned > as_of)
    status = np.where(death <= as_of, 2, np.where(away, 3, 1))
    since = np.where(death <= as_of, death, np.where(away, people.emigrated, as_of))
    return status, since


def register_twice(people: People, draws: Draws, count: int, seed: int) -> Ints:
    """Return donors whom the bank entered twice, first by a D-number, later by an ordinary one.

    They are alive and in the country until the registers say that the two are one, and came more
    than once. Their `number` becomes a D-number, and no two people have the same.

    Raises:
        InvalidPlanError: There are not so many.
    """
    stream = Stream(seed, "registered twice")
    came_again = np.bincount(draws.person, minlength=len(people)) > 1
    here = (people.death > day(2023)) & (people.emigrated == NEVER) & (people.withdrawn == NEVER)
    has_d = people.number != people.ordinary_number
    # D-numbers are made for each day of birth in one go: a day that has some is left alone.
    free = ~np.isin(people.birth, people.birth[has_d]) & came_again & here
    able = stream.order(len(people))
    able = able[free[able]]
    able = able[np.sort(np.unique(people.birth[able], return_index=True)[1])][:count]
    if len(able) < count:
        raise InvalidPlanError(
            f"expected {count} donors who can have been entered twice, found {len(able)}; take a "
            "larger scale"
        )
    twice = np.sort(able)
    people.number[twice] = make_numbers(
        people.birth[twice], people.sex[twice] == MEN, stream, day_offset=D_NUMBER_DAY
    )
    return twice
