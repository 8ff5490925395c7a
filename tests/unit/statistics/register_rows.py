"""Small cohorts as the registers tell them, for the SQL of the warehouse run on DuckDB."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

ENTRY_SCHEMA = {"collection_id": pl.String, "donor_id": pl.String}
FAR = date(2022, 12, 31)


@dataclass
class Life:
    """What the registers say of one donor."""

    birth: date
    draws: list[date]
    status: tuple[str, date] | None = ("1", FAR)
    moves: list[tuple[str, date]] = field(default_factory=list)
    death: date | None = None
    sex: str = "1"
    tumours: list[tuple[str, str, date]] = field(default_factory=list)
    """Topography, morphology, date of incidence; all malignant."""


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
            {**donor, "tumour_id": f"{name}-{at}", "topography_code": site,
             "morphology_code": form, "behaviour_code": "3", "incidence_date": day}
            for at, (site, form, day) in enumerate(life.tumours)
        ]  # fmt: skip
    text, when, number = pl.String, pl.Date, pl.Int64
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
        "stg_cancer_registry__cases": pl.DataFrame(
            cases,
            {**ids, "tumour_id": text, "topography_code": text, "morphology_code": text,
             "behaviour_code": text, "incidence_date": when},
        ),
        "stg_cancer_statistics__population_rates": pl.DataFrame(
            rates or [],
            {"collection_id": text, "cancer_entity_code": text, "sex_code": text,
             "age_from": pl.Int16, "period_from": pl.Int16, "cases": pl.Int32,
             "person_years": pl.Float64, "rate_per_100000": pl.Float64},
        ),
    }  # fmt: skip
