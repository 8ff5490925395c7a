"""Marts written from the rules: answers wide, and the dictionary, surveys and rules as tables."""

from collections.abc import Iterable
from typing import Any

from janus_warehouse.metadata.variables import number_text
from janus_warehouse.surveys import Harmonisation, Survey
from janus_warehouse.warehouse.answer_expressions import literal
from janus_warehouse.warehouse.answers_sql import answers_model, told
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY, document, escaped

_ORIGIN = "metadata/harmonisation"
_WRITTEN_BY = WRITTEN_BY.format(origin=f"{_ORIGIN} and metadata/variables/surveys", mark="--")

_WIDE_SQL = """\
-- One row per attender of a survey: every harmonised variable, and why it has no value.
-- {written_by}
-- One sort for each survey: with 16 MB each, a large survey takes no more memory than a small one.
-- depends_on: {{{{ ref('dim_surveys') }}}}

{{{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='fail',
        indexes=[{{'columns': ['survey_id', 'delivery_id']}}],
        pre_hook=[
            "set local work_mem = '16MB'",
            "{{{{ remove_outdated_rows(surveys=ref('dim_surveys')) }}}}"
        ]
    )
}}}}

with

attenders as (

{parts}
),

-- A delivery brings the answers of one survey: only those are written.
new_attenders as (

    select * from attenders
    where {{{{ is_new_delivery('survey_id', 'delivery_id') }}}}

)

select * from new_attenders
"""

_VALUES_SQL = """\
-- {what}
-- {written_by}

with

{name} as (

    select
        {columns}

    from (
        values
{rows}
    ) as listed ({names})

)

select * from {name}
"""

_Columns = dict[str, str]
"""Data type by column."""

_VARIABLES: _Columns = {
    "variable": "text",
    "family": "text",
    "label_nb": "text",
    "label_en": "text",
    "description_nb": "text",
    "description_en": "text",
    "type": "text",
    "unit": "text",
    "minimum": "numeric",
    "maximum": "numeric",
    "decimals": "integer",
    "codelist": "text",
    "concept": "text",
    "sensitivity": "text",
    "is_derived": "boolean",
}
_SURVEYS: _Columns = {
    "survey_id": "text",
    "collection_id": "text",
    "label_nb": "text",
    "label_en": "text",
    "description": "text",
    "first_year": "integer",
    "last_year": "integer",
    "table_count": "integer",
}
_RULES: _Columns = {
    "collection_id": "text",
    "survey_id": "text",
    "variable": "text",
    "rule": "text",
    "status": "text",
    "columns": "text",
    "source_unit": "text",
    "unit": "text",
    "question": "text",
    "note": "text",
}


