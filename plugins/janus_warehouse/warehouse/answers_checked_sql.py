"""The cross-checks of every survey counted: who could be asked, and of whom it does not hold."""

from collections.abc import Iterable

from janus_warehouse.surveys import Harmonisation, Survey
from janus_warehouse.warehouse.answer_expressions import literal
from janus_warehouse.warehouse.answers_sql import answers_model
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY

CHECKED_MODEL = "int_answers__checked"
_ROWS = ",\n        "

_CHECKED_SQL = """\
-- One row per survey and cross-check that it has the questions for: attenders who have every value
-- that it needs, and those of whom it does not hold.
-- {written_by}

with

{parts}
{counted}

select * from counted
"""

_PART_SQL = """\
{survey} as (

    select
        answers.collection_id,
        '{survey}' as survey_id,
        verdicts.check_id,
        count(verdicts.fails) as attenders_checked,
        count(*) filter (where verdicts.fails) as attenders_failed

    from {{{{ ref('{model}') }}}} as answers

    -- Every attender meets every check, and the survey is read once for all of them.
    cross join lateral (
        values
        {verdicts}
    ) as verdicts (check_id, fails)

    group by answers.collection_id, verdicts.check_id

),
"""

_COUNTED_SQL = """\
checks as (

    select
        check_id,
        blanks

    from (
        values
        {checks}
    ) as listed (check_id, blanks)

),

verdicts as (

{union}

),

-- Inner join: every check is listed.
counted as (

    select
        verdicts.collection_id,
        verdicts.survey_id,
        verdicts.check_id,
        checks.blanks,
        verdicts.attenders_checked,
        verdicts.attenders_failed

    from verdicts

    inner join checks
        on verdicts.check_id = checks.check_id

)"""

_NOTHING = """\
counted as (

    select
        null::text as collection_id,
        null::text as survey_id,
        null::text as check_id,
        null::text as blanks,
        0 as attenders_checked,
        0 as attenders_failed
    where false

)"""


def checked_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return the model of the counted cross-checks by path below `_generated`."""
    asked = {
        name: survey
        for name, survey in harmonisation.surveys.items()
        if harmonisation.checks_in(survey)
    }
    parts = "\n".join(_part_sql(survey, harmonisation) for survey in asked.values())
    text = _CHECKED_SQL.format(
        written_by=WRITTEN_BY.format(origin="metadata/harmonisation/checks.yaml", mark="--"),
        parts=parts,
        counted=_counted_sql(asked, harmonisation) if asked else _NOTHING,
    )
    return {f"answers/{CHECKED_MODEL}.sql": text}


def _part_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    verdicts = [
        f"({literal(name)}, answers.{name}__fails)" for name in harmonisation.checks_in(survey)
    ]
    return _PART_SQL.format(
        survey=survey.survey_id,
        model=answers_model(survey.survey_id),
        verdicts=_ROWS.join(verdicts),
    )


def _counted_sql(asked: Iterable[str], harmonisation: Harmonisation) -> str:
    checks = [
        f"(\n            {literal(name)},\n            {_blanks(check.blanks)}\n        )"
        for name, check in harmonisation.checks.items()
    ]
    union = "\n    union all\n".join(f"    select * from {name}" for name in asked)
    return _COUNTED_SQL.format(checks=_ROWS.join(checks), union=union)


def _blanks(variables: tuple[str, ...]) -> str:
    return literal(", ".join(variables)) if variables else "null::text"
