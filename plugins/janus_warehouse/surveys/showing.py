"""A survey's rules for a terminal: a line for each variable, or one rule with codes and SQL."""

from collections.abc import Iterator
from typing import Any

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Column as Head
from rich.table import Table

from janus_warehouse.metadata import load_codelists
from janus_warehouse.surveys.definition import Harmonisation, Rule, Survey
from janus_warehouse.warehouse import answer_expressions as express


def survey_lines(survey: Survey, harmonisation: Harmonisation) -> Iterator[Any]:
    """Yield what a terminal shows of a survey: its heading, its rules, what it cannot tell."""
    first, last = survey.spec.years
    yield f"[bold]{escape(survey.spec.label.en)}[/bold] ({survey.survey_id}), {first}–{last}"
    yield escape(survey.spec.description)
    yield f"tables: {', '.join(survey.spec.tables)}"
    rules = Table(
        Head("variable", no_wrap=True), "rule", "columns", "unit", Head("question or note")
    )
    for name, rule in survey.rules.items():
        status = "" if rule.status == "complete" else " (partial)"
        rules.add_row(
            name, f"{rule.rule}{status}", escape(", ".join(rule.columns)),
            escape(_units(survey, name, rule, harmonisation)),
            escape(rule.question or rule.note or ""),
        )  # fmt: skip
    for name, derivation in harmonisation.derived_in(survey).items():
        unit = harmonisation.variables[name].unit or ""
        rules.add_row(name, "derived", escape(", ".join(derivation.of)), escape(unit), "")
    yield rules
    whys: dict[str, list[str]] = {}
    for name, why in survey.impossible.items():
        whys.setdefault(why, []).append(name)
    for why, names in whys.items():
        yield f"impossible: {escape(why)} {', '.join(names)}"


def _units(survey: Survey, name: str, rule: Rule, harmonisation: Harmonisation) -> str:
    target = harmonisation.variables[name].unit or ""
    columns = (survey.columns.get(column) for column in rule.columns)
    sources = {column.unit for column in columns if column is not None and column.unit}
    if rule.rule == "direct" and sources and sources != {target}:
        return f"{', '.join(sorted(sources))} → {target}"
    return target


def rule_lines(survey: Survey, variable: str, harmonisation: Harmonisation) -> Iterator[Any]:
    """Yield what a terminal shows of one variable in a survey."""
    definition = harmonisation.variables[variable]
    yield f"[bold]{variable}[/bold] in {survey.survey_id}: {escape(definition.label.en)}"
    derivation = harmonisation.derived_in(survey).get(variable)
    if derivation is not None:
        yield f"derived from {', '.join(derivation.of)}"
        yield _sql(express.derived_sql(derivation))
        return
    if variable not in survey.rules:
        yield f"impossible: {escape(survey.impossible.get(variable, 'a part of it is not told'))}"
        return
    rule = survey.rules[variable]
    yield f"{rule.rule}, {rule.status}"
    for text, told in (("question", rule.question), ("note", rule.note)):
        if told:
            yield f"{text}: {escape(told)}"
    for name in rule.columns:
        column = survey.columns[name]
        unit = f" [{column.unit}]" if column.unit else ""
        yield escape(f"column {name} ({column.physical_name}){unit}: {column.description}")
    if len(rule.columns) == 1:
        yield from _codes(survey, rule, definition.codelist)
    yield f"an empty answer is {rule.when_empty}"
    for entry in rule.missing_when:
        yield escape(f"{entry.reason} when {entry.when}")
    yield "value:"
    yield _sql(express.found_sql(definition, rule, survey.columns))
    yield "reason where there is none:"
    yield _sql(express.reason_sql(definition, rule, _blanking(survey, variable, harmonisation)))


def _blanking(survey: Survey, variable: str, harmonisation: Harmonisation) -> list[str]:
    checks = harmonisation.checks_in(survey).items()
    return [name for name, check in checks if variable in check.blanks]


def _codes(survey: Survey, rule: Rule, codelist: str | None) -> Iterator[Table]:
    """Yield the codes of a column with what they mean and what becomes of them."""
    column = survey.columns[rule.columns[0]]
    listed = load_codelists().get(codelist or "")
    meaning = {code.code: code.label_en for code in listed.codes} if listed else {}
    codes = dict.fromkeys(
        [*(column.spec.custom_properties.codes or ()), *rule.recode, *rule.missing]
    )
    if not codes:
        return
    table = Table("code", "in the codebook", "becomes", "")
    for code in codes:
        value = rule.recode.get(code, code if rule.rule == "direct" else "")
        outcome = f"missing: {rule.missing[code]}" if code in rule.missing else value
        label = column.labels.get(code, "")
        table.add_row(*(escape(part) for part in (code, label, outcome, meaning.get(value, ""))))
    yield table


def _sql(text: str) -> Syntax:
    """Return SQL as it stands in the model, moved to the margin."""
    first, _, rest = text.strip().partition("\n")
    last = rest.rpartition("\n")[2]
    margin = len(last) - len(last.lstrip())
    lines = [first, *(line.removeprefix(" " * margin) for line in rest.splitlines())]
    return Syntax("\n".join(lines), "sql", background_color="default", word_wrap=True)
