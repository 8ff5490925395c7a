"""The freezer system's tables: donors, draws, tubes, shipments."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from janus_warehouse.synthetic import places, texts
from janus_warehouse.synthetic.dirt import Fault, Planted, plant, wrong_check_digit
from janus_warehouse.synthetic.people import NEVER, PROGRAMMES
from janus_warehouse.synthetic.shipments import STUDIES, study_codes
from janus_warehouse.synthetic.streams import Bools, Ints
from janus_warehouse.synthetic.world import World

Table = tuple[pl.DataFrame, Planted]
_BOX_PLACES = 96
_BOXES, _RACKS = 20, 250
_FREEZER = _BOXES * _RACKS


def donor_numbers(world: World) -> pl.Series:
    """Return the bank's number of each donor."""
    order = world.stream("donor numbers").order(len(world.people))
    return "J" + texts.whole(order + 1).str.zfill(7)


def second_numbers(world: World) -> pl.Series:
    """Return the bank's numbers of the second entries, in the order of `world.twice`."""
    first = len(world.people) + 1
    return "J" + texts.whole(np.arange(first, first + len(world.twice))).str.zfill(7)


def draw_donors(world: World) -> pl.Series:
    """Return the bank's number under which each draw stands.

    Whoever was entered twice gave blood as the first entry once, and as the second ever after.
    """
    person = world.draws.person
    first_draw = np.unique(person, return_index=True)[1]
    again = np.ones(len(person), dtype=bool)
    again[first_draw] = False
    again &= np.isin(person, world.twice)
    numbers = pl.concat([donor_numbers(world), second_numbers(world)])
    second = len(world.people) + np.searchsorted(world.twice, person)
    return numbers.gather(np.where(again, second, person))


def draw_ids(rows: Ints) -> pl.Series:
    """Return draw ids; draws are numbered by date."""
    return "D" + texts.whole(rows + 1).str.zfill(8)


def donors(world: World) -> Table:
    """Return the donor register, with faults; at its end are the second entries of a few."""
    people, names = world.people, list(PROGRAMMES)
    entry = np.concatenate([np.arange(len(people)), world.twice])
    is_blood_donor = people.programme == names.index("red_cross")
    gone = people.withdrawn < NEVER
    second = texts.numbers11(people.ordinary_number[world.twice])
    frame = pl.DataFrame({
        "donor_number": pl.concat([donor_numbers(world), second_numbers(world)]),
        "person_number": pl.concat([world.number_text, second]),
        "sex_code": texts.coded(("", "1", "2"), people.sex[entry]),
        "birth_date": texts.dates(people.birth[entry]),
        "donor_group": texts.coded(("survey", "red_cross"), is_blood_donor[entry].astype(np.int64)),
        "consent_status": texts.coded(("active", "withdrawn"), gone[entry].astype(np.int64)),
        "withdrawn_date": texts.dates(people.withdrawn[entry]),
    })  # fmt: skip
    active = pl.col("consent_status") == "active"
    faults = [
        Fault("invalid_number", ("person.valid",), {"person_number": wrong_check_digit()}),
        Fault("bad_code", ("sex_code.codes",), {"sex_code": "3"}),
        Fault("impossible_date", ("birth_date.type",), {"birth_date": "1949-02-30"}),
        Fault("implausible_value", ("birth_in_donor_generations",), {"birth_date": "2001-05-17"},
              where=active),
        Fault("contradiction", ("withdrawal_has_a_date",), {"consent_status": "withdrawn"},
              where=active),
        Fault("bad_form", ("donor_number.pattern",), {
            "donor_number": pl.col("donor_number").str.replace("^J", "j")}),
        # Two donors with one identity number.
        Fault("repeated_key", ("person_number.unique",), pairs=True, twin={
            "donor_number": pl.col("donor_number").str.replace("^J9", "J8")}),
    ]  # fmt: skip

    def new_key(rows: pl.DataFrame, keyed: int) -> pl.DataFrame:
        fresh = world.strangers.gather(np.arange(keyed, keyed + rows.height))
        number = texts.whole(np.arange(keyed, keyed + rows.height) + 9_000_001)
        return rows.with_columns(person_number=fresh, donor_number="J" + number)

    return plant(
        frame, world.contracts["biobank", "donors"], faults, world.stream("dirt donors"),
        new_key=new_key,
    )  # fmt: skip


