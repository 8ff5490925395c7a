"""Which examples of a survey's rules can be answers of one attender.

dbt compares whole rows: of each attender of a unit test it must be known what comes of every
variable that the test is about. So variables share their attenders where for each of them there
is an example that agrees with those of the others in the columns that they have in common, and
the rest have a test of their own. A survey needs a handful of tests and not one for each variable.
"""

from dataclasses import dataclass, field
from typing import Any

from janus_warehouse.surveys import Example, Harmonisation, Rule, Survey
from janus_warehouse.surveys.outcomes import DONOR_SEX
from janus_warehouse.surveys.words import named_columns
from janus_warehouse.warehouse.answers_sql import texts_of


@dataclass
class Attender:
    """One attender: an example of each variable, and what each column then holds."""

    examples: dict[str, Example] = field(default_factory=dict)
    holds: dict[str, Any] = field(default_factory=dict)

    def take(self, name: str, example: Example, read: set[str]) -> None:
        """Let the attender answer as an example of a variable says; what it leaves out is empty."""
        self.examples[name] = example
        self.holds |= {column: example.given.get(column) for column in read}

    def agrees(self, example: Example, read: set[str]) -> bool:
        """Tell whether an example says of no column something else than the others do."""
        return all(
            column not in self.holds or self.holds[column] == example.given.get(column)
            for column in read
        )


@dataclass
class Together:
    """Variables that share their attenders."""

    rules: dict[str, Rule] = field(default_factory=dict)
    read: dict[str, set[str]] = field(default_factory=dict)
    checked_by: set[str] = field(default_factory=set)
    attenders: list[Attender] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return list(self.read)

    def admit(self, name: str, rule: Rule, read: set[str], checks: set[str]) -> bool:
        """Take a variable in, and tell whether that could be done."""
        if checks & self.checked_by:
            return False
        chosen, left = [], list(rule.examples)
        for attender in self.attenders:
            fitting = [e for e in rule.examples if attender.agrees(e, read)]
            if not fitting:
                return False
            example = next((e for e in fitting if e in left), fitting[0])
            left = [e for e in left if e != example]
            chosen.append(example)
        more = [self._further(name, example, read) for example in left]
        if None in more:
            return False
        for attender, example in zip(self.attenders, chosen, strict=True):
            attender.take(name, example, read)
        self.attenders += [attender for attender in more if attender is not None]
        self.read[name], self.rules[name] = read, rule
        self.checked_by |= checks
        return True

    def _further(self, name: str, example: Example, read: set[str]) -> Attender | None:
        """Return an attender who answers as an example says, if the other variables can follow."""
        attender = Attender()
        attender.take(name, example, read)
        for other, rule in self.rules.items():
            fitting = next((e for e in rule.examples if attender.agrees(e, self.read[other])), None)
            if fitting is None:
                return None
            attender.take(other, fitting, self.read[other])
        return attender


def unit_tests_of(survey: Survey, harmonisation: Harmonisation, names: list[str]) -> list[Together]:
    """Return the tests that hold every example of some variables, as few as come together."""
    tests: list[Together] = []
    for name in names:
        rule = survey.rules[name]
        checks = {
            check: content
            for check, content in harmonisation.checks_in(survey).items()
            if content.blanks and name in content.of
        }
        read = _read(survey, rule)
        if any("{sex_code}" in content.holds for content in checks.values()):
            read.add(DONOR_SEX)
        if not any(test.admit(name, rule, read, set(checks)) for test in tests):
            tests.append(Together())
            tests[-1].admit(name, rule, read, set(checks))
    return tests


def told_elsewhere(survey: Survey, other: Survey, name: str) -> bool:
    """Tell whether another survey tests the same rule on columns of the same kind.

    An inherited rule is the same SQL as where it was written, unless its columns differ.
    """
    rule = survey.rules[name]
    if other.rules.get(name) != rule:
        return False
    return all(
        _kind(survey, column) == _kind(other, column) for column in sorted(_read(survey, rule))
    )


def _kind(survey: Survey, column: str) -> tuple[str | None, str | None] | None:
    found = survey.columns.get(column)
    return None if found is None else (found.physical_type, found.unit)


def _read(survey: Survey, rule: Rule) -> set[str]:
    """Return the columns that a rule or one of its examples names."""
    columns = {*survey.tables_of_columns, DONOR_SEX}
    read = set(rule.columns)
    for text in texts_of(rule):
        read |= named_columns(text, columns)
    return read.union(*(example.given for example in rule.examples))
