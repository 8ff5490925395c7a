"""What can be wrong between a rule file, the dictionary and the contracts, told with its line."""

import re
from collections.abc import Iterator

from janus_warehouse.contracts import Column, Contract
from janus_warehouse.metadata import Codelist, Variable
from janus_warehouse.metadata.located import LocatedYaml
from janus_warehouse.metadata.units import UnitError, convert_factor
from janus_warehouse.surveys.definition import CrossCheck, Derivation, Rule, RuleFile, Survey
from janus_warehouse.surveys.expressions import expression_faults
from janus_warehouse.surveys.outcomes import DONOR_SEX, NUMBERS, code_problems, example_problems
from janus_warehouse.surveys.words import braced, unknown_words

_Place = tuple[list[str], str]
"""Where a problem stands in the file, and the message."""


def survey_problems(
    survey: Survey,
    file: RuleFile,
    document: LocatedYaml,
    variables: dict[str, Variable],
    codelists: dict[str, Codelist],
    derived: set[str],
    base: Survey | None,
) -> list[str]:
    """Return the problems of a survey's file; those of an inherited rule at `based_on`.

    What is wrong with a rule in the survey that it comes from as well is told there alone.
    """
    found = [*_of_the_tables(survey), *_of_the_matrix(survey, file, variables, derived)]
    for name, rule in survey.rules.items():
        if name not in variables or name in derived:
            continue
        variable, codelist = variables[name], codelists.get(variables[name].codelist or "")
        own = _of_a_rule(survey, variable, rule, codelist)
        if name in file.rules:
            found += [(["rules", name, *keys], message) for keys, message in own]
        elif base is not None:
            there = {message for _, message in _of_a_rule(base, variable, rule, codelist)}
            found += [
                (["based_on"], f"rule of {name}: {message}")
                for _, message in own
                if message not in there
            ]
    return [document.problem(keys, message) for keys, message in found]


def shared_problems(
    derivations: LocatedYaml,
    derived: dict[str, Derivation],
    crossed: LocatedYaml,
    checks: dict[str, CrossCheck],
    variables: dict[str, Variable],
) -> list[str]:
    """Return the problems of what is derived and checked in every survey."""
    problems = []
    for name, derivation in derived.items():
        if name not in variables:
            problems.append(derivations.problem([name], "is not in metadata/variables/surveys"))
        for keys, message in _of_variables(
            derivation.of, derivation.expression, variables, derived
        ):
            problems.append(derivations.problem([name, *keys], message))
    for name, check in checks.items():
        for keys, message in _of_variables(
            check.of, check.holds, variables, derived, key="holds", also={"sex_code", "age_years"}
        ):
            problems.append(crossed.problem([name, *keys], message))
        strangers = sorted(set(check.blanks) - set(check.of))
        if strangers:
            found = f"{', '.join(strangers)} not in `of`: a check blanks what it looks at"
            problems.append(crossed.problem([name, "blanks"], found))
    return problems


def _of_variables(
    of: tuple[str, ...],
    expression: str,
    variables: dict[str, Variable],
    derived: dict[str, Derivation],
    key: str = "expression",
    also: frozenset[str] | set[str] = frozenset(),
) -> Iterator[_Place]:
    for name in of:
        if name not in variables:
            yield ["of"], f"{name} is not in metadata/variables/surveys"
        elif name in derived:
            yield ["of"], f"{name} is itself derived; name what it is derived from"
    for fault in expression_faults(expression):
        yield [key], fault
    strangers = sorted(braced(expression) - set(of) - also)
    if strangers:
        yield [key], f"{', '.join(strangers)} not in `of`"
    if words := unknown_words(expression, set()):
        yield [key], f"expected variables in braces, found {', '.join(sorted(words))}"


def _of_the_tables(survey: Survey) -> Iterator[_Place]:
    for position, contract in enumerate(survey.contracts):
        if contract.person is None:
            yield (
                ["survey", "tables", str(position)],
                "expected a table of persons; its contract names no person",
            )
        elif position > 0 and not _has_one_row_per_person(contract):
            column = contract.person.column
            yield (
                ["survey", "tables", str(position)],
                "expected one row per person in a table that is joined to the first; write "
                f"`unique: true` at {column} in its contract",
            )
    person = survey.contracts[0].person
    if person is not None and person.mode == "register" and "sex_code" not in survey.columns:
        yield (
            ["survey", "tables"],
            f"{survey.spec.tables[0]} makes donors known (mode: register); "
            "expected a column sex_code in its contract, found none",
        )
    attended = survey.spec.attended_date
    first = {column.name: column for column in survey.contracts[0].kept_columns}
    if attended is not None and (attended not in first or first[attended].physical_type != "date"):
        yield (
            ["survey", "attended_date" if attended != "attended_date" else "tables"],
            f"expected a date column {attended} in {survey.spec.tables[0]}, found none; "
            "name the column, or write `attended_date: null` where no day is delivered",
        )