def draws(world: World) -> Table:
    """Return the blood draws, with faults."""
    made, names = world.draws, list(PROGRAMMES)
    stream = world.stream("draw details")
    count = len(made.person)
    fasting = stream.pick(count, (10, 22, 24, 18, 10, 6, 3, 2, 1, 1, 1, 1, 1))
    unasked = (made.programme == names.index("age40_1990")) | stream.chance(count, 0.08)
    frame = pl.DataFrame({
        "draw_id": draw_ids(np.arange(count)),
        "donor_number": draw_donors(world),
        "draw_date": texts.dates(made.day),
        "survey_id": texts.coded(names, made.programme),
        "municipality_code": places.codes(world.people.place[made.person], made.day),
        "fasting_hours": texts.without(texts.whole(fasting), unasked),
    })  # fmt: skip
    faults = [
        Fault("unknown_person", ("person.known",), {"donor_number": "J8999999"}),
        Fault("impossible_date", ("draw_date.type",), {"draw_date": "1987-11-31"}),
        Fault("implausible_value", ("draw_within_collection_period",),
              {"draw_date": "2014-03-12"}),
        Fault("bad_code", ("survey_id.codes",), {"survey_id": "age40_1890"}),
        Fault("bad_form", ("municipality_code.pattern",), {"municipality_code": "301"}),
        Fault("repeated_key", ("key.unique",), {}, pairs=True),
    ]  # fmt: skip

    def new_key(rows: pl.DataFrame, keyed: int) -> pl.DataFrame:
        return rows.with_columns(
            draw_id=draw_ids(np.arange(keyed, keyed + rows.height) + 90_000_000)
        )

    return plant(
        frame, world.contracts["biobank", "draws"], faults, world.stream("dirt draws"),
        new_key=new_key,
    )  # fmt: skip


def tube_draws(world: World) -> Ints:
    """Return the draw of each tube, in order of draw: every draw has one at least."""
    count = len(world.draws.person)
    more = world.stream("tubes").below(world.plan.tubes - count, count)
    return np.sort(np.concatenate([np.arange(count), more]))


def barcodes(world: World, tubes: Ints) -> pl.Series:
    """Return the barcodes of tubes, by their place in `tube_draws`."""
    noise = world.stream("barcodes").below(world.plan.tubes, 11)
    return texts.whole(1_000_000_000 + tubes * 11 + noise[tubes])


@dataclass(frozen=True)
class KnownTubes:
    """What the freezer system knows of each tube but its place."""

    draw: Ints
    first: Ints
    """The first tube of the same draw."""
    is_aliquot: Bools
    status: Ints
    volume: Ints
    material: Ints
    thaws: Ints


def known_tubes(world: World) -> KnownTubes:
    draw = tube_draws(world)
    count = len(draw)
    stream = world.stream("tube details")
    is_first = np.concatenate([[True], draw[1:] != draw[:-1]])
    first = np.maximum.accumulate(np.where(is_first, np.arange(count), 0))
    is_aliquot = ~is_first & stream.chance(count, 0.3)
    status = stream.pick(count, (930, 25, 35, 10))
    volume = np.where(
        is_aliquot, 100 + 50 * stream.below(count, 9), 300 + 50 * stream.below(count, 25)
    )
    return KnownTubes(
        draw, first, is_aliquot, status,
        volume=np.where(status == 2, 0, volume),
        material=stream.pick(count, (985, 10, 5)),
        thaws=stream.pick(count, (60, 25, 10, 4, 1)),
    )  # fmt: skip


