"""The answers of all surveys, long and wide, as one would write them in SQL by hand.

Written from the rule files on its own, without anything that writes the warehouse's models: each
survey is worked out once into a table, both marts are made from these tables, and the keys are
added when the rows are in. It is the reference of the benchmark, and because both must give the
same rows, a second reading of the rules.
"""

import re

from janus_warehouse.metadata import Variable
from janus_warehouse.metadata.units import convert_factor
from janus_warehouse.metadata.variables import number_text
from janus_warehouse.surveys import Harmonisation, Rule, Survey

SCHEMA = "by_hand"


def statements(harmonisation: Harmonisation) -> list[str]:
    """Return the SQL that makes `by_hand.wide` and `by_hand.long`."""
    surveys = harmonisation.surveys.values()
    wide = "\nunion all\n".join(_wide(survey, harmonisation) for survey in surveys)
    long = "\nunion all\n".join(_long(survey, harmonisation) for survey in surveys)
    return [
        f"drop schema if exists {SCHEMA} cascade",
        f"create schema {SCHEMA}",
        *(_survey(survey, harmonisation) for survey in surveys),
        f"create table {SCHEMA}.wide as\n{wide}",
        f"alter table {SCHEMA}.wide add primary key (collection_id, donor_id, survey_id)",
        f"create table {SCHEMA}.long as\n{long}",
        f"alter table {SCHEMA}.long add primary key (collection_id, donor_id, survey_id, variable)",
        f"analyze {SCHEMA}.wide",
        f"analyze {SCHEMA}.long",
    ]


def _survey(survey: Survey, harmonisation: Harmonisation) -> str:
    """Return one table per survey: value, original and reason of every variable it tells."""
    variables = harmonisation.variables
    found, possible, told = [], [], []
    checks = harmonisation.checks_in(survey)
    for name, rule in survey.rules.items():
        variable = variables[name]
        cast = "::numeric" if variable.is_number else ""
        found.append(f"({_found(variable, rule, survey)}){cast} as f_{name}")
        if variable.range is not None:
            low, high = _limits(variable)
            possible.append(f"case when f_{name} between {low} and {high} then f_{name} end")
        else:
            possible.append(f"f_{name}")
        possible[-1] += f" as p_{name}"
        told += _told(variable, rule, [c for c, check in checks.items() if name in check.blanks])
    verdicts = [_verdict(name, check, variables) for name, check in checks.items()]
    derived = harmonisation.derived_in(survey)
    worked_out = [
        "(" + re.sub(r"{(\w+)}", r"\1", derivation.expression) + f") as f_{name}"
        for name, derivation in derived.items()
    ]
    outcomes = []
    for name, derivation in derived.items():
        outcomes += _derived(variables[name], derivation.of)
    return f"""create table {SCHEMA}.{survey.survey_id} as
with a as ({_attenders(survey, harmonisation)}),
f as (select *, {", ".join(found)} from a),
p as (select *, {", ".join(possible)} from f),
c as (select {", ".join(["*", *verdicts])} from p),
t as (select collection_id, donor_id, delivery_id, attended_on, {", ".join(told)} from c),
d as (select {", ".join(["*", *worked_out])} from t)
select {", ".join(["*", *outcomes])} from d"""


