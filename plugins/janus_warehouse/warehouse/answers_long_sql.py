"""The long form of the answers: one row per attender and variable, also those never asked."""

from janus_warehouse.surveys import Harmonisation, Survey
from janus_warehouse.surveys.names import LONG_ANSWERS
from janus_warehouse.warehouse.answer_expressions import literal
from janus_warehouse.warehouse.answers_sql import answers_model, told
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY

_WRITTEN_BY = WRITTEN_BY.format(origin="metadata/harmonisation", mark="--")

ANSWER_COLUMNS = (
    "collection_id",
    "donor_id",
    "survey_id",
    "variable",
    "attended_date",
    "value_original",
    "value",
    "unit",
    "rule",
    "missing_reason",
    "delivery_id",
)

_LONG_SQL = """\
-- One row per attender of {survey} and harmonised variable, also those it never asked.
-- {written_by}

with

attenders as (

    select * from {{{{ ref('{model}') }}}}

),

answers as (

    select
        attenders.collection_id,
        attenders.donor_id,
        '{survey}' as survey_id,
        answer.variable,
        attenders.attended_date,
        answer.value_original,
        answer.value,
        answer.unit,
        answer.rule,
        answer.missing_reason,
        attenders.delivery_id

    from attenders

    -- Every attender has every variable, so nobody is lost or doubled here.
    cross join lateral (
        values
{answers}
    ) as answer (variable, value_original, value, unit, rule, missing_reason)

)

select * from answers
"""


def long_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return the long view of each survey and their union, by path below `_generated`."""
    files = {
        f"answers/{long_model(name)}.sql": _long_sql(survey, harmonisation)
        for name, survey in harmonisation.surveys.items()
    }
    files["answers/int_answers__long.sql"] = _union_sql(list(harmonisation.surveys))
    return files


def long_model(survey: str) -> str:
    """Return the name of the long view of a survey."""
    return LONG_ANSWERS.format(survey=survey)


def _long_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    tells = set(told(survey, harmonisation))
    lines = [
        _answer(survey, harmonisation, name) if name in tells else _unasked(harmonisation, name)
        for name in harmonisation.variables
    ]
    return _LONG_SQL.format(
        survey=survey.survey_id,
        model=answers_model(survey.survey_id),
        written_by=_WRITTEN_BY,
        answers=",\n".join(lines),
    )


def _answer(survey: Survey, harmonisation: Harmonisation, name: str) -> str:
    variable = harmonisation.variables[name]
    value = f"attenders.{name}"
    if variable.is_number:
        value = f"trim_scale({value})::text"
    rule = survey.rules[name].rule if name in survey.rules else "derived"
    parts = [
        literal(name),
        f"attenders.{name}__original",
        value,
        literal(variable.unit) if variable.unit else "null",
        literal(rule),
        f"attenders.{name}__missing",
    ]
    return "        (\n            " + ",\n            ".join(parts) + "\n        )"


def _unasked(harmonisation: Harmonisation, name: str) -> str:
    unit = harmonisation.variables[name].unit
    told_unit = literal(unit) if unit else "null"
    return f"        ({literal(name)}, null, null, {told_unit}, 'impossible', 'not_asked')"


def _union_sql(surveys: list[str]) -> str:
    columns = ",\n".join(f"        {name}" for name in ANSWER_COLUMNS)
    parts = "\n    union all\n\n".join(
        f"    select\n{columns}\n    from {{{{ ref('{long_model(survey)}') }}}}\n"
        for survey in surveys
    )
    return f"""-- One row per attender of any survey and harmonised variable.
-- {_WRITTEN_BY}

with

answers as (

{parts}
)

select * from answers
"""
