"""The registries' tables: cancer cases, deaths, residents, moves, number changes, censuses."""

from dataclasses import replace

import numpy as np
import polars as pl

from janus_warehouse.synthetic import places, texts
from janus_warehouse.synthetic.cancers import LINKAGE_2020, Tumours, known_deaths
from janus_warehouse.synthetic.census import number_faults
from janus_warehouse.synthetic.dirt import Fault, Planted, plant, stranger, wrong_check_digit
from janus_warehouse.synthetic.inventory import Table
from janus_warehouse.synthetic.people import day, status_on
from janus_warehouse.synthetic.primaries import count_primaries
from janus_warehouse.synthetic.restatement import renumbered, tumour_numbers
from janus_warehouse.synthetic.sites import SITES
from janus_warehouse.synthetic.streams import Ints
from janus_warehouse.synthetic.suspicions import plant_suspicions
from janus_warehouse.synthetic.world import World

_ICD7_UNTIL = day(1993)
_VITAL = ("", "1", "2", "3")


def deaths_as_known(world: World, as_of: int) -> Ints:
    """Return the days of death as the registries had them on a day."""
    if as_of > LINKAGE_2020:
        return world.people.death
    return known_deaths(world.people, world.tumours, world.seed)


def cases(world: World, as_of: int) -> Table:
    """Return the linkage of the cancer registry as of a day, with faults."""
    early = as_of <= LINKAGE_2020
    everything = world.tumours
    known = np.flatnonzero(everything.in_2020 if early else everything.in_2022)
    frame = _case_rows(world, everything.take(known), known, as_of, revised=not early)
    frame, flags = plant_suspicions(frame, world, known)
    primaries = count_primaries(frame)
    contract = world.contracts["cancer_registry", "cases"]
    frame, planted = plant(
        frame, contract, _case_faults(world), world.stream(f"dirt cases {as_of}"),
        new_key=_new_case,
    )  # fmt: skip
    return frame, replace(planted, flags=flags, primaries=primaries)


def _case_rows(
    world: World, tumours: Tumours, rank: Ints, as_of: int, *, revised: bool
) -> pl.DataFrame:
    people, person = world.people, tumours.person
    status, since = status_on(people, as_of, deaths_as_known(world, as_of))
    before = (tumours.revision > 0) & (not revised)
    icd7 = np.array([site.icd7 for site in SITES.values()], dtype=object)[tumours.site]
    had_another = renumbered(world.tumours, world.seed)[rank] & (not revised)
    stream = world.stream("case details")
    quality = stream.pick(len(world.tumours), (90, 8, 2))[rank]
    nine_site = pl.Series([site.whole for site in SITES.values()]).gather(tumours.site)
    site = texts.plain(tumours.topography)
    grade, stage = texts.plain(tumours.grade), texts.plain(tumours.stage)
    return pl.DataFrame({
        "person_number": world.number_text.gather(person),
        "tumour_id": "T" + texts.whole(tumour_numbers(rank, had_another)),
        "tumour_sequence": texts.whole(_sequence(tumours)),
        "birth_date": texts.dates(people.birth[person]),
        "sex_code": texts.coded(_VITAL[:3], people.sex[person]),
        "municipality_code": places.codes(people.place[person], tumours.incidence),
        "incidence_date": texts.dates(tumours.incidence),
        "incidence_date_quality": texts.coded("123", quality),
        "basis_code": texts.plain(tumours.basis),
        "topography_code": nine_site.zip_with(pl.Series(before & (tumours.revision == 3)), site),
        "morphology_code": texts.plain(tumours.morphology),
        "behaviour_code": texts.plain(tumours.behaviour),
        "grade_code": texts.instead(grade, before & (tumours.revision == 2), "9"),
        "laterality_code": texts.plain(tumours.laterality),
        "stage_code": texts.instead(stage, before & (tumours.revision == 1), "9"),
        "found_at_autopsy": texts.coded("01", tumours.at_autopsy.astype(np.int64)),
        "vital_status_code": texts.coded(_VITAL, status[person]),
        "follow_up_date": texts.dates(since[person]),
        "icd7_code": texts.without(texts.plain(icd7), tumours.incidence >= _ICD7_UNTIL),
    })  # fmt: skip


def _sequence(tumours: Tumours) -> Ints:
    """Return 1 for a person's first tumour, 2 for the second, in order of incidence."""
    order = np.lexsort((tumours.incidence, tumours.person))
    person = tumours.person[order]
    starts = np.concatenate([[True], person[1:] != person[:-1]])
    first = np.maximum.accumulate(np.where(starts, np.arange(len(person)), 0))
    sequence = np.empty(len(person), np.int64)
    sequence[order] = np.arange(len(person)) - first + 1
    return sequence


def _new_case(rows: pl.DataFrame, keyed: int) -> pl.DataFrame:
    fresh = texts.whole(900_000_000 + np.arange(keyed, keyed + rows.height))
    return rows.with_columns(tumour_id="T" + fresh)


