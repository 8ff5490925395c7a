"""Follow-up worked out day by day, as slowly and plainly as can be.

Nothing is shared with the SQL: every day of every life is looked at by itself.
"""

from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction

from register_rows import ENTITIES, Life, Tumour

DAY = timedelta(days=1)


def is_home(life: Life, moves: list[tuple[str, date]], day: date) -> bool:
    """Tell whether the register is sure that the person lived in Norway on a day."""
    before = [kind for kind, when in moves if when <= day]
    after = [kind for kind, when in moves if when > day]
    arrived = not before or before[-1] == "immigrated"
    return arrived and (not after or after[0] == "emigrated")


def settled_moves(life: Life) -> list[tuple[str, date]]:
    """Return the moves that are believed, in order."""
    told = set(life.moves)
    if life.status and life.status[0] == "3":
        left = life.status[1]
        told = {(kind, when) for kind, when in told if kind == "emigrated" or when < left}
        told.add(("emigrated", left))
    by_day = defaultdict(set)
    for kind, when in told:
        by_day[when].add(kind)
    until = last_day(life)
    return sorted(
        ((kinds.pop(), when) for when, kinds in by_day.items()
         if len(kinds) == 1 and (until is None or when <= until)),
        key=lambda move: move[1],
    )  # fmt: skip


def last_day(life: Life) -> date | None:
    """Return the day after which nothing can be observed, or None when no register tells."""
    ends = [life.death] if life.death else []
    if life.status and life.status[0] == "2" and not life.death:
        ends.append(life.status[1])
    if life.status and life.status[0] in "19":
        ends.append(life.status[1])
    return min(ends) if ends else None


def observed(life: Life) -> list[date]:
    """Return every day on which the person was under observation."""
    if not life.draws:
        return []
    moves, until = settled_moves(life), last_day(life)
    if until is None:
        if not moves or moves[-1][0] == "immigrated":
            return []
        until = moves[-1][1]
    days, day = [], min(life.draws)
    while day < until:
        if is_home(life, moves, day):
            days.append(day)
        day += DAY
    return days


def age(life: Life, day: date) -> int:
    """Return the completed years of age on a day."""
    had_birthday = (day.month, day.day) >= (life.birth.month, life.birth.day)
    return day.year - life.birth.year - (not had_birthday)


def cell(life: Life, day: date) -> tuple[str, int, int]:
    """Return sex, age group and period of a day."""
    return life.sex, min(age(life, day) // 5 * 5, 85), day.year // 5 * 5


def person_days(lives: dict[str, Life]) -> Counter:
    """Return the days under observation in each cell."""
    return Counter(cell(life, day) for life in lives.values() for day in observed(life))


def entities(tumour: Tumour) -> set[str]:
    """Return the entities that statistics count a tumour in."""
    if tumour.behaviour != "3" or not tumour.is_primary or tumour.is_excluded:
        return set()
    return ENTITIES[tumour.topography, tumour.morphology]


def found_in(life: Life, entity: str) -> list[date]:
    """Return the days on which tumours of an entity were found."""
    return [tumour.incidence for tumour in life.tumours if entity in entities(tumour)]


def incidence(lives: dict[str, Life], entity: str) -> tuple[Counter, Counter]:
    """Return the first tumours of an entity and the days at risk of it, in each cell."""
    cases, days = Counter(), Counter()
    for life in lives.values():
        first = min(found_in(life, entity), default=None)
        here = observed(life)
        days.update(cell(life, day) for day in here if first is None or day < first)
        # Found under observation: the day before was observed, if only as the last one.
        if first is not None and first - DAY in set(here):
            cases[cell(life, first)] += 1
    return cases, days


def standardised(cases: Counter, days: Counter, sex: str, weights: dict[int, int]) -> Fraction:
    """Return the rate for each 100,000 years, weighted over the ages with time."""
    total, rate = 0, Fraction(0)
    for start, weight in weights.items():
        time = sum(n for (s, a, _), n in days.items() if (s, a) == (sex, start))
        hits = sum(n for (s, a, _), n in cases.items() if (s, a) == (sex, start))
        if time:
            total += weight
            rate += weight * Fraction(hits, time)
    return 100_000 * Fraction("365.25") * rate / total
