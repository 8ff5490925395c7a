"""Small cohorts as the registers tell them, for the SQL of the warehouse run on DuckDB."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

ENTRY_SCHEMA = {"collection_id": pl.String, "donor_id": pl.String}
FAR = date(2022, 12, 31)
ALL = "990"
ENTITIES = {
    ("C619", "8140"): {"240", ALL, "980"},
    ("C349", "8070"): {"160", "970", ALL, "980"},
    ("C443", "8070"): {"300", "980"},
    ("C443", "8720"): {"290", "970", ALL, "980"},
    ("C770", "9690"): {"360", "430", "970", ALL, "980"},
}
"""Entities of the Nordic statistics that malignant tumours of some codes count in."""


class Tumour(NamedTuple):
    """A tumour of the cancer registry; malignant unless said otherwise."""

    topography: str
    morphology: str
    incidence: date
    behaviour: str = "3"
    is_primary: bool = True
    is_excluded: bool = False


@dataclass
class Life:
    """What the registers say of one donor."""

    birth: date
    draws: list[date]
    status: tuple[str, date] | None = ("1", FAR)
    moves: list[tuple[str, date]] = field(default_factory=list)
    death: date | None = None
    sex: str = "1"
    tumours: list[Tumour] = field(default_factory=list)


def staging(lives: dict[str, Life], rates: list[dict] | None = None) -> dict[str, pl.DataFrame]:
    """Return the rows of the models that the statistics begin with."""
    key = {"collection_id": "janus"}
    persons, draws, residents, moves, deaths, cases = [], [], [], [], [], []
    for name, life in lives.items():
        donor = {**key, "donor_id": name}
        persons.append({**donor, "sex_code": life.sex, "birth_date": life.birth})
        draws += [
            {**donor, "draw_id": f"{name}-{at}", "draw_date": day}
            for at, day in enumerate(life.draws)
        ]
        if life.status:
            code, day = life.status
            residents.append(
                {**donor, "delivery_id": "register", "line_number": 2, "vital_status_code": code,
                 "status_date": day}
            )  # fmt: skip
        moves += [
            {**donor, "line_number": at, "migration_type": kind, "migration_date": day}
            for at, (kind, day) in enumerate(life.moves)
        ]
        if life.death:
            deaths.append(
                {**donor, "line_number": 2, "death_date": life.death,
                 "underlying_cause_code": "C349"}
            )  # fmt: skip
        cases += [
            {**donor, "tumour_id": f"{name}-{at}", "topography_code": tumour.topography,
             "morphology_code": tumour.morphology, "behaviour_code": tumour.behaviour,
             "incidence_date": tumour.incidence, "is_primary": tumour.is_primary,
             "is_excluded_from_statistics": tumour.is_excluded}
            for at, tumour in enumerate(life.tumours)
        ]  # fmt: skip
    text, when, number = pl.String, pl.Date, pl.Int64
    told = pl.DataFrame(
        cases,
        {"collection_id": text, "donor_id": text, "tumour_id": text, "topography_code": text,
         "morphology_code": text, "behaviour_code": text, "incidence_date": when,
         "is_primary": pl.Boolean, "is_excluded_from_statistics": pl.Boolean},
    )  # fmt: skip
    ids = {"collection_id": text, "donor_id": text}
    return {
        "int_donors__persons": pl.DataFrame(
            persons, {**ids, "sex_code": text, "birth_date": when}
        ),
        "stg_biobank__donors": pl.DataFrame(persons).select("collection_id", "donor_id"),
        "stg_biobank__draws": pl.DataFrame(draws, {**ids, "draw_id": text, "draw_date": when}),
        "stg_population_register__residents": pl.DataFrame(
            residents,
            {**ids, "delivery_id": text, "line_number": number, "vital_status_code": text,
             "status_date": when},
        ),
        "stg_population_register__migrations": pl.DataFrame(
            moves,
            {**ids, "line_number": number, "migration_type": text, "migration_date": when},
        ),
        "stg_cause_of_death__deaths": pl.DataFrame(
            deaths,
            {**ids, "line_number": number, "death_date": when, "underlying_cause_code": text},
        ),
        "stg_cancer_registry__cases": told.drop("is_primary", "is_excluded_from_statistics"),
        # Which tumours are primaries, what is left out and what codes mean is tested elsewhere.
        "int_cases__primaries": told.select("collection_id", "tumour_id", "is_primary"),
        "int_cases__consumers": told.select(
            "collection_id", "tumour_id", "is_excluded_from_statistics"
        ),
        "int_tumour_codes__entities": entities_of_codes(),
        "stg_cancer_statistics__population_rates": pl.DataFrame(
            rates or [],
            {"collection_id": text, "cancer_entity_code": text, "sex_code": text,
             "age_from": pl.Int16, "period_from": pl.Int16, "cases": pl.Int32,
             "person_years": pl.Float64, "rate_per_100000": pl.Float64},
        ),
    }  # fmt: skip


def entities_of_codes() -> pl.DataFrame:
    """Return the entities of the codes above, for malignant tumours and the same in situ."""
    return pl.DataFrame(
        [
            (site, form, behaviour, entity)
            for (site, form), entities in ENTITIES.items()
            for behaviour in "23"
            for entity in entities
        ],
        schema=["topography_code", "morphology_code", "behaviour_code", "cancer_entity_code"],
        orient="row",
    )
