"""Running a model of the dbt project over rows in memory, with DuckDB in the place of PostgreSQL.

A rule is written once, in the SQL that builds the warehouse. Models that can be run here keep to
the SQL that both databases read alike: no regular expressions with `~`, no `jsonb`, no functions
of the server.
"""

from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml
from jinja2 import Environment, StrictUndefined

from janus_warehouse.platform.settings import get_settings


def run_model(name: str, inputs: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of a model of the dbt project.

    Args:
        name: The model, for example `int_cases__primaries`.
        inputs: Rows in the place of the models of these names, and of sources named
            `source.table`. Whatever else the model refers to is a seed, read from `metadata/`,
            or a model that is run first.

    Raises:
        KeyError: The model refers to something that is neither given, nor a model, nor a seed.
    """
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        present: set[str] = set()
        for given, rows in inputs.items():
            connection.register(f"given_{given}", rows.to_arrow())
            connection.execute(f'create table "{given}" as select * from "given_{given}"')
            present.add(given)
        _make(connection, name, present)
        return connection.execute(f'select * from "{name}"').pl()


def _make(connection: duckdb.DuckDBPyConnection, name: str, present: set[str]) -> None:
    if name in present:
        return
    present.add(name)
    seeds, models = _files()
    if name in seeds:
        connection.execute(
            f'create table "{name}" as select * replace ({_casts(seeds[name])}) '
            "from read_csv(?, all_varchar = true, header = true, quote = '\"')",
            [str(seeds[name])],
        )
        return
    query, referred = _render(models[name])
    for other in referred:
        _make(connection, other, present)
    connection.execute(f'create table "{name}" as {query}')


@cache
def _render(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the query of a model, and what it refers to; made once in a process."""
    referred: list[str] = []

    def ref(name: str) -> str:
        referred.append(name)
        return f'"{name}"'

    def source(name: str, table: str) -> str:
        referred.append(f"{name}.{table}")
        return f'"{name}.{table}"'

    # What dbt understands beyond plain Jinja, and our macros use.
    environment = Environment(undefined=StrictUndefined, extensions=["jinja2.ext.do"])
    environment.globals.update(
        ref=ref, source=source, config=lambda **_: "", is_incremental=lambda: False
    )
    template = environment.from_string(_macros() + path.read_text(encoding="utf-8"))
    return template.render(), tuple(referred)


@cache
def _macros() -> str:
    folder = get_settings().dbt_project_dir / "macros"
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))


@cache
def _files() -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the seeds and the models of the dbt project by name."""
    settings = get_settings()
    project = _project()
    folders = [settings.dbt_project_dir / folder for folder in project["seed-paths"]]
    seeds = {path.stem: path for folder in folders for path in folder.rglob("*.csv")}
    models = {path.stem: path for path in (settings.dbt_project_dir / "models").rglob("*.sql")}
    return seeds, models


@cache
def _project() -> dict[str, Any]:
    path = get_settings().dbt_project_dir / "dbt_project.yml"
    project: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return project


def _casts(seed: Path) -> str:
    """Return the columns of a seed as the types that the dbt project gives them."""
    types = _project()["seeds"]["janus"]["+column_types"]
    header = seed.read_text(encoding="utf-8").splitlines()[0].split(",")
    return ", ".join(f'cast("{name}" as {types[name]}) as "{name}"' for name in header)
