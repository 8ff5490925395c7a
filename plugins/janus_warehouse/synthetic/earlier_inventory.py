"""An earlier list of the freezer system: the tubes that had a barcode by then.

By the end of 2014 the bank had put barcodes on tubes that were to be sent out, and on every
hundredth other. They stood in a freezer that was emptied since. A few of them were noted wrongly.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.inventory import (
    Table,
    barcodes,
    draw_ids,
    known_tubes,
    tube_draws,
    wells,
)
from janus_warehouse.synthetic.shipments import STUDIES
from janus_warehouse.synthetic.streams import Ints
from janus_warehouse.synthetic.world import World

_FREEZER = "F80"
_PLACES = 96
_SHARE_WRONG = 0.01
_STORED = 0
_OF_SENT = (
    "sent_more_than_held", "used_up_but_stored", "volume_not_lowered",
    "volume_grew_at_laboratory", "thaws_not_counted",
)  # fmt: skip


@dataclass(frozen=True)
class _Wrong:
    """Which of the listed tubes are noted wrongly, by what the later list contradicts."""

    volume: Ints
    thaws: Ints
    used_up: Ints
    draw: Ints
    gone: Ints
    """Of these a twin is listed that no later list knows."""


def tube_findings(world: World) -> dict[str, int]:
    """Return how many tubes the two lists, and the shipments between them, must disagree on."""
    wrong = _wrong(world, _listed(world))
    return {
        "volume_grew": len(wrong.volume) + len(wrong.used_up),
        "thaws_fell": len(wrong.thaws),
        "revived": len(wrong.used_up),
        "draw_changed": len(wrong.draw),
        "left_inventory": len(wrong.gone),
        "place_shared": 0,
        **dict.fromkeys(_OF_SENT, 0),
    }


def tubes(world: World) -> Table:
    """Return the tubes as they were before any of them was sent."""
    known, listed = known_tubes(world), _listed(world)
    wrong = _wrong(world, listed)
    volume = known.volume[listed] + _sent_volume(world)[listed]
    # What is used up today without having been sent held something then: an empty tube is not kept.
    volume = np.where(volume == 0, 300, volume)
    thaws = np.where(_is_sent(world)[listed], np.maximum(known.thaws[listed] - 1, 0),
                     known.thaws[listed])  # fmt: skip
    draw = known.draw[listed].copy()
    volume[wrong.volume] -= 50
    volume[wrong.used_up] = 0
    thaws[wrong.thaws] += 2
    draw[wrong.draw] = np.where(draw[wrong.draw] > 0, draw[wrong.draw] - 1, draw[wrong.draw] + 1)
    is_used_up = np.zeros(len(listed), dtype=bool)
    is_used_up[wrong.used_up] = True
    codes = barcodes(world, np.arange(len(known.draw)))
    place = np.arange(len(listed))
    frame = pl.DataFrame({
        "tube_barcode": codes.gather(listed),
        "draw_id": draw_ids(draw),
        "material_code": texts.coded(("SER", "PL1", "BUF"), known.material[listed]),
        "volume_ul": texts.whole(volume),
        "thaw_count": texts.whole(thaws),
        "freezer": texts.without(pl.repeat(_FREEZER, len(listed), eager=True), is_used_up),
        "rack": texts.without("R" + texts.whole(place // _PLACES // 20 + 1).str.zfill(3),
                              is_used_up),
        "box": texts.without("B" + texts.whole(place // _PLACES % 20 + 1).str.zfill(2),
                             is_used_up),
        "position": texts.without(wells(place % _PLACES), is_used_up),
        "tube_status": texts.coded(("stored", "used_up"), is_used_up.astype(np.int64)),
        "parent_barcode": texts.without(codes.gather(known.first[listed]),
                                        ~known.is_aliquot[listed]),
    })  # fmt: skip
    twins = frame[wrong.gone].with_columns(
        tube_barcode=texts.whole(8_000_000_000 + np.arange(len(wrong.gone))),
        freezer=pl.lit("F81"), parent_barcode=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    made = pl.concat([frame, twins])
    return made, Planted(made.height)


def _is_sent(world: World) -> np.ndarray:
    is_sent = np.zeros(world.plan.tubes, dtype=bool)
    is_sent[np.searchsorted(tube_draws(world), world.shipments.draw)] = True
    return is_sent


def _sent_volume(world: World) -> Ints:
    """Return what was taken of each tube since, over all studies and codes."""
    volumes = np.array([study.volume_ul for study in STUDIES.values()])[world.shipments.study]
    taken = np.zeros(world.plan.tubes, dtype=np.int64)
    np.add.at(taken, np.searchsorted(tube_draws(world), world.shipments.draw), volumes)
    return taken


def _listed(world: World) -> Ints:
    """Return the tubes of the list, by their place among all."""
    return np.flatnonzero(_is_sent(world) | (np.arange(world.plan.tubes) % 100 == 0))


def _wrong(world: World, listed: Ints) -> _Wrong:
    """Return places in the list, of tubes never sent and in store today; none has two faults."""
    known = known_tubes(world)
    fit = np.flatnonzero(
        ~_is_sent(world)[listed] & (known.status[listed] == _STORED)
        & (known.volume[listed] >= 150)
    )  # fmt: skip
    order = fit[world.stream("earlier inventory").order(len(fit))]
    count = max(round(_SHARE_WRONG * len(order)), 1)
    parts = [np.sort(order[at * count : (at + 1) * count]) for at in range(5)]
    return _Wrong(*parts)
