"""Plate layouts: sets together, cases spread evenly, blinded duplicates among them.

A layout depends on the sets, the design and its seed alone: with the seed it can be made again.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.synthetic.streams import Bools, Ints, Stream

SHAPES = {48: (6, 8), 96: (8, 12), 384: (16, 24)}
"""Wells of a plate → rows and columns."""


@dataclass(frozen=True)
class Design:
    """How a shipment is laid out.

    Attributes:
        seed: Decides every random choice; it is kept sealed.
        plate_wells: Wells of a plate, one of `SHAPES`.
        controls: Wells of each plate that stay free for the laboratory's own controls.
        duplicates: Share of the samples that goes out twice.
    """

    seed: int
    plate_wells: int = 96
    controls: int = 8
    duplicates: float = 0.05

    def __post_init__(self) -> None:
        problems = []
        if self.plate_wells not in SHAPES:
            problems.append(f"a plate has {', '.join(map(str, SHAPES))} wells: choose one of these")
        if not 0 <= self.controls < self.plate_wells:
            problems.append("leave at least one well of each plate for samples")
        if not 0 <= self.duplicates <= 0.5:
            problems.append("the share of duplicates is a number from 0 to 0.5, usually 0.05")
        if self.seed < 0:
            problems.append("the seed is a whole number from 0")
        if problems:
            raise ShipmentRefusedError("\n".join(problems))

    @property
    def room(self) -> int:
        """Wells of a plate that samples may stand in."""
        return self.plate_wells - self.controls

    def repeated(self, samples: int) -> int:
        """Return how many samples of a shipment go out twice: one at least, if any do."""
        wanted = round(samples * self.duplicates)
        return max(wanted, 1) if self.duplicates and samples else wanted


def lay_out(sets: Ints, is_case: Bools, may_repeat: Bools, design: Design) -> pl.DataFrame:
    """Return a place on a plate for every sample and every duplicate.

    Sets stand together on one plate, in random order and each in random order within itself.
    Sets of one make-up (so many cases, so many in all) are dealt out evenly over the plates, and
    so are cases. Duplicates are drawn at random, half of them to stand on the plate of their
    original and half on another; they stand by themselves between the sets.

    Args:
        sets: Number of the matched set of each sample.
        is_case: Whether the sample is a case's.
        may_repeat: Whether there is material for two.
        design: Plates, controls, duplicates and seed.

    Returns:
        One row per well in use: `sample` (position in `sets`), `is_duplicate`, `plate` and
        `place` from 0, in order of plate and place.

    Raises:
        ShipmentRefusedError: A set is larger than a plate, or too few samples may be repeated.
    """
    duplicates = design.repeated(len(sets))
    _require_possible(sets, may_repeat, duplicates, design)
    wells = len(sets) + duplicates
    plates = max(-(-wells // design.room), 1)
    while (plate_of := _deal(sets, is_case, plates, design)) is None:
        plates += 1
    originals, their_plates = _draw_duplicates(plate_of, may_repeat, duplicates, plates, design)
    return _ordered(sets, plate_of, originals, their_plates, design)


def well_names(places: Ints, plate_wells: int) -> list[str]:
    """Return the names of places: column by column, as an eight-channel pipette fills a plate.

    The wells left free for controls are the last ones.
    """
    rows, _ = SHAPES[plate_wells]
    return [f"{chr(65 + place % rows)}{place // rows + 1:02d}" for place in places.tolist()]


def _require_possible(sets: Ints, may_repeat: Bools, duplicates: int, design: Design) -> None:
    largest = int(np.unique(sets, return_counts=True)[1].max(initial=0))
    if largest > design.room:
        raise ShipmentRefusedError(
            f"the largest set has {largest} samples, and a plate has room for {design.room}: a set "
            "is never split, so take larger plates, fewer controls, or make the set smaller"
        )
    if (able := int(may_repeat.sum())) < duplicates:
        raise ShipmentRefusedError(
            f"{duplicates} samples go out twice, and {able} tubes have the volume for two: send "
            "less of each (--volume-ul), choose other tubes, or lower --duplicates"
        )


def _deal(sets: Ints, is_case: Bools, plates: int, design: Design) -> Ints | None:
    """Return the plate of each sample, or None if the sets do not fit on so few plates."""
    _, of_set, sizes = np.unique(sets, return_inverse=True, return_counts=True)
    cases = np.bincount(of_set, weights=is_case, minlength=len(sizes)).astype(np.int64)
    stream = Stream(design.seed, f"deal {plates}")
    mixed = stream.order(len(sizes))
    order = mixed[np.lexsort((-cases[mixed], -sizes[mixed]))]
    noise = stream.words(len(sizes) * plates).reshape(len(sizes), plates)
    filled, with_cases = np.zeros(plates, dtype=np.int64), np.zeros(plates, dtype=np.int64)
    alike, make_up = np.zeros(plates, dtype=np.int64), (-1, -1)
    plate_of_set = np.zeros(len(sizes), dtype=np.int64)
    for number in order.tolist():
        size, of_cases = int(sizes[number]), int(cases[number])
        if (size, of_cases) != make_up:
            make_up, alike = (size, of_cases), np.zeros(plates, dtype=np.int64)
        choice = np.lexsort((noise[number], filled, with_cases, alike))
        fits = choice[filled[choice] + size <= design.room]
        if not len(fits):
            return None
        plate = fits[0]
        plate_of_set[number] = plate
        filled[plate] += size
        with_cases[plate] += of_cases
        alike[plate] += 1
    return plate_of_set[of_set]


def _draw_duplicates(
    plate_of: Ints, may_repeat: Bools, count: int, plates: int, design: Design
) -> tuple[Ints, Ints]:
    """Return the originals and the plates of the duplicates, each plate as full as the others."""
    stream = Stream(design.seed, "duplicates")
    filled = np.bincount(plate_of, minlength=plates)
    slots = []
    for noise in stream.words(count * plates).reshape(count, plates):
        plate = int(np.lexsort((noise, filled))[0])
        filled[plate] += 1
        slots.append(plate)
    mixed = np.array(slots, dtype=np.int64)[stream.order(count)]
    free = may_repeat.copy()
    ranks = stream.order(len(plate_of))
    originals = np.zeros(count, dtype=np.int64)
    for number, plate in enumerate(mixed.tolist()):
        same = number < (count + 1) // 2 or plates == 1
        able = ranks[free[ranks] & ((plate_of[ranks] == plate) == same)]
        # Where no such sample is left, one of the other kind is better than none.
        chosen = able[0] if len(able) else ranks[free[ranks]][0]
        originals[number], free[chosen] = chosen, False
    return originals, mixed


def _ordered(
    sets: Ints, plate_of: Ints, originals: Ints, their_plates: Ints, design: Design
) -> pl.DataFrame:
    stream = Stream(design.seed, "order")
    count = len(sets) + len(originals)
    # What stands together: a set, or one duplicate by itself.
    _, of_set = np.unique(sets, return_inverse=True)
    first = int(of_set.max(initial=-1)) + 1
    units = np.concatenate([of_set, first + np.arange(len(originals))])
    unit_rank = stream.order(first + len(originals))
    frame = pl.DataFrame({
        "sample": np.concatenate([np.arange(len(sets)), originals]),
        "is_duplicate": np.arange(count) >= len(sets),
        "plate": np.concatenate([plate_of, their_plates]),
        "unit": unit_rank[units],
        "within": stream.order(count),
    })  # fmt: skip
    return (
        frame.sort("plate", "unit", "within")
        .with_columns(place=pl.int_range(pl.len()).over("plate"))
        .select("sample", "is_duplicate", "plate", "place")
    )
