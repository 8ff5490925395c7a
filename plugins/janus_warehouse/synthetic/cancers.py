"""Tumours: who gets which, when, what the registry writes about it, and who dies of it."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.people import NEVER, YEAR_DAYS, People, day
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.sites import SITES, Site
from janus_warehouse.synthetic.streams import Bools, Ints, Stream

LINKAGE_2020 = day(2020, 12, 31)
LINKAGE_2022 = day(2022, 12, 31)
DEATH_CERTIFICATE_ONLY = "0"
_SITE_NAMES = tuple(SITES)
_MONTH_DAYS = 31
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Tumours:
    """One row per tumour that any linkage knows, by date of incidence."""

    person: Ints
    site: Ints
    incidence: Ints
    in_2020: Bools
    in_2022: Bools
    topography: Texts
    morphology: Texts
    behaviour: Texts
    basis: Texts
    grade: Texts
    laterality: Texts
    stage: Texts
    at_autopsy: Bools
    revision: Ints
    """What the linkage of 2020 had otherwise: 0 nothing, 1 stage, 2 grade, 3 subsite."""

    def __len__(self) -> int:
        return len(self.person)

    def take(self, chosen: npt.NDArray) -> "Tumours":
        """Return some of the tumours."""
        return Tumours(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def make_tumours(people: People, plan: Plan, seed: int) -> Tumours:
    """Return the tumours, and let the people die of theirs (changes `people.death`, `.cause`)."""
    parts = []
    taken: dict[int, Bools] = {}
    for (sex, name), (kept, new, retracted) in plan.cases_by_site().items():
        stream = Stream(seed, f"tumours {sex} {name}")
        site = _SITE_NAMES.index(name)
        used = taken.setdefault(site, np.zeros(len(people), dtype=bool))
        late = new * 8 // 100
        early = kept + retracted + late
        place = _Place(people, SITES[name], np.flatnonzero(people.sex == int(sex)), used)
        person, when = place.find(early, day(1973), LINKAGE_2020, stream)
        recent, recent_when = place.find(new - late, LINKAGE_2020 + 1, LINKAGE_2022, stream)
        rank = np.arange(early + new - late)
        parts.append((
            np.concatenate([person, recent]), np.full(len(rank), site),
            np.concatenate([when, recent_when]), rank < kept + retracted,
            (rank < kept) | (rank >= kept + retracted),
        ))  # fmt: skip
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0], columns[2]))
    person, sites, incidence, in_2020, in_2022 = (column[order] for column in columns)
    dies_of_it = _let_die(people, person, sites, incidence, in_2022, Stream(seed, "cancer deaths"))
    tumours = _described(person, sites, incidence, in_2020, in_2022, Stream(seed, "registry"))
    return _death_certificates(tumours, people, dies_of_it, Stream(seed, "certificates"))


@dataclass
class _Place:
    """Finds people who can have a tumour of a site on a day; one each."""

    people: People
    site: Site
    candidates: Ints
    used: Bools

    def find(self, count: int, first: int, last: int, stream: Stream) -> tuple[Ints, Ints]:
        people = self.people
        persons, days = np.empty(0, np.int64), np.empty(0, np.int64)
        rounds = 0
        while len(persons) < count:
            rounds += 1
            size = max((count - len(persons)) * 6, 200)
            person = self.candidates[stream.below(size, len(self.candidates))]
            when = stream.between(size, first, last)
            # A small bank can run out of people who match; the age pattern yields first.
            ages = (when - people.birth[person]) / YEAR_DAYS
            likely = stream.below(size, 1000) < self._risk(ages) + max(0, rounds - 40) * 25
            smoking = people.smoking[person]
            likely &= stream.below(size, 100) < np.array(self.site.by_smoking)[smoking]
            alive = when < np.minimum(people.death[person], people.emigrated[person]) - 40
            good = likely & alive & (when > people.first_draw[person] + _MONTH_DAYS)
            good &= (ages > self.site.ages[0]) & ~self.used[person]
            first_of_person = np.zeros(size, dtype=bool)
            first_of_person[np.unique(np.where(good, person, -1), return_index=True)[1]] = True
            chosen = np.flatnonzero(good & first_of_person)[: count - len(persons)]
            self.used[person[chosen]] = True
            persons = np.concatenate([persons, person[chosen]])
            days = np.concatenate([days, when[chosen]])
            if rounds > 400:
                raise InvalidPlanError(
                    "expected a person for every tumour, found none who fits; take a larger scale"
                )
        return persons, days

    def _risk(self, ages: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        youngest, plateau = self.site.ages
        rising = np.clip((ages - youngest) / (plateau - youngest), 0, 1)
        return 1000 * rising * rising


def _let_die(
    people: People, person: Ints, site: Ints, incidence: Ints, counts: Bools, stream: Stream
) -> Bools:
    """Return which tumours kill, and enter day and cause of death; only a last one can."""
    last = np.zeros(len(people), np.int64)
    np.maximum.at(last, person, incidence)
    fatal_pct = np.array([one.fatal_pct for one in SITES.values()])[site]
    fatal = (stream.below(len(person), 100) < fatal_pct) & (incidence == last[person]) & counts
    # Most die within two years, some much later: the product of two even draws is skewed so.
    spread = stream.below(len(person), 61) * stream.below(len(person), 61)
    death = incidence + 41 + spread
    fatal &= (death < people.death[person]) & (death < people.emigrated[person])
    fatal &= death > people.last_draw[person] + _MONTH_DAYS
    fatal &= (people.withdrawn[person] == NEVER) | (people.withdrawn[person] < death)
    causes = np.array([one.cause for one in SITES.values()], dtype=object)
    people.death[person[fatal]] = death[fatal]
    people.cause[person[fatal]] = causes[site[fatal]]
    return fatal


def _described(
    person: Ints, site: Ints, incidence: Ints, in_2020: Bools, in_2022: Bools, stream: Stream
) -> Tumours:
    count = len(person)
    basis = np.array(list("76512"), dtype=object)[stream.pick(count, (850, 60, 40, 15, 35))]
    topography, morphology = np.empty(count, object), np.empty(count, object)
    behaviour, side = np.full(count, "3", object), np.full(count, "0", object)
    blood = np.zeros(count, dtype=bool)
    for at, one in enumerate(SITES.values()):
        here = np.flatnonzero(site == at)
        size = len(here)
        ends = np.array([one.topography + digit for digit in one.subsites], dtype=object)
        topography[here] = ends[stream.below(size, len(ends))]
        forms = np.array([code for code, _ in one.morphologies], dtype=object)
        morphology[here] = forms[stream.pick(size, [weight for _, weight in one.morphologies])]
        other = stream.below(size, 100) < one.not_malignant_pct
        behaviour[here[other]] = one.other_behaviour
        if one.other_morphology is not None:
            morphology[here[other]] = one.other_morphology
        if one.paired:
            side[here] = np.array(list("1249"), dtype=object)[stream.pick(size, (47, 47, 2, 4))]
        blood[here] = one.is_blood
    # Only a microscope sees that a tumour is in situ, and a histology that needs one is not
    # written down without it.
    basis[behaviour == "2"] = "7"
    microscopic = np.isin(basis, ["5", "6", "7"])
    plain = np.where(np.isin(morphology, ["8720", "9732"]), morphology, "8000")
    morphology = np.where(
        microscopic, morphology, np.where(blood & (plain == "8000"), "9590", plain)
    )
    grade = np.array(list("1239"), dtype=object)[stream.pick(count, (18, 35, 25, 22))]
    grade = np.where(blood, np.array(list("569"), object)[stream.pick(count, (8, 42, 50))], grade)
    grade = np.where((behaviour == "3") & microscopic, grade, "9")
    stage = np.array(list("1239"), dtype=object)[stream.pick(count, (46, 24, 20, 10))]
    stage = np.where(behaviour == "2", "0", np.where(blood, "9", stage))
    revision = np.where(stream.chance(count, 0.012), stream.between(count, 1, 3), 0)
    return Tumours(
        person, site, incidence, in_2020, in_2022, topography, morphology, behaviour, basis,
        grade, side, stage, np.zeros(count, dtype=bool), np.where(in_2020 & in_2022, revision, 0),
    )  # fmt: skip


def _death_certificates(
    tumours: Tumours, people: People, dies_of_it: Bools, stream: Stream
) -> Tumours:
    """Return the tumours with some known from the death certificate or the autopsy alone."""
    death = people.death[tumours.person]
    known_in_time = death <= np.where(tumours.in_2020, LINKAGE_2020, LINKAGE_2022)
    can = dies_of_it & known_in_time & (tumours.revision == 0)
    # A linkage shows a death on the same day as the tumour: late registration included.
    only = can & stream.chance(len(tumours), 0.02)
    autopsy = can & ~only & stream.chance(len(tumours), 0.01)
    blood = np.array([one.is_blood for one in SITES.values()])[tumours.site]
    unspecific = np.where(blood, "9590", "8000").astype(object)
    return replace(
        tumours,
        incidence=np.where(only | autopsy, death, tumours.incidence),
        basis=np.where(only, DEATH_CERTIFICATE_ONLY, np.where(autopsy, "7", tumours.basis)),
        morphology=np.where(only, unspecific, tumours.morphology),
        behaviour=np.where(only, "3", tumours.behaviour),
        grade=np.where(only, "9", tumours.grade),
        stage=np.where(only, "9", tumours.stage),
        at_autopsy=autopsy,
    )


def known_deaths(people: People, tumours: Tumours, seed: int) -> Ints:
    """Return the days of death as known in 2020: a few were corrected by 2022."""
    stream = Stream(seed, "corrected deaths")
    dead = people.death <= LINKAGE_2020 - 40
    certified = np.zeros(len(people), dtype=bool)
    certified[tumours.person[(tumours.basis == DEATH_CERTIFICATE_ONLY) | tumours.at_autopsy]] = True
    wrong = dead & ~certified & stream.chance(len(people), 0.002)
    return np.where(wrong, people.death + stream.between(len(people), 1, 30), people.death)


def has_cancer(people: People, tumours: Tumours) -> Bools:
    """Return which people have a tumour in the linkage of 2022."""
    marked = np.zeros(len(people), dtype=bool)
    marked[tumours.person[tumours.in_2022]] = True
    return marked