def mart_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return the marts made from the rules, SQL and yml, by path below `_generated`."""
    files = {"marts/survey_answers_wide.sql": _wide_sql(harmonisation)}
    tables: dict[str, tuple[str, list[str], _Columns, Iterable[tuple[Any, ...]]]] = {
        "dim_variables": (
            "One row per harmonised variable.",
            ["variable"],
            _VARIABLES,
            _variable_rows(harmonisation),
        ),
        "dim_surveys": (
            "One row per survey whose answers are harmonised.",
            ["survey_id"],
            _SURVEYS,
            _survey_rows(harmonisation),
        ),
        "dim_survey_rules": (
            "One row per survey and harmonised variable: the rule by which it is told, or why not.",
            ["survey_id", "variable"],
            _RULES,
            _rule_rows(harmonisation),
        ),
    }
    models = [_wide_model(harmonisation)]
    for name, (what, key, columns, rows) in tables.items():
        files[f"marts/{name}.sql"] = _values_sql(name, what, columns, rows)
        models.append(_table_model(name, what, key, columns))
    for model in models:
        files[f"marts/{model['name']}.yml"] = document(_ORIGIN, {"models": [model]})
    return files


def _wide_sql(harmonisation: Harmonisation) -> str:
    parts = "\n    union all\n\n".join(
        _wide_select(survey, harmonisation) for survey in harmonisation.surveys.values()
    )
    return _WIDE_SQL.format(written_by=_WRITTEN_BY, parts=parts)


def _wide_select(survey: Survey, harmonisation: Harmonisation) -> str:
    tells = set(told(survey, harmonisation))
    lines = [
        "collection_id",
        "donor_id",
        f"'{survey.survey_id}' as survey_id",
        "attended_date",
        "delivery_id",
    ]
    for name, variable in harmonisation.variables.items():
        if name in tells:
            lines += [name, f"{name}__missing as {name}_missing"]
        else:
            kind = "numeric" if variable.is_number else "text"
            lines += [f"null::{kind} as {name}", f"'not_asked' as {name}_missing"]
    listed = ",\n        ".join(lines)
    model = answers_model(survey.survey_id)
    return f"    select\n        {listed}\n    from {{{{ ref('{model}') }}}}\n"


def _values_sql(name: str, what: str, columns: _Columns, rows: Iterable[tuple[Any, ...]]) -> str:
    typed = [f"{column}::{kind}" for column, kind in columns.items()]
    listed = ",\n".join(f"        ({', '.join(_constant(value) for value in row)})" for row in rows)
    return _VALUES_SQL.format(
        what=what,
        written_by=_WRITTEN_BY,
        name=name.removeprefix("dim_"),
        columns=",\n        ".join(typed),
        rows=listed,
        names=", ".join(columns),
    )


def _constant(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(value)
    return literal(escaped(str(value)))


def _variable_rows(harmonisation: Harmonisation) -> Iterable[tuple[Any, ...]]:
    for name, variable in harmonisation.variables.items():
        yield (
            name,
            variable.topic,
            variable.label.nb,
            variable.label.en,
            variable.description.nb,
            variable.description.en,
            variable.type,
            variable.unit,
            variable.range.minimum if variable.range else None,
            variable.range.maximum if variable.range else None,
            variable.decimals,
            variable.codelist,
            variable.concept,
            variable.sensitivity,
            name in harmonisation.derived,
        )


def _survey_rows(harmonisation: Harmonisation) -> Iterable[tuple[Any, ...]]:
    for name, survey in harmonisation.surveys.items():
        spec = survey.spec
        yield (
            name,
            survey.collection,
            spec.label.nb,
            spec.label.en,
            spec.description,
            *spec.years,
            len(spec.tables),
        )


def _rule_rows(harmonisation: Harmonisation) -> Iterable[tuple[Any, ...]]:
    for survey in harmonisation.surveys.values():
        derived = harmonisation.derived_in(survey)
        for name, variable in harmonisation.variables.items():
            rule = survey.rules.get(name)
            key = (survey.collection, survey.survey_id, name)
            if rule is not None:
                unit = survey.columns[rule.columns[0]].unit if len(rule.columns) == 1 else None
                told_by = (rule.rule, rule.status, ", ".join(rule.columns), unit)
                yield (*key, *told_by, variable.unit, rule.question, rule.note)
            elif name in derived:
                partial = any(survey.rules[of].status == "partial" for of in derived[name].of)
                status = "partial" if partial else "complete"
                parts = ", ".join(derived[name].of)
                yield (*key, "derived", status, parts, None, variable.unit, None, None)
            else:
                why = survey.impossible.get(name, "Not all that it is derived from is told.")
                yield (*key, "impossible", "impossible", None, None, variable.unit, None, why)


def _table_model(name: str, what: str, key: list[str], columns: _Columns) -> dict[str, Any]:
    return {
        "name": name,
        "description": what,
        "config": {"group": "surveys", "meta": {"personal_data": "none"}},
        "constraints": [{"type": "primary_key", "columns": key}],
        "columns": [_column(column, kind, column) for column, kind in columns.items()],
    }


def _wide_model(harmonisation: Harmonisation) -> dict[str, Any]:
    keys = {
        "collection_id": "text",
        "donor_id": "text",
        "survey_id": "text",
        "attended_date": "date",
        "delivery_id": "text",
    }
    columns = [_column(name, kind, name) for name, kind in keys.items()]
    columns[-1]["constraints"] = [{"type": "not_null"}]
    for name, variable in harmonisation.variables.items():
        columns.append(_column(name, "numeric" if variable.is_number else "text", name))
        columns.append(_column(f"{name}_missing", "text", "missing_reason"))
    return {
        "name": "survey_answers_wide",
        "description": (
            "One row per attender of a survey: every harmonised variable, and beside it why it "
            "has no value. The same answers as in fct_survey_answers."
        ),
        "config": {"group": "surveys", "meta": {"personal_data": "pseudonymised"}},
        "constraints": [
            {"type": "primary_key", "columns": ["collection_id", "donor_id", "survey_id"]}
        ],
        "columns": columns,
    }


def _column(name: str, kind: str, defined: str) -> dict[str, Any]:
    return {"name": name, "data_type": kind, "description": f'{{{{ doc("{defined}") }}}}'}