def tubes(world: World) -> Table:
    """Return the tubes, with faults."""
    made = known_tubes(world)
    status = made.status
    place = np.cumsum(status == 0) - 1
    lost = status != 0
    box = place // _BOX_PLACES
    codes = barcodes(world, np.arange(len(status)))
    frame = pl.DataFrame({
        "tube_barcode": codes,
        "draw_id": draw_ids(made.draw),
        "material_code": texts.coded(("SER", "PL1", "BUF"), made.material),
        "volume_ul": texts.whole(made.volume),
        "thaw_count": texts.whole(made.thaws),
        "freezer": texts.without("F" + texts.whole(box // _FREEZER + 1).str.zfill(2), lost),
        "rack": texts.without("R" + texts.whole(box // _BOXES % _RACKS + 1).str.zfill(3), lost),
        "box": texts.without("B" + texts.whole(box % _BOXES + 1).str.zfill(2), lost),
        "position": texts.without(wells(place % _BOX_PLACES), lost),
        "tube_status": texts.coded(("stored", "issued", "used_up", "missing"), status),
        "parent_barcode": texts.without(codes.gather(made.first), ~made.is_aliquot),
    })  # fmt: skip
    return plant(
        frame, world.contracts["biobank", "tubes"], _tube_faults(), world.stream("dirt tubes"),
        new_key=_new_tube,
    )  # fmt: skip


def _tube_faults() -> list[Fault]:
    stored = pl.col("tube_status") == "stored"
    return [
        Fault("bad_code", ("tube_status.codes",), {"tube_status": "lost"}),
        Fault("implausible_value", ("volume_ul.range",), {"volume_ul": "15000"}, where=stored),
        Fault("contradiction", ("stored_tube_has_a_place",), {"rack": None, "box": None},
              where=stored),
        Fault("contradiction", ("used_up_tube_is_empty",), {"tube_status": "used_up"},
              where=stored),
        Fault("unknown_reference", ("draw_is_known",), {"draw_id": "D99999999"}),
        Fault("missing_required", ("material_code.required",), {"material_code": None}),
        Fault("bad_form", ("rack.pattern",), {"rack": "R1"}, where=stored),
        Fault("repeated_key", ("key.unique",), {}, pairs=True),
    ]  # fmt: skip


def _new_tube(rows: pl.DataFrame, keyed: int) -> pl.DataFrame:
    """Return copies of tubes with barcodes and freezer places of their own."""
    place = np.arange(keyed, keyed + rows.height)
    stored = pl.col("tube_status") == "stored"
    freezer = "F9" + texts.whole(place // 1000 % 10)
    return rows.with_columns(
        tube_barcode=texts.whole(9_000_000_000 + place),
        freezer=pl.when(stored).then(pl.lit(freezer)),
    )


def shipments(world: World) -> Table:
    """Return the shipments of all studies; none of them is wrong.

    No tube was thawed after the material was taken out of it, so its thaws are those of today.
    """
    sent = world.shipments
    starts = np.searchsorted(tube_draws(world), sent.draw)
    studies = list(STUDIES.values())
    days = np.array([study.shipped for study in studies])[sent.study]
    volumes = np.array([study.volume_ul for study in studies])[sent.study]
    frame = pl.DataFrame({
        "study_code": study_codes(sent.code_number),
        "donor_number": draw_donors(world).gather(sent.draw),
        "tube_barcode": barcodes(world, starts),
        "project_id": texts.coded([study.project_id for study in studies], sent.study),
        "laboratory": texts.coded([study.laboratory for study in studies], sent.study),
        "shipped_date": texts.dates(days),
        "is_blinded_duplicate": texts.coded(("false", "true"), sent.is_duplicate.astype(np.int64)),
        "shipment_id": texts.coded(_shipment_ids(), sent.study),
        "plate_id": "P" + texts.whole(sent.plate).str.zfill(3),
        "well": wells(sent.well),
        "volume_ul": texts.whole(volumes),
        "thaw_count": texts.whole(known_tubes(world).thaws[starts]),
        "set_number": texts.whole(sent.set_number),
    })  # fmt: skip
    return frame, Planted(frame.height)


def _shipment_ids() -> list[str]:
    """Return the shipment of each study: numbered within its project, oldest first."""
    projects = [study.project_id for study in STUDIES.values()]
    return [f"{name}-{projects[: at + 1].count(name)}" for at, name in enumerate(projects)]


def wells(places: Ints) -> pl.Series:
    """Return the names of places in a box or on a plate of 8 rows and 12 columns."""
    return texts.coded("ABCDEFGH", places // 12) + texts.whole(places % 12 + 1).str.zfill(2)