def _attenders(survey: Survey, harmonisation: Harmonisation) -> str:
    """Return one row per attender: the latest line of each, with the other tables' columns."""
    read = set(re.findall(r"\w+", " ".join(_texts(survey)))) & set(survey.columns)
    owner = {}
    for contract in reversed(survey.contracts):
        owner |= {column.name: contract.table for column in contract.kept_columns}
    first = survey.contracts[0].table
    day = f"{first}.{survey.spec.attended_date}" if survey.spec.attended_date else "null::date"
    columns = [f"{owner[name]}.{name}" for name in sorted(read)]
    joins = "".join(
        f" left join staging.stg_{other.source}__{other.table} as {other.table}"
        f" on {other.table}.collection_id = {first}.collection_id"
        f" and {other.table}.donor_id = {first}.donor_id"
        for other in survey.contracts[1:]
    )
    holds = " ".join(check.holds for check in harmonisation.checks_in(survey).values())
    if re.search("donor_sex_code|{sex_code}|{age_years}", " ".join([*_texts(survey), holds])):
        columns.append("persons.sex_code as donor_sex_code")
        columns.append(f"extract(year from age({day}, persons.birth_date)) as donor_age_years")
        joins += (
            f" left join intermediate.int_donors__persons as persons"
            f" on persons.collection_id = {first}.collection_id"
            f" and persons.donor_id = {first}.donor_id"
        )
    source = f"staging.stg_{survey.contracts[0].source}__{first}"
    return (
        f"select distinct on ({first}.delivery_id, {first}.donor_id) {first}.collection_id, "
        f"{first}.donor_id, {first}.delivery_id, {day} as attended_on, {', '.join(columns)} "
        f"from {source} as {first}{joins} order by {first}.delivery_id, {first}.donor_id, "
        f"{day} desc nulls last, {first}.line_number desc"
    )


def _texts(survey: Survey) -> list[str]:
    texts = []
    for rule in survey.rules.values():
        texts += [*rule.columns, rule.expression or ""]
        texts += [case.when for case in rule.cases] + [entry.when for entry in rule.missing_when]
    return texts


def _found(variable: Variable, rule: Rule, survey: Survey) -> str:
    """Return what a rule finds, before anything is said about its range."""
    column = rule.columns[0]
    if rule.rule == "recode":
        cases = " ".join(f"when {_text(a)} then {_text(b)}" for a, b in rule.recode.items())
        return f"case {column} {cases} end"
    if rule.rule == "case_when":
        cases = " ".join(
            f"when {_without_codes(case.when, rule)} then {_text(case.then)}" for case in rule.cases
        )
        return f"case {cases} end"
    if rule.rule == "operation":
        return _without_codes(rule.expression or "", rule, survey)
    value, unit = _without_codes(f"{{{column}}}", rule), survey.columns[column].unit
    if not variable.is_number or not variable.unit or not unit or unit == variable.unit:
        return value
    factor = convert_factor(unit, variable.unit, variable.molar_mass)
    return f"{value} * {factor.numerator}::numeric / {factor.denominator}"


def _without_codes(text: str, rule: Rule, survey: Survey | None = None) -> str:
    """Return an expression in which a column in braces is null where it holds a missing code.

    With a survey its whole numbers are no longer whole, so that a quotient keeps its fraction.
    """
    whole = ("smallint", "integer", "bigint")

    def cleaned(match: re.Match[str]) -> str:
        column = match[1]
        is_whole = survey is not None and survey.columns[column].physical_type in whole
        value = f"{column}::numeric" if is_whole else column
        if not rule.missing:
            return value
        codes = ", ".join(_text(code) for code in rule.missing)
        return f"case when {column} in ({codes}) then null else {value} end"

    return re.sub(r"{(\w+)}", cleaned, text)


def _told(variable: Variable, rule: Rule, blanked_by: list[str]) -> list[str]:
    """Return value, original and reason of one variable."""
    name = variable.name
    value = f"round(p_{name}, {variable.decimals or 0})" if variable.is_number else f"p_{name}"
    whens = [(f"c_{check}", "inconsistent") for check in blanked_by]
    if blanked_by:
        value = f"case when {' or '.join(f'c_{c}' for c in blanked_by)} then null else {value} end"
    reasons = [f"when {when} then {_text(reason)}" for when, reason in whens]
    reasons.append(f"when p_{name} is not null then null")
    if variable.range is not None:
        reasons.append(f"when f_{name} is not null then 'out_of_range'")
    reasons += [f"when {each.when} then {_text(each.reason)}" for each in rule.missing_when]
    reasons += [
        f"when {column} = {_text(code)} then {_text(reason)}"
        for column in rule.columns
        for code, reason in rule.missing.items()
    ]
    empty = " or ".join(f"{column} is null" for column in rule.columns)
    reasons.append(f"when {empty} then {_text(rule.when_empty)}")
    otherwise = "unmapped" if rule.rule in ("direct", "recode") else "unknown"
    original = f"{rule.columns[0]}::text"
    if len(rule.columns) > 1:
        listed = ", ".join(f"{column}::text" for column in rule.columns)
        original = f"nullif(concat_ws('; ', {listed}), '')"
    return [
        f"{value} as {name}",
        f"{original} as o_{name}",
        f"case {' '.join(reasons)} else '{otherwise}' end as m_{name}",
    ]