def _has_one_row_per_person(contract: Contract) -> bool:
    """Tell whether the door keeps a second row of a person out of each delivery."""
    person = contract.person
    headers = {column.name: column.physical_name for column in contract.columns}
    return person is not None and any(
        rule.kind in ("unique", "key")
        and rule.column == headers[person.column]
        and rule.consequence != "warn"
        for rule in contract.rules
    )


def _of_the_matrix(
    survey: Survey, file: RuleFile, variables: dict[str, Variable], derived: set[str]
) -> Iterator[_Place]:
    """Every variable stands once: in a rule, among the impossible, or derived for all."""
    listed = [name for entry in file.impossible for name in entry.variables]
    for part, names in (("rules", list(file.rules)), ("impossible", listed)):
        for name in dict.fromkeys(names):
            keys = [part, name] if part == "rules" else [part]
            if name not in variables:
                yield keys, f"{name} is not in metadata/variables/surveys"
            elif name in derived:
                yield keys, f"{name} is derived for every survey in derived.yaml; take it out"
    for name in dict.fromkeys(listed):
        if listed.count(name) > 1:
            yield ["impossible"], f"{name} is listed twice"
        if name in file.rules:
            yield ["rules", name], "has a rule and stands under impossible too; take one out"
    forgotten = [
        name
        for name in variables
        if name not in survey.rules and name not in survey.impossible and name not in derived
    ]
    if forgotten:
        yield (
            ["rules"] if file.rules else ["survey"],
            f"no rule for {', '.join(forgotten)}; list under impossible what was not asked",
        )


def _of_a_rule(
    survey: Survey, variable: Variable, rule: Rule, codelist: Codelist | None
) -> Iterator[_Place]:
    missing_columns = False
    for position, name in enumerate(rule.columns):
        tables = survey.tables_of_columns.get(name, [])
        if not tables:
            missing_columns = True
            yield (
                ["columns", str(position)],
                f"expected a column of {', '.join(survey.spec.tables)}, found no {name}",
            )
        elif len(tables) > 1:
            yield (
                ["columns", str(position)],
                f"{name} is a column of {' and of '.join(tables)}; "
                "give it another name in one of the contracts",
            )
    if missing_columns:
        return
    yield from _of_the_expressions(survey, rule)
    yield from _of_the_outcomes(variable, rule, codelist)
    columns = [survey.columns[name] for name in rule.columns]
    for column in columns:
        yield from code_problems(column, rule)
    if rule.rule == "direct":
        yield from _of_a_direct_rule(columns[0], variable, codelist)
    yield from example_problems(survey, variable, rule)


def _of_the_expressions(survey: Survey, rule: Rule) -> Iterator[_Place]:
    written = [(["expression"], rule.expression or "")]
    written += [(["cases", str(n), "when"], case.when) for n, case in enumerate(rule.cases)]
    written += [
        (["missing_when", str(n), "when"], entry.when) for n, entry in enumerate(rule.missing_when)
    ]
    for keys, text in written:
        if not text:
            continue
        for fault in expression_faults(text):
            yield keys, fault
        strangers = sorted(braced(text) - set(rule.columns))
        if strangers:
            yield keys, f"expected only columns of the rule in braces, found {', '.join(strangers)}"
        if words := unknown_words(text, {*survey.tables_of_columns, DONOR_SEX}):
            yield keys, f"expected columns of the survey, found {', '.join(sorted(words))}"


def _of_the_outcomes(variable: Variable, rule: Rule, codelist: Codelist | None) -> Iterator[_Place]:
    outcomes = {*rule.recode.values(), *(case.then for case in rule.cases)}
    told = outcomes | {example.value for example in rule.examples if example.value is not None}
    if codelist is not None:
        strangers = sorted(told - codelist.values)
        if strangers:
            yield [], f"{', '.join(strangers)} not in codelist {variable.codelist}"
    elif variable.is_number:
        strangers = sorted(text for text in told if not re.fullmatch(r"-?\d+(\.\d+)?", text))
        if strangers:
            yield [], f"expected numbers, found {', '.join(strangers)}"


def _of_a_direct_rule(
    column: Column, variable: Variable, codelist: Codelist | None
) -> Iterator[_Place]:
    if variable.is_number:
        if column.physical_type not in NUMBERS:
            yield (
                ["columns"],
                f"expected a number, found that {column.name} is {column.physical_type}; "
                "use a recode or an operation",
            )
        elif variable.unit is not None:
            if column.unit is None:
                yield (
                    ["columns"],
                    f"the contract gives no unit of {column.name}; write it there "
                    f"(the variable is in {variable.unit}), or use an operation",
                )
                return
            try:
                convert_factor(column.unit, variable.unit, variable.molar_mass)
            except UnitError as error:
                yield ["columns"], f"{column.name}: {error}"
    elif column.physical_type != "text":
        yield (
            ["columns"],
            f"expected text, found that {column.name} is {column.physical_type}; "
            "use a recode or an operation",
        )
    elif codelist is not None:
        codes = set(column.spec.custom_properties.codes or ())
        missing = set(column.spec.custom_properties.missing)
        if not codes or (codes - missing) - codelist.values:
            yield (
                ["rule"],
                f"expected the codes of {variable.codelist} in {column.name}; use a recode",
            )
