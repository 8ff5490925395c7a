"""The harmonisation rules written as SQL: one view per survey, one scan of its tables.

`int_answers__<survey>` has one row per attender and, for each variable that the survey tells,
the value, the original answer and the reason of a missing value. Both marts, long and wide, are
made from these views (`answers_marts`).
"""

import re

from janus_warehouse.contracts import Contract
from janus_warehouse.surveys import Harmonisation, Rule, Survey
from janus_warehouse.surveys.names import ANSWERS
from janus_warehouse.surveys.outcomes import DONOR_AGE, DONOR_SEX
from janus_warehouse.surveys.words import named_columns
from janus_warehouse.warehouse import answer_expressions as express
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY, staging_name

_MARGIN = ",\n        "
_SIMPLE = re.compile(r"\w+( as \w+)?|(?!case).*::\w+ as \w+", re.DOTALL)
_KEYS = ("delivery_id", "collection_id", "donor_id", "line_number")

_SURVEY_SQL = """\
-- One row per attender of {survey}: for each variable the value, the original answer, and why
-- there is no value; and which cross-checks fail.
-- {written_by}

with

{tables}

-- Worked out here, where a person listed twice counts once with the latest attendance: PostgreSQL
-- does so once per row. The delivery stands first, so that a filter on it reaches the scan.
found as (

    select distinct on (delivery_id, donor_id)
        {found}

    from attenders
    order by delivery_id asc, donor_id asc, {latest}line_number desc

),
{possible}{checked}
settled as (

    select
        {settled}

    from {last}

),
{derived}
answers as (

    select
        {answers}

    from {answered}

)

select * from answers
"""

_STEP_SQL = """
{comment}{name} as (

    select
        {columns}

    from {source}

),
"""

_TABLE_SQL = """\
{name} as (

    select * from {{{{ ref('{model}') }}}}

),"""


def answers_model(survey: str) -> str:
    """Return the name of the view of a survey's answers."""
    return ANSWERS.format(survey=survey)


def answer_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return one model per survey by path below `_generated`."""
    return {
        f"answers/{answers_model(name)}.sql": survey_sql(survey, harmonisation)
        for name, survey in harmonisation.surveys.items()
    }


def told(survey: Survey, harmonisation: Harmonisation) -> list[str]:
    """Return the variables that a survey tells, derived ones too, in the dictionary's order."""
    names = {*survey.rules, *harmonisation.derived_in(survey)}
    return [name for name in harmonisation.variables if name in names]


def survey_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    """Return the model of one survey."""
    variables = harmonisation.variables
    checks = harmonisation.checks_in(survey)
    attended = survey.spec.attended_date
    ranged = [variables[v] for v in survey.rules if variables[v].range is not None]
    possible = _step(
        "possible",
        "found",
        [f"{express.possible_sql(v)} as {express.possible_name(v)}" for v in ranged],
        "-- What cannot be true must not enter what is worked out from it.\n",
    )
    source = "possible" if possible else "found"
    checked = _step(
        "checked",
        source,
        [
            f"{express.fails_sql(check, variables)} as {name}__fails"
            for name, check in checks.items()
        ],
    )
    derived = _derived_sql(survey, harmonisation)
    return _SURVEY_SQL.format(
        survey=survey.survey_id,
        written_by=WRITTEN_BY.format(
            origin=f"metadata/harmonisation/{survey.collection}/{survey.path.name}", mark="--"
        ),
        tables=_attenders_sql(survey, harmonisation),
        latest=f"{attended} desc nulls last, " if attended else "",
        found=_found_sql(survey, harmonisation),
        possible=possible,
        checked=checked,
        settled=_MARGIN.join(_settled(survey, harmonisation)),
        last="checked" if checked else source,
        derived=derived,
        answers=_MARGIN.join(_answers(survey, harmonisation)),
        answered="derived" if derived else "settled",
    )


def _step(name: str, source: str, columns: list[str], comment: str = "") -> str:
    """Return a CTE that adds columns to another one, or nothing where there are none."""
    if not columns:
        return ""
    listed = _MARGIN.join(["*", *columns])
    return _STEP_SQL.format(name=name, source=source, columns=listed, comment=comment)


def _found_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    columns = [
        express.found_sql(harmonisation.variables[name], rule, survey.columns)
        + f" as {name}__found"
        for name, rule in survey.rules.items()
    ]
    return _MARGIN.join(["*", *_simple_first(columns)])


def _simple_first(columns: list[str]) -> list[str]:
    """Return the columns as the house style lists them: what is only named or cast stands first."""
    return sorted(columns, key=lambda column: _SIMPLE.fullmatch(column) is None)


def _blanking(survey: Survey, harmonisation: Harmonisation, variable: str) -> list[str]:
    checks = harmonisation.checks_in(survey)
    return [name for name, check in checks.items() if variable in check.blanks]