def _verdict(name: str, check, variables: dict[str, Variable]) -> str:
    known, holds = [f"p_{of} is not null" for of in check.of], check.holds
    for word in ("sex_code", "age_years"):
        if f"{{{word}}}" in holds:
            holds = holds.replace(f"{{{word}}}", f"donor_{word}")
            known.append(f"donor_{word} is not null")
    holds = re.sub(r"{(\w+)}", r"p_\1", holds)
    return f"case when {' and '.join(known)} then not ({holds}) end as c_{name}"


def _derived(variable: Variable, of: tuple[str, ...]) -> list[str]:
    name, found = variable.name, f"f_{variable.name}"
    kept = f"{found} is not null"
    if variable.range is not None:
        low, high = _limits(variable)
        kept = f"{found} between {low} and {high}"
    value = f"round({found}, {variable.decimals or 0})" if variable.is_number else found
    parts = ", ".join(f"m_{part}" for part in of)
    return [
        f"case when {kept} then {value} end as {name}",
        f"null::text as o_{name}",
        f"case when {kept} then null else coalesce({parts}, 'out_of_range') end as m_{name}",
    ]


def _wide(survey: Survey, harmonisation: Harmonisation) -> str:
    tells = {*survey.rules, *harmonisation.derived_in(survey)}
    columns = []
    for name, variable in harmonisation.variables.items():
        kind = "numeric" if variable.is_number else "text"
        pair = (name, f"m_{name}") if name in tells else (f"null::{kind}", "'not_asked'")
        columns += [f"{pair[0]} as {name}", f"{pair[1]} as {name}_missing"]
    return (
        f"select collection_id, donor_id, '{survey.survey_id}' as survey_id, attended_on "
        f"as attended_date, delivery_id, {', '.join(columns)} from {SCHEMA}.{survey.survey_id}"
    )


def _long(survey: Survey, harmonisation: Harmonisation) -> str:
    derived = harmonisation.derived_in(survey)
    rows = []
    for name, variable in harmonisation.variables.items():
        unit = _text(variable.unit) if variable.unit else "null"
        if name not in survey.rules and name not in derived:
            rows.append(f"({_text(name)}, null, null, {unit}, 'impossible', 'not_asked')")
            continue
        rule = survey.rules[name].rule if name in survey.rules else "derived"
        value = f"trim_scale(s.{name})::text" if variable.is_number else f"s.{name}"
        rows.append(f"({_text(name)}, s.o_{name}, {value}, {unit}, '{rule}', s.m_{name})")
    return (
        f"select s.collection_id, s.donor_id, '{survey.survey_id}' as survey_id, x.variable, "
        "s.attended_on as attended_date, x.value_original, x.value, x.unit, x.rule, "
        f"x.missing_reason, s.delivery_id from {SCHEMA}.{survey.survey_id} as s "
        f"cross join lateral (values {', '.join(rows)}) "
        "as x (variable, value_original, value, unit, rule, missing_reason)"
    )


def _limits(variable: Variable) -> tuple[str, str]:
    assert variable.range is not None
    return number_text(variable.range.minimum), number_text(variable.range.maximum)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
