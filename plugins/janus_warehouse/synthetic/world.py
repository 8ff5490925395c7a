"""Everything the deliveries tell of, made once: people, draws, tumours, tubes, shipments."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.cancers import Tumours, make_tumours
from janus_warehouse.synthetic.numbers import make_numbers
from janus_warehouse.synthetic.people import Draws, People, day, make_people, register_twice
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.shipments import Shipments, make_shipments
from janus_warehouse.synthetic.streams import Ints, Stream


@dataclass(frozen=True)
class World:
    """What is true before anybody writes it down."""

    seed: int
    plan: Plan
    people: People
    draws: Draws
    tumours: Tumours
    shipments: Shipments
    twice: Ints
    """Donors whom the bank has entered a second time, under their ordinary number."""
    number_text: pl.Series
    """Identity number of each person, as text."""
    strangers: pl.Series
    """Numbers of people who are not in the bank."""
    contracts: dict[tuple[str, str], Contract]

    def stream(self, name: str) -> Stream:
        """Return random draws for a purpose."""
        return Stream(self.seed, name)


def make_world(plan: Plan, seed: int) -> World:
    """Return the world of a plan and seed."""
    people, draws = make_people(plan, seed)
    tumours = make_tumours(people, plan, seed)
    twice = register_twice(people, draws, plan.registered_twice, seed)
    folder = get_settings().expectations_dir
    contracts = {
        (contract.source, contract.table): contract
        for contract in load_contracts(folder)
        if contract.collection == "janus"
    }
    return World(
        seed=seed,
        plan=plan,
        people=people,
        draws=draws,
        tumours=tumours,
        shipments=make_shipments(people, draws, tumours, plan, seed),
        twice=twice,
        number_text=texts.numbers11(people.number),
        strangers=_strangers(1_000 + plan.donors // 250, Stream(seed, "strangers")),
        contracts=contracts,
    )


def _strangers(count: int, stream: Stream) -> pl.Series:
    # The bank's youngest donors were born in 1986: no stranger can share a donor's number.
    birth = stream.between(count, day(1988), day(1999, 12, 31))
    return texts.numbers11(make_numbers(birth, np.arange(count) % 2 == 0, stream))