def _settled(survey: Survey, harmonisation: Harmonisation) -> list[str]:
    attended = survey.spec.attended_date or "null::date"
    lines = ["collection_id", "donor_id", "delivery_id"]
    lines.append(attended if attended == "attended_date" else f"{attended} as attended_date")
    lines += [f"{name}__fails" for name in harmonisation.checks_in(survey)]
    for name, rule in survey.rules.items():
        variable = harmonisation.variables[name]
        blanking = _blanking(survey, harmonisation, name)
        lines.append(f"{express.settled_sql(variable, blanking)} as {name}")
        lines.append(f"{express.original_sql(rule)} as {name}__original")
        lines.append(f"{express.reason_sql(variable, rule, blanking)} as {name}__missing")
    return _simple_first(lines)


def _derived_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    columns = [
        f"{express.derived_sql(derivation)} as {name}__found"
        for name, derivation in harmonisation.derived_in(survey).items()
    ]
    comment = "-- From the values that count, so that a reader of them comes to the same.\n"
    return _step("derived", "settled", columns, comment)


def _answers(survey: Survey, harmonisation: Harmonisation) -> list[str]:
    derived = harmonisation.derived_in(survey)
    lines = ["collection_id", "donor_id", "delivery_id", "attended_date"]
    for name in told(survey, harmonisation):
        if name not in derived:
            lines += [name, f"{name}__original", f"{name}__missing"]
            continue
        variable, found = harmonisation.variables[name], f"{name}__found"
        value = express.branch(
            express.in_range(variable, found), express.rounded(variable, found), 12
        )
        lines.append(f"case\n            {value}\n        end as {name}")
        lines.append(f"null::text as {name}__original")
        reason = express.derived_reason_sql(variable, derived[name], found)
        lines.append(f"{reason} as {name}__missing")
    return _simple_first([*lines, *(f"{name}__fails" for name in harmonisation.checks_in(survey))])


def _attenders_sql(survey: Survey, harmonisation: Harmonisation) -> str:
    """Return the CTEs down to `attenders`: one row per attender with all that the rules read."""
    of_the_donor = _of_the_donor(survey, harmonisation)
    if len(survey.contracts) == 1 and not of_the_donor:
        return _TABLE_SQL.format(name="attenders", model=staging_name(survey.contracts[0]))
    parts = [
        _TABLE_SQL.format(name=contract.table, model=staging_name(contract))
        for contract in survey.contracts
    ]
    if of_the_donor:
        parts.append(_TABLE_SQL.format(name="donors", model="int_donors__persons"))
    first, *others = survey.contracts
    selected = [f"{first.table}.{key}" for key in _KEYS]
    for contract in survey.contracts:
        selected += [f"{contract.table}.{name}" for name in _columns_read(survey, contract)]
    selected += of_the_donor
    joins = [contract.table for contract in others] + (["donors"] if of_the_donor else [])
    joined = "\n\n".join(
        f"    left join {name}\n        on\n"
        f"            {first.table}.collection_id = {name}.collection_id\n"
        f"            and {first.table}.donor_id = {name}.donor_id"
        for name in joins
    )
    listed = _MARGIN.join(selected)
    parts.append(
        "-- Left joins: the attenders are everybody; the other tables hold parts of them.\n"
        f"attenders as (\n\n    select\n        {listed}\n\n"
        f"    from {first.table}\n\n{joined}\n\n),"
    )
    return "\n\n".join(parts)


def asks_for_donor(survey: Survey, harmonisation: Harmonisation) -> bool:
    """Tell whether a survey's rules or checks ask for the sex or age of the donor."""
    return bool(_of_the_donor(survey, harmonisation))


def _of_the_donor(survey: Survey, harmonisation: Harmonisation) -> list[str]:
    """Return what is asked of the donor, as columns of a select."""
    holds = " ".join(check.holds for check in harmonisation.checks_in(survey).values())
    texts = " ".join(text for rule in survey.rules.values() for text in texts_of(rule))
    columns = []
    if "{sex_code}" in holds or DONOR_SEX in texts:
        columns.append(f"donors.sex_code as {DONOR_SEX}")
    if "{age_years}" in holds:
        attended = survey.spec.attended_date
        day = f"{survey.contracts[0].table}.{attended}" if attended else "null::date"
        columns.append(f"date_part('year', age({day}, donors.birth_date)) as {DONOR_AGE}")
    return columns


def _columns_read(survey: Survey, contract: Contract) -> list[str]:
    """Return the columns of one of the survey's tables that its rules read."""
    names = {column.name for column in contract.kept_columns}
    read: set[str] = set()
    for rule in survey.rules.values():
        read |= set(rule.columns) & names
        for text in texts_of(rule):
            read |= named_columns(text, names)
    if contract is survey.contracts[0] and survey.spec.attended_date:
        read.add(survey.spec.attended_date)
    return [column.name for column in contract.kept_columns if column.name in read]


def texts_of(rule: Rule) -> list[str]:
    """Return the SQL that a rule writes, piece by piece."""
    return [
        rule.expression or "",
        *(case.when for case in rule.cases),
        *(entry.when for entry in rule.missing_when),
    ]
