"""The frame of `janus codes`: columns by name, rows in order, errors that name what is missing."""

import polars as pl
import pytest

from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool, UnreadableRowsError

DOUBLING = CodeTool(
    does="Double a number.",
    required={"number": "a number"},
    optional={"unit": "its unit"},
    adds={"doubled": "twice the number", "unit_given": "whether there was a unit"},
    run=lambda rows: rows.select(
        (pl.col("number").cast(pl.Int64) * 2).alias("doubled"),
        pl.col("unit").is_not_null().alias("unit_given"),
    ),
)


def rows(**columns: list) -> pl.DataFrame:
    return pl.DataFrame(columns)


def test_the_answer_stands_behind_the_rows_in_their_order():
    answered = DOUBLING.answer(rows(name=["a", "b"], Number=[" 2", "1 "]))

    assert answered.columns == ["name", "Number", "doubled", "unit_given"]
    assert answered["Number"].to_list() == [" 2", "1 "], "what came is handed back untouched"
    assert answered["doubled"].to_list() == [4, 2]


def test_a_cell_of_blanks_is_missing():
    answered = DOUBLING.answer(rows(number=["2", "2"], unit=["  ", "mL"]))

    assert answered["unit_given"].to_list() == [False, True]


def test_an_answered_file_can_be_answered_again():
    once = DOUBLING.answer(rows(number=["2"]))
    again = DOUBLING.answer(once.with_columns(pl.all().cast(pl.String)))

    assert again.columns == once.columns
    assert again["doubled"].to_list() == [4]


def test_a_missing_column_is_named_with_what_was_found():
    with pytest.raises(UnreadableRowsError, match="expected the columns number, found nummer"):
        DOUBLING.answer(rows(nummer=["2"]))


def test_a_model_of_the_project_runs_over_rows_in_memory(tmp_path, monkeypatch):
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "macros").mkdir()
    (tmp_path / "codes").mkdir()
    (project / "dbt_project.yml").write_text(
        "seed-paths: ['../codes']\n"
        "seeds: {janus: {+column_types: {code: text, valid_from: date}}}\n"
    )
    (tmp_path / "codes" / "old_code.csv").write_text("code,valid_from\n0301,1972-01-01\n")
    (project / "macros" / "later.sql").write_text(
        "{% macro is_later(a, b) -%} {{ a }} > {{ b }} {%- endmacro %}"
    )
    (project / "models" / "int_old.sql").write_text("select * from {{ ref('old_code') }}")
    (project / "models" / "int_found.sql").write_text(
        "{{ config(materialized='table') }} select given.code, "
        "{{ is_later('given.day', 'old.valid_from') }} as is_valid "
        "from {{ ref('given') }} as given "
        "left join {{ ref('int_old') }} as old on given.code = old.code order by given.code"
    )
    given = pl.DataFrame({"code": ["0301", "9999"], "day": ["1980-01-01", "1980-01-01"]})
    _use_project(monkeypatch, project)

    found = run_model("int_found", {"given": given.with_columns(pl.col("day").str.to_date())})

    assert found.rows() == [("0301", True), ("9999", None)], "a leading zero survives"


def _use_project(monkeypatch, project):
    from janus_warehouse.codes import models

    class Settings:
        dbt_project_dir = project

    monkeypatch.setattr(models, "get_settings", Settings)
    for cached in (models._macros, models._files, models._project):
        cached.cache_clear()
        monkeypatch.setattr(models, cached.__name__, cached.__wrapped__)
