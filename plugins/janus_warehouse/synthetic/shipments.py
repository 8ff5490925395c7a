"""Which donors' tubes went to which laboratory, under which study code."""

from dataclasses import dataclass

import numpy as np

from janus_warehouse.synthetic.cancers import Tumours, has_cancer
from janus_warehouse.synthetic.people import NEVER, Draws, People, day
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.sites import SITES
from janus_warehouse.synthetic.streams import Bools, Ints, Stream

_CODE_SPACE = 36**8
_SCRAMBLE = 1_900_813
"""Not divisible by 2 or 3, so different places give different codes."""


@dataclass(frozen=True)
class Study:
    """A project that has sent tubes to a laboratory."""

    project_id: str
    laboratory: str
    shipped: int
    duplicates_pct: int
    volume_ul: int
    sites: tuple[str, ...] = ()
    """Patients of these sites go first, the first site before the second."""


STUDIES = {
    "pfas": Study("pfas-testicular-cancer", "toxicology_lab", day(2018, 9, 10), 5, 250,
                  ("testis", "kidney")),
    "pcb_rest": Study("pfas-testicular-cancer", "toxicology_lab", day(2019, 2, 4), 0, 250),
    "serology": Study("hpv-ebv-head-neck", "serology_lab", day(2015, 11, 16), 5, 50,
                      ("mouth", "larynx", "cervix")),
    "rna": Study("small-rna-early-detection", "sequencing_lab", day(2017, 3, 6), 5, 200),
}  # fmt: skip

_FEWEST_DUPLICATES = 4
"""Of a study that has any: of fewer pairs the gate says nothing."""

_PLATE_WELLS = 88
"""The last eight of the 96 wells hold the laboratory's controls."""


@dataclass(frozen=True)
class Shipments:
    """One row per study code; `draw` is the donor's first draw, whose first tube was sent.

    A set is one patient with at most one control. The bank laid these shipments out in random
    order of samples, before it kept sets together; `place` counts from 0 within a study.
    """

    study: Ints
    person: Ints
    draw: Ints
    code_number: Ints
    is_duplicate: Bools
    set_number: Ints
    place: Ints

    @property
    def plate(self) -> Ints:
        """Plate of its shipment that each sample is on, from 1."""
        return self.place // _PLATE_WELLS + 1

    @property
    def well(self) -> Ints:
        """Well of the plate, row by row from 0."""
        return self.place % _PLATE_WELLS

    def of(self, name: str) -> Ints:
        """Return the rows of a study."""
        return np.flatnonzero(self.study == list(STUDIES).index(name))


def make_shipments(
    people: People, draws: Draws, tumours: Tumours, plan: Plan, seed: int
) -> Shipments:
    """Return the shipments: later patients first, then donors free of cancer, per study."""
    stream = Stream(seed, "shipments")
    cancer = has_cancer(people, tumours)
    standing = people.withdrawn == NEVER
    sick = np.flatnonzero(cancer & standing)
    well = np.flatnonzero(~cancer & standing)
    sizes = {
        "pfas": (plan.toxicology_samples, 2 * plan.toxicology_samples // 3),
        "pcb_rest": (plan.refused_toxicology_samples, 2 * plan.refused_toxicology_samples // 3),
        "serology": (plan.serology_samples, plan.serology_samples // 2),
        # The first round of sequencing: 1,631 later patients and 673 controls.
        "rna": (plan.rna_samples, plan.rna_samples * 1631 // 2304),
    }
    study, person, duplicate, sets, place = [], [], [], [], []
    for at, (name, (size, patients)) in enumerate(sizes.items()):
        chosen = np.concatenate([
            _patients(sick, STUDIES[name], tumours, stream)[:patients],
            well[stream.sample(len(well), size - patients)],
        ])  # fmt: skip
        again = stream.sample(len(chosen), _duplicates(size, STUDIES[name].duplicates_pct))
        both = np.concatenate([np.arange(len(chosen)), again])
        is_again = np.arange(len(both)) >= len(chosen)
        mixed = stream.order(len(both))
        person.append(chosen[both[mixed]])
        # Of the chosen the patients come first: the first control goes with the first patient.
        sets.append((both[mixed] % patients) + 1)
        place.append(np.arange(len(both)))
        duplicate.append(is_again[mixed])
        study.append(np.full(len(both), at))
    persons = np.concatenate(person)
    start = int(stream.below(1, 2**31)[0])
    return Shipments(
        study=np.concatenate(study),
        person=persons,
        draw=_first_draw(draws, len(people))[persons],
        code_number=(start + np.arange(len(persons)) * _SCRAMBLE * 997) % _CODE_SPACE,
        is_duplicate=np.concatenate(duplicate),
        set_number=np.concatenate(sets),
        place=np.concatenate(place),
    )


def _duplicates(size: int, percent: int) -> int:
    return max(size * percent // 100, _FEWEST_DUPLICATES) if percent else 0


def _patients(sick: Ints, study: Study, tumours: Tumours, stream: Stream) -> Ints:
    """Return the patients in random order, those of the study's sites first."""
    mixed = sick[stream.order(len(sick))]
    rank = np.full(len(mixed), len(study.sites))
    for at, name in reversed(list(enumerate(study.sites))):
        of_site = (tumours.site == list(SITES).index(name)) & tumours.in_2022
        rank[np.isin(mixed, tumours.person[of_site])] = at
    return mixed[np.argsort(rank, kind="stable")]


def _first_draw(draws: Draws, people: int) -> Ints:
    first = np.full(people, -1, dtype=np.int64)
    # Draws are in order of date: written backwards, the first one stays.
    first[draws.person[::-1]] = np.arange(len(draws.person))[::-1]
    return first


def study_codes(numbers: Ints) -> list[str]:
    """Return study codes: S and eight letters or digits that tell nothing."""
    alphabet = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    digits = [alphabet[numbers // 36**power % 36] for power in range(7, -1, -1)]
    return ["S" + "".join(parts) for parts in zip(*digits, strict=True)]
