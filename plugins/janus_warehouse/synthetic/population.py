"""Made-up cancer incidence of a whole population: what the donors are compared with."""

from collections import defaultdict

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.inventory import Table
from janus_warehouse.synthetic.people import day
from janus_warehouse.synthetic.plan import CASES_BY_SITE
from janus_warehouse.synthetic.sites import SITES, Site
from janus_warehouse.synthetic.streams import Ints
from janus_warehouse.synthetic.world import World

ALL_CANCERS = "990"
"""Code of all cancers together but other skin cancer."""

ENTITIES = {
    "prostate": "240", "breast": "180", "lung": "160", "colon": "90", "rectum": "100",
    "corpus": "200", "melanoma": "290", "skin": "300", "bladder": "280", "kidney": "270",
    "lymphoma": "360", "leukaemia": "400", "myeloma": "380", "stomach": "70", "brain": "320",
    "pancreas": "130", "mouth": "20", "testis": "250", "unknown": "420", "liver": "110",
    "oesophagus": "60", "larynx": "150", "soft_tissue": "350", "thyroid": "330", "ovary": "220",
    "cervix": "190", "vulva": "227", "gallbladder": "120",
}  # fmt: skip
"""Code of the entity of the Nordic statistics that a site of the generator counts in."""

_NON_MELANOMA_SKIN = "skin"
_AGES = np.arange(0, 90, 5)
_PERIODS = np.arange(1970, 2025, 5)
_PERSON_YEARS = {
    sex: size * 5 * np.array(
        (70, 70, 70, 70, 68, 68, 68, 68, 66, 64, 60, 56, 52, 46, 38, 28, 18, 20)) // 1000
    for sex, size in (("1", 2_150_000), ("2", 2_200_000))
}  # fmt: skip
"""Of each age group in five years."""

_LEVEL = {"1": 1_700_000_000, "2": 2_100_000_000}
"""Brings the rates to about what the donors have; a larger number lowers them."""


def population_rates(_world: World, as_of: int) -> Table:
    """Return the incidence of the population in all periods that began by a day, without faults."""
    counts: dict[tuple[str, str], Ints] = defaultdict(lambda: np.zeros(len(_AGES), np.int64))
    for sex, sites in CASES_BY_SITE.items():
        for name, weight in sites.items():
            cases = _cases(SITES[name], weight, sex)
            counts[ENTITIES[name], sex] += cases
            if name != _NON_MELANOMA_SKIN:
                counts[ALL_CANCERS, sex] += cases
    periods = _PERIODS[np.array([day(int(year)) <= as_of for year in _PERIODS])]
    frame = pl.concat([_rows(*key, cases, periods) for key, cases in sorted(counts.items())])
    return frame, Planted(frame.height)


def _cases(site: Site, weight: int, sex: str) -> Ints:
    """Return the cases of five years in each age group: the risk that the donors have."""
    youngest, plateau = site.ages
    rising = np.clip((_AGES + 2 - youngest) * 1000 // (plateau - youngest), 0, 1000)
    malignant = 100 - site.not_malignant_pct
    return _PERSON_YEARS[sex] * weight * (rising * rising // 1000) * malignant // _LEVEL[sex] // 100


def _rows(code: str, sex: str, cases: Ints, periods: Ints) -> pl.DataFrame:
    size = len(periods) * len(_AGES)
    return pl.DataFrame({
        "cancer_entity_code": [code] * size,
        "sex_code": [sex] * size,
        "age_from": texts.whole(np.tile(_AGES, len(periods))),
        "period_from": texts.whole(np.repeat(periods, len(_AGES))),
        "cases": texts.whole(np.tile(cases, len(periods))),
        "person_years": texts.whole(np.tile(_PERSON_YEARS[sex], len(periods))),
        "rate_per_100000": [""] * size,
    })  # fmt: skip
