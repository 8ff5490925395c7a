"""The rules over cases written as SQL: one scan that flags, one that counts, one table of rules.

However many rules there are, each model reads `int_cases__checkable` once.
"""

from collections.abc import Iterable

from janus_warehouse.metadata import CaseCheck, CaseChecks
from janus_warehouse.metadata.case_checks import CONSUMERS
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY

_AS_WRITTEN = """\
-- Conditions stand as in the table of rules, one in a line.
-- noqa: disable=LT01,LT02,LT05,RF02"""

_FLAGGED_SQL = """\
-- One row per case and rule that it breaks: all rules in one scan of the cases.
-- {written_by}
{as_written}

with

cases as (

    select * from {{{{ ref('int_cases__checkable') }}}}

),

-- Few cases break any rule: only they are gone through rule by rule, which is eight times as fast.
suspicious as (

    select *
    from cases
    where
        {any_of}

),

flagged as (

    select
        suspicious.collection_id,
        suspicious.tumour_id,
        suspicious.donor_id,
        suspicious.delivery_id,
        checks.rule_code,
        checks.severity
    from suspicious
    cross join lateral (
        values
{conditions}
    ) as checks (rule_code, severity, is_broken)
    where checks.is_broken

)

select * from flagged
"""

_COUNTED_SQL = """\
-- One row per collection and rule: cases it is about, and cases that break it, in one scan.
-- {written_by}
{as_written}

with

cases as (

    select * from {{{{ ref('int_cases__checkable') }}}}

),

counted as (

    select
        collection_id,
{counts}
    from cases
    group by collection_id

),

-- One row with all counts becomes one row for each rule.
listed as (

    select
        counted.collection_id,
        counts.rule_code,
        counts.denominator,
        counts.numerator
    from counted
    cross join lateral (
        values
{rows}
    ) as counts (rule_code, denominator, numerator)

)

select * from listed
"""

_RULES_SQL = """\
-- One row per rule over cases: how grave, what it says, who leaves such cases out.
-- {written_by}
{as_written}

with

rules as (

    select
        rule_code,
        severity,
        description_no,
        description,
        source,
        excluded_from_statistics,
        excluded_from_matching,
        excluded_from_extracts
    from (
        values
{rows}
    ) as listed (
        rule_code, severity, description_no, description, source,
        excluded_from_statistics, excluded_from_matching, excluded_from_extracts
    )

)

select * from rules
"""


def check_files(checks: CaseChecks) -> dict[str, str]:
    """Return the three models of the rules, by path below `_generated`."""
    written_by = WRITTEN_BY.format(origin="metadata/case_checks", mark="--")
    numbered = list(enumerate(checks.rules.items(), start=1))
    flagged = _FLAGGED_SQL.format(
        written_by=written_by,
        as_written=_AS_WRITTEN,
        any_of="\n        or ".join(f"({_broken(rule)})" for rule in checks.rules.values()),
        conditions=_listed(_condition(code, rule) for _, (code, rule) in numbered),
    )
    counted = _COUNTED_SQL.format(
        written_by=written_by,
        as_written=_AS_WRITTEN,
        counts=",\n".join(_count(number, rule) for number, (_, rule) in numbered),
        rows=_listed(f"('{code}', applies_{n}, fails_{n})" for n, (code, _) in numbered),
    )
    rules = _RULES_SQL.format(
        written_by=written_by,
        as_written=_AS_WRITTEN,
        rows=_listed(_rule(code, rule) for code, rule in checks.rules.items()),
    )
    return {
        "checks/int_case_checks__flagged.sql": flagged,
        "checks/int_case_checks__counted.sql": counted,
        "checks/int_case_checks__rules.sql": rules,
    }


def _listed(rows: Iterable[str]) -> str:
    return ",\n".join(f"            {row}" for row in rows)


def _condition(code: str, rule: CaseCheck) -> str:
    return f"('{code}', '{rule.severity}', {_broken(rule)})"


def _broken(rule: CaseCheck) -> str:
    return f"({rule.fails})" if rule.applies == "true" else f"({rule.applies}) and ({rule.fails})"


def _count(number: int, rule: CaseCheck) -> str:
    return (
        f"        count(*) filter (where {rule.applies}) as applies_{number},\n"
        f"        count(*) filter (where {_broken(rule)}) as fails_{number}"
    )


def _rule(code: str, rule: CaseCheck) -> str:
    texts = (code, rule.severity, rule.description.nb, rule.description.en, rule.source)
    excluded = (str(consumer in rule.excluded_from).lower() for consumer in CONSUMERS)
    return f"({', '.join([*map(_quoted, texts), *excluded])})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
