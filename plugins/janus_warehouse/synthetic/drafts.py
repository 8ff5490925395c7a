"""The deliveries of the synthetic bank: who sends what, of which day, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from janus_warehouse.synthetic import (
    census,
    earlier_inventory,
    inventory,
    labs,
    population,
    registries,
    sequencing,
    survey_tables,
)
from janus_warehouse.synthetic.cancers import LINKAGE_2020, LINKAGE_2022
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.returns import SOURCE, LabReturn
from janus_warehouse.synthetic.world import World

Maker = Callable[[World], tuple[pl.DataFrame, Planted]]

FIRST, SECOND = date(2020, 12, 31), date(2022, 12, 31)


@dataclass(frozen=True)
class Draft:
    """A delivery to be written: its tables and what must become of it."""

    source: str
    folder: str
    as_of: date
    tables: dict[str, Maker] = field(default_factory=dict)
    returned: Callable[[World], LabReturn] | None = None
    """For a laboratory's return, in place of the tables."""
    outcome: str = "accepted"
    why: str = ""
    supersedes: str | None = field(default=None)
    """Folder, of the same source, of the delivery that this one corrects."""


def _as_of(maker: Callable[[World, int], inventory.Table], when: int) -> Maker:
    return lambda world: maker(world, when)


def _survey(source: str, table: str) -> Maker:
    return lambda world: survey_tables.survey(world, source, table)


def _linkage(source: str, when: date) -> Draft:
    day = LINKAGE_2020 if when == FIRST else LINKAGE_2022
    tables = {
        "cancer_registry": {"cases": registries.cases},
        "cause_of_death": {"deaths": registries.deaths},
        "population_register": {
            "residents": registries.residents,
            "migrations": registries.migrations,
            "number_changes": registries.number_changes,
        },
    }[source]
    made = {table: _as_of(maker, day) for table, maker in tables.items()}
    return Draft(source, str(when), when, made)


_SURVEY_DATES = {
    "oslo_1972": date(1974, 6, 30), "counties_1974": date(1979, 6, 30),
    "counties_1985": date(1989, 6, 30), "age40_1990": date(2000, 12, 31),
    "hubro_2000": date(2002, 6, 30),
}  # fmt: skip

DRAFTS: tuple[Draft, ...] = (
    Draft("biobank", str(SECOND), SECOND, {
        "donors": inventory.donors, "draws": inventory.draws, "tubes": inventory.tubes,
        "shipments": inventory.shipments,
    }),
    Draft("biobank", "2014-12-31-tubes", date(2014, 12, 31), {"tubes": earlier_inventory.tubes}),
    *(_linkage(source, when)
      for source in ("population_register", "cause_of_death", "cancer_registry")
      for when in (FIRST, SECOND)),
    Draft("cancer_statistics", str(SECOND), SECOND,
          {"population_rates": _as_of(population.population_rates, LINKAGE_2022)}),
    Draft("census", "1999-12-31", date(1999, 12, 31),
          {"occupations": census.occupations, "holdings": census.holdings}),
    *(Draft("health_surveys", table, when, {table: _survey("health_surveys", table)})
      for table, when in _SURVEY_DATES.items()),
    Draft("red_cross", "donors-form", date(2005, 6, 30),
          {"donors_form": _survey("red_cross", "donors_form")}),
    Draft(SOURCE, "pfas-pcb-2019-06-30", date(2019, 6, 30),
          returned=lambda world: labs.toxicology(world, "pfas")),
    Draft(SOURCE, "pfas-pcb-2019-09-30-other-unit", date(2019, 9, 30),
          returned=lambda world: labs.toxicology(world, "pcb_rest", wrong_unit=True),
          outcome="refused", why="PCB and DDT are numbers of pg/mL called ng/mL"),
    Draft(SOURCE, "hpv-ebv-2016-05-31", date(2016, 5, 31),
          returned=lambda world: labs.serology(world, corrected=False)),
    Draft(SOURCE, "hpv-ebv-2016-05-31-corrected", date(2016, 5, 31),
          returned=lambda world: labs.serology(world, corrected=True),
          supersedes="hpv-ebv-2016-05-31",
          why="takes off the background of one antigen on two plates"),
    Draft(SOURCE, "small-rna-2018-03-31", date(2018, 3, 31), returned=sequencing.small_rna),
)  # fmt: skip
"""The deliveries in the order in which they are written; the oddities follow them."""