def _case_faults(world: World) -> list[Fault]:
    # What the door refuses; what the rules over cases find is planted apart, and enters.
    ordinary = (pl.col("morphology_code") == "8720") & (pl.col("basis_code") == "7")
    return [
        Fault("bad_code", ("basis_code.codes",), {"basis_code": "8"}, ordinary),
        Fault("impossible_date", ("incidence_date.type",), {"incidence_date": "2019-02-30"},
              ordinary),
        Fault("bad_form", ("topography_code.pattern",), {"topography_code": "C4O5"}, ordinary),
        Fault("missing_required", ("morphology_code.required",), {"morphology_code": None},
              ordinary),
        Fault("unknown_person", ("person.known",), {"person_number": stranger(world.strangers)},
              ordinary),
        Fault("invalid_number", ("person.valid", "person.known"),
              {"person_number": wrong_check_digit()}, ordinary),
        Fault("repeated_key", ("key.unique",), where=ordinary, pairs=True),
    ]  # fmt: skip


def deaths(world: World, as_of: int) -> Table:
    """Return the causes of death as of a day, with faults."""
    death = deaths_as_known(world, as_of)
    dead = np.flatnonzero(death <= as_of)
    dead = dead[np.argsort(death[dead], kind="stable")]
    stream = world.stream("death details")
    count = len(world.people)
    other = stream.pick(count, (60, 15, 15, 10))[dead]
    autopsied = stream.chance(count, 0.06)[dead].astype(np.int64)
    frame = pl.DataFrame({
        "person_number": world.number_text.gather(dead),
        "death_date": texts.dates(death[dead], "yyyyMMdd"),
        "underlying_cause_code": texts.plain(world.people.cause[dead]),
        "contributing_cause_codes": texts.without(
            texts.coded(("", "I10", "E119 I10", "J189 N179 R64"), other), other == 0),
        "is_autopsied": texts.coded("01", autopsied),
    })  # fmt: skip
    faults = [
        *number_faults(world),
        Fault("impossible_date", ("death_date.type",), {"death_date": "20190230"}),
        Fault("implausible_value", ("death_after_collection_began",), {"death_date": "19190417"}),
        Fault("bad_form", ("underlying_cause_code.pattern",), {"underlying_cause_code": "50.9"}),
        Fault("missing_required", ("underlying_cause_code.required",),
              {"underlying_cause_code": None}),
    ]  # fmt: skip
    contract = world.contracts["cause_of_death", "deaths"]
    return plant(frame, contract, faults, world.stream(f"dirt deaths {as_of}"))


def residents(world: World, as_of: int) -> Table:
    """Return the residents as of a day, with faults."""
    people = world.people
    status, since = status_on(people, as_of, deaths_as_known(world, as_of))
    form = "dd.MM.yyyy"
    frame = pl.DataFrame({
        "person_number": world.number_text,
        "sex_code": texts.coded(_VITAL[:3], people.sex),
        "birth_date": texts.dates(people.birth, form),
        "vital_status_code": texts.coded(_VITAL, status),
        "status_date": texts.dates(since, form),
        "municipality_code": places.codes(people.place, since),
    })[world.stream("residents order").order(len(people))]  # fmt: skip
    faults = [
        *number_faults(world),
        Fault("bad_code", ("vital_status_code.codes",), {"vital_status_code": "5"}),
        Fault("impossible_date", ("birth_date.type",), {"birth_date": "31.04.1948"}),
        Fault("contradiction", ("status_after_birth",), {"status_date": "01.01.1899"}),
        Fault("implausible_value", ("status_not_in_the_future",), {"status_date": "01.02.2092"}),
        Fault("bad_form", ("municipality_code.pattern",), {"municipality_code": "Oslo"}),
    ]  # fmt: skip
    contract = world.contracts["population_register", "residents"]
    return plant(frame, contract, faults, world.stream(f"dirt residents {as_of}"))


def migrations(world: World, as_of: int) -> Table:
    """Return the moves out of and into Norway as of a day, with faults."""
    people = world.people
    out = np.flatnonzero(people.emigrated <= as_of)
    back = np.flatnonzero(people.returned <= as_of)
    person = np.concatenate([out, back])
    days = np.concatenate([people.emigrated[out], people.returned[back]])
    kind = np.repeat([0, 1], [len(out), len(back)])
    order = np.lexsort((kind, person, days))
    frame = pl.DataFrame({
        "person_number": world.number_text.gather(person[order]),
        "migration_type": texts.coded(("emigrated", "immigrated"), kind[order]),
        "migration_date": texts.dates(days[order], "dd.MM.yyyy"),
    })  # fmt: skip
    faults = [
        *number_faults(world),
        Fault("bad_code", ("migration_type.codes",), {"migration_type": "moved"}),
        Fault("impossible_date", ("migration_date.type",), {"migration_date": "29.02.2001"}),
    ]
    contract = world.contracts["population_register", "migrations"]
    return plant(frame, contract, faults, world.stream(f"dirt migrations {as_of}"))


def number_changes(world: World, as_of: int) -> Table:
    """Return the D-numbers that were replaced by ordinary numbers; none of them is wrong.

    Of donors whom the bank entered under both, the second linkage is the first to tell.
    """
    people = world.people
    changed = np.flatnonzero(people.number != people.ordinary_number)
    days = world.stream("number changes").between(len(people), day(2005), day(2022, 12, 1))
    lately = world.stream("told lately").between(len(world.twice), day(2021), day(2022, 12, 1))
    days[world.twice] = lately
    alive = np.minimum(people.death, people.emigrated)
    changed = changed[(days[changed] <= as_of) & (days[changed] < alive[changed])]
    frame = pl.DataFrame({
        "person_number": world.number_text.gather(changed),
        "new_number": texts.numbers11(people.ordinary_number[changed]),
        "changed_date": texts.dates(days[changed], "dd.MM.yyyy"),
    })  # fmt: skip
    return frame, Planted(frame.height)
