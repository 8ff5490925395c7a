"""The models of the code systems say the same on PostgreSQL as on DuckDB."""

import csv

import polars as pl
import psycopg
import pytest

from janus_warehouse.codes import models
from janus_warehouse.codes.models import run_model

TRIPLE = ["topography_code", "morphology_code", "behaviour_code"]
SITES = ["C000", "C182", "C220", "C421", "C445", "C492", "C509", "C607", "C619", "C809", "C99"]


class OnPostgres:
    """Runs models like `run_model` does, in a schema of a real server."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("create schema compared; set search_path to compared")
        self.present: set[str] = set()

    def given(self, name: str, rows: pl.DataFrame) -> None:
        columns = ", ".join(f'"{column}" text' for column in rows.columns)
        self.connection.execute(f'create table "{name}" ({columns})')
        with self.connection.cursor().copy(f'copy "{name}" from stdin') as copy:
            for row in rows.iter_rows():
                copy.write_row(row)
        self.present.add(name)

    def rows(self, name: str) -> list[tuple]:
        self._make(name)
        return sorted(self.connection.execute(f'select * from "{name}"').fetchall(), key=str)

    def _make(self, name: str) -> None:
        if name in self.present:
            return
        self.present.add(name)
        seeds, sql = models._files()
        if name in seeds:
            self._seed(name, seeds[name])
            return
        query, referred = models._render(sql[name])
        for other in referred:
            self._make(other)
        self.connection.execute(f'create table "{name}" as {query}')

    def _seed(self, name: str, path) -> None:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        types = models._project()["seeds"]["janus"]["+column_types"]
        columns = ", ".join(f'"{column}" {types[column]}' for column in header)
        self.connection.execute(f'create table "{name}" ({columns})')
        with self.connection.cursor().copy(f'copy "{name}" from stdin') as copy:
            for row in rows:
                copy.write_row([cell or None for cell in row])


@pytest.fixture
def postgres(warehouse):
    found = OnPostgres(warehouse.url)
    yield found
    found.connection.close()


def test_tumours_are_classified_alike(postgres):
    families = run_model("icdo3_morphology", {})
    pairs = {
        (family + digit, behaviour)
        for family, behaviours, digits, *_ in families.iter_rows()
        for digit in digits
        for behaviour in {*behaviours, "2"}
    } | {("8999", "3"), ("8140", "7")}
    triples = pl.DataFrame(
        [(site, *pair) for site in SITES for pair in sorted(pairs)], schema=TRIPLE, orient="row"
    )
    postgres.given("int_tumour_codes__distinct", triples)

    for model in ("int_tumour_codes__classified", "int_tumour_codes__entities"):
        here = run_model(model, {"int_tumour_codes__distinct": triples})
        assert here.height > 10_000
        assert postgres.rows(model) == sorted(here.rows(), key=str)


def test_icd7_codes_are_mapped_alike(postgres):
    codes = [str(number) for number in range(139, 245)]
    cases = pl.DataFrame(
        {"icd7_code": codes + [f"{code}{digit}" for code in codes for digit in "09"]}
    )
    postgres.given("stg_cancer_registry__cases", cases)
    here = run_model("int_icd7_codes__mapped", {"stg_cancer_registry__cases": cases})

    assert here.height == cases.height
    assert postgres.rows("int_icd7_codes__mapped") == sorted(here.rows(), key=str)


@pytest.mark.parametrize("model", ["dim_cancer_entities", "dim_site_groups"])
def test_entities_and_groups_are_described_alike(postgres, model):
    here = run_model(model, {})

    assert here.height > 30
    assert postgres.rows(model) == sorted(here.rows(), key=str)
