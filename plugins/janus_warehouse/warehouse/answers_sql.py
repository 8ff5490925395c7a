"""The harmonisation rules written as SQL: one view per survey, one scan of its table."""

import re

from janus_warehouse.metadata import Harmonisation, Variable
from janus_warehouse.metadata.harmonisation import Derivation, Rule, Survey
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

LINE_LENGTH = 100
NEWLINE = "\n"

_UNASKED = Rule(rule="impossible", status="impossible", note="not asked")


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
-- {WRITTEN_BY.format(origin="metadata/harmonisation", mark="--")}

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
    attended = f"derived.{survey.attended_date}" if survey.attended_date else "null::date"
    attended_column = f"{attended} as attended_date" if "::" in attended else attended
    latest = f"{survey.attended_date} desc, " if survey.attended_date else ""
    computed = "".join(
        f",\n        {_typed_sql(harmonisation.definitions[variable], rule)} as {variable}__found"
        # The house style lists casts before cases.
        for variable, rule in sorted(
            asked.items(), key=lambda item: not _is_number(harmonisation.definitions[item[0]])
        )
        if isinstance(rule, Rule)
    )
    derivations = {v: rule for v, rule in asked.items() if isinstance(rule, Derivation)}
    inputs = dict.fromkeys(of for rule in derivations.values() for of in rule.of)
    possible = "".join(_possible_sql(harmonisation.definitions[of]) for of in inputs)
    derived = "".join(
        f",\n        {_derived_sql(rule)} as {variable}__found"
        for variable, rule in derivations.items()
    )
    answers = ",\n".join(
        _answer_sql(harmonisation.definitions[variable], asked.get(variable, _UNASKED))
        for variable in rules
    )
    return f"""-- One row per attender of {name} and harmonised variable, also those it never asked.
-- {WRITTEN_BY.format(origin="metadata/harmonisation", mark="--")}

with

attenders as (

    select * from {{{{ ref('{survey.model}') }}}}

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
        '{name}' as survey_id,
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


def _cleaned(column: str, rule: Rule) -> str:
    """Return the column without its missing-value codes."""
    text = column
    for token in rule.missing:
        text = f"nullif({text}, {_literal(token)})"
    return text


def _filled(expression: str, rule: Rule) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _cleaned(found[1], rule), expression)


def _typed_sql(variable: Variable, rule: Rule) -> str:
    # Surveys deliver small integers; what is worked out from them need not be one.
    value = _value_sql(rule)
    if not _is_number(variable):
        return value
    if rule.rule == "direct":
        return f"{value}::numeric"
    room = LINE_LENGTH - len(f"        ()::numeric as {variable.name}__found,")
    if NEWLINE not in value and len(value) <= room:
        return f"({value})::numeric"
    margin = NEWLINE + " " * 12
    return f"({margin}{value.replace(NEWLINE, margin)}{NEWLINE}        )::numeric"


def _value_sql(rule: Rule) -> str:
    if rule.rule == "direct":
        return _cleaned(rule.columns[0], rule)
    if rule.rule == "operation":
        return _filled(rule.expression or "", rule)
    if rule.rule == "recode":
        branches = [
            f"when {rule.columns[0]} = {_literal(code)} then {_literal(value)}"
            for code, value in rule.recode.items()
        ]
    else:
        branches = [
            _branch(_filled(case.when, rule), _literal(case.then), 12) for case in rule.cases
        ]
    lines = "".join(f"\n            {branch}" for branch in branches)
    return f"case{lines}\n        end"


def _possible_sql(variable: Variable) -> str:
    found = f"{variable.name}__found"
    branch = _branch(_in_range(variable, found), found, 12)
    return f",\n        case\n            {branch}\n        end as {variable.name}__possible"


def _derived_sql(rule: Derivation) -> str:
    return re.sub(r"\{(\w+)\}", r"\1__possible", rule.expression)


def _answer_sql(variable: Variable, rule: Rule | Derivation) -> str:
    """Return one line of the lateral values: variable, original, value, unit, missing reason."""
    unit = _literal(variable.unit) if variable.unit else "null"
    name = _literal(variable.name)
    if isinstance(rule, Rule) and rule.rule == "impossible":
        return f"        ({name}, null, null, {unit}, 'not_asked')"
    found = f"derived.{variable.name}__found"
    parts = [name, _original_sql(rule), _text_sql(variable, found), unit]
    body = ",\n            ".join([*parts, _reason_sql(variable, rule, found)])
    return f"        (\n            {body}\n        )"


def _original_sql(rule: Rule | Derivation) -> str:
    if isinstance(rule, Derivation):
        return "null"
    columns = [f"derived.{column}::text" for column in rule.columns]
    if len(columns) == 1:
        return columns[0]
    together = f"concat_ws('; ', {', '.join(columns)})"
    if len(together) + len("            nullif(, ''),") <= LINE_LENGTH:
        return f"nullif({together}, '')"
    listed = (",\n" + " " * 20).join(["'; '", *columns])
    lines = ["nullif(", f"    concat_ws({NEWLINE}{' ' * 20}{listed}", "    ),", "    ''", ")"]
    return (NEWLINE + " " * 12).join(lines)


def _text_sql(variable: Variable, found: str) -> str:
    if not _is_number(variable):
        return found
    return f"trim_scale(round({found}, {variable.decimals or 0}))::text"


def _in_range(variable: Variable, found: str) -> str:
    if variable.range is None:
        return f"{found} is not null"
    return f"{found} between {variable.range.minimum:g} and {variable.range.maximum:g}"


def _reason_sql(variable: Variable, rule: Rule | Derivation, found: str) -> str:
    """Return why there is no value, null when there is one; the most telling reason first."""
    branches = [f"when {_in_range(variable, found)} then null"]
    if isinstance(rule, Derivation):
        branches.append("else 'not_answered'")
    else:
        branches.append(f"when {found} is not null then 'out_of_range'")
        branches += [
            f"when derived.{column} = {_literal(token)} then {_literal(reason)}"
            for column in rule.columns
            for token, reason in rule.missing.items()
        ]
        branches += [
            _branch(_of_derived(condition.when), _literal(condition.reason), 16)
            for condition in rule.missing_when
        ]
        empty = " and ".join(f"derived.{column} is null" for column in rule.columns)
        branches.append(_branch(empty, _literal(rule.when_empty), 16))
        branches.append("else 'unknown'")
    lines = "".join(f"\n                {branch}" for branch in branches)
    return f"case{lines}\n            end"


def _of_derived(condition: str) -> str:
    """Return a condition of a rule with its columns qualified, as sqlfluff and readers expect."""
    return re.sub(
        r"'[^']*'|\b(?:and|or|not|in|is|null|between|date|true|false)\b|\b[a-z_][a-z0-9_]*\b",
        lambda word: word[0] if _is_not_a_column(word[0]) else f"derived.{word[0]}",
        condition,
    )


_WORDS = {"and", "or", "not", "in", "is", "null", "between", "date", "true", "false"}


def _is_not_a_column(word: str) -> bool:
    return word.startswith("'") or word in _WORDS


def _is_number(variable: Variable) -> bool:
    return variable.type in ("decimal", "integer")


def _branch(condition: str, outcome: str, indent: int) -> str:
    """Return one `when … then …`, in two lines when it is long."""
    line = f"when {condition} then {outcome}"
    if len(line) + indent <= LINE_LENGTH:
        return line
    margin = " " * (indent + 4)
    return f"when{NEWLINE}{margin}{condition}{NEWLINE}{margin}then {outcome}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
