"""The harmonisation rules written as SQL: one view per survey, one scan of its table."""

from janus_warehouse.metadata import Harmonisation
from janus_warehouse.metadata.harmonisation import Derivation, Rule, Survey
from janus_warehouse.warehouse.answer_expressions import (
    answer_sql,
    derived_sql,
    is_number,
    possible_sql,
    typed_sql,
)
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY

ANSWER_COLUMNS = (
    "collection_id",
    "donor_id",
    "survey_id",
    "variable",
    "attended_date",
    "value_original",
    "value",
    "unit",
    "missing_reason",
    "delivery_id",
)

_UNASKED = Rule(rule="impossible", status="impossible", note="not asked")

_WRITTEN_BY = WRITTEN_BY.format(origin="metadata/harmonisation", mark="--")

_SURVEY_SQL = """\
-- One row per attender of {survey} and harmonised variable, also those it never asked.
-- {written_by}

with

attenders as (

    select * from {{{{ ref('{model}') }}}}

),

-- A person listed twice counts once, with the latest attendance. The delivery stands first so
-- that a filter on deliveries reaches the scan.
last_attendances as (

    select distinct on (delivery_id, donor_id) *
    from attenders
    order by delivery_id asc, donor_id asc, {latest}line_number desc

),

computed as (

    select
        *{computed}

    from last_attendances

),

-- What cannot be true must not enter what is worked out from it.
possible as (

    select
        *{possible}

    from computed

),

derived as (

    select
        *{derived}

    from possible

),

answers as (

    select
        derived.collection_id,
        derived.donor_id,
        '{survey}' as survey_id,
        answer.variable,
        {attended_column},
        answer.value_original,
        answer.unit,
        answer.missing_reason,
        derived.delivery_id,
        case when answer.missing_reason is null then answer.value end as value

    from derived

    -- Every attender has every variable, so nobody is lost or doubled here.
    cross join lateral (
        values
{answers}
    ) as answer (variable, value_original, value, unit, missing_reason)

)

select * from answers
"""


def answer_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return one model per survey by path below `_generated`: attender × variable, long."""
    files = {
        f"answers/{answers_model(name)}.sql": _survey_sql(name, survey, harmonisation)
        for name, survey in harmonisation.surveys.items()
    }
    files["answers/int_answers__harmonised.sql"] = _union_sql(list(harmonisation.surveys))
    return files


def answers_model(survey: str) -> str:
    return f"int_answers__{survey}"


def _union_sql(surveys: list[str]) -> str:
    columns = ",\n".join(f"        {name}" for name in ANSWER_COLUMNS)
    parts = "\n    union all\n\n".join(
        f"    select\n{columns}\n    from {{{{ ref('{answers_model(survey)}') }}}}\n"
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


def _survey_sql(name: str, survey: Survey, harmonisation: Harmonisation) -> str:
    rules = {
        variable: rules.derivation or rules.surveys[name]
        for variable, rules in harmonisation.variables.items()
    }
    asked = _asked(rules)
    derivations = {v: rule for v, rule in asked.items() if isinstance(rule, Derivation)}
    inputs = dict.fromkeys(of for rule in derivations.values() for of in rule.of)
    return _SURVEY_SQL.format(
        survey=name,
        model=survey.model,
        written_by=_WRITTEN_BY,
        latest=f"{survey.attended_date} desc, " if survey.attended_date else "",
        computed=_computed_sql(asked, harmonisation),
        possible="".join(possible_sql(harmonisation.definitions[of]) for of in inputs),
        derived="".join(
            f",\n        {derived_sql(rule)} as {variable}__found"
            for variable, rule in derivations.items()
        ),
        attended_column=(
            f"derived.{survey.attended_date}"
            if survey.attended_date
            else "null::date as attended_date"
        ),
        answers=",\n".join(
            answer_sql(harmonisation.definitions[variable], asked.get(variable, _UNASKED))
            for variable in rules
        ),
    )


def _computed_sql(asked: dict[str, Rule | Derivation], harmonisation: Harmonisation) -> str:
    """Return the columns of what a survey tells directly, each with its comma."""
    definitions = harmonisation.definitions
    # The house style lists casts before cases.
    ordered = sorted(asked.items(), key=lambda item: not is_number(definitions[item[0]]))
    return "".join(
        f",\n        {typed_sql(definitions[variable], rule)} as {variable}__found"
        for variable, rule in ordered
        if isinstance(rule, Rule)
    )


def _asked(rules: dict[str, Rule | Derivation]) -> dict[str, Rule | Derivation]:
    """Return the variables that a survey can tell; a derived one needs all it is derived from."""
    direct: dict[str, Rule | Derivation] = {
        name: rule
        for name, rule in rules.items()
        if isinstance(rule, Rule) and rule.rule != "impossible"
    }
    derived = {
        name: rule
        for name, rule in rules.items()
        if isinstance(rule, Derivation) and all(of in direct for of in rule.of)
    }
    return direct | derived
