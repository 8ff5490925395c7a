"""SQL expressions of the harmonisation: of one variable in one survey."""

import re

from janus_warehouse.contracts import Column
from janus_warehouse.metadata import Variable
from janus_warehouse.metadata.units import convert_factor, factor_sql
from janus_warehouse.metadata.variables import number_text
from janus_warehouse.surveys import CrossCheck, Derivation, Rule
from janus_warehouse.surveys.outcomes import DONOR_AGE, DONOR_SEX, WHOLE_NUMBERS

LINE_LENGTH = 100
NEWLINE = "\n"
UNMAPPED = "unmapped"
"""Reason of a delivered code that no rule maps. A build with such a row fails."""


def found_sql(variable: Variable, rule: Rule, columns: dict[str, Column]) -> str:
    """Return what a rule finds in the columns, as a number where the variable is one.

    Args:
        columns: The survey's delivered columns, for the units of a direct rule.
    """
    value = _value_sql(variable, rule, columns)
    if not variable.is_number:
        return value
    # Surveys deliver small integers; what is worked out from them need not be one.
    room = LINE_LENGTH - len(f"        ()::numeric as {variable.name}__found,")
    if rule.rule == "direct" and " " not in value.replace(", ", ","):
        return f"{value}::numeric"
    if NEWLINE not in value and len(value) <= room:
        return f"({value})::numeric"
    margin = NEWLINE + " " * 12
    return f"({margin}{value.replace(NEWLINE, margin)}{NEWLINE}        )::numeric"


def _value_sql(variable: Variable, rule: Rule, columns: dict[str, Column]) -> str:
    if rule.rule == "direct":
        return _cleaned(rule.columns[0], rule) + _conversion(variable, columns[rule.columns[0]])
    if rule.rule == "operation":
        return _filled(rule.expression or "", rule, columns)
    if rule.rule == "recode":
        branches = [
            branch(f"{rule.columns[0]} = {literal(code)}", literal(value), 12)
            for code, value in rule.recode.items()
        ]
    else:
        branches = [branch(_filled(case.when, rule), literal(case.then), 12) for case in rule.cases]
    lines = "".join(f"\n            {line}" for line in branches)
    return f"case{lines}\n        end"


def _conversion(variable: Variable, column: Column) -> str:
    """Return the multiplication that brings a column to the variable's unit, or nothing."""
    if not variable.is_number or variable.unit is None or column.unit is None:
        return ""
    return factor_sql(convert_factor(column.unit, variable.unit, variable.molar_mass))


def _cleaned(column: str, rule: Rule) -> str:
    """Return the column without its missing-value codes."""
    text = column
    for token in rule.missing:
        text = f"nullif({text}, {literal(token)})"
    return text


def _filled(expression: str, rule: Rule, numbers: dict[str, Column] | None = None) -> str:
    """Return an expression with its columns in place of the braces.

    Args:
        numbers: Columns of which whole numbers are taken as numeric: what is worked out from them
            need not be whole, and PostgreSQL would cut off the fraction of a quotient.
    """

    def column(found: re.Match[str]) -> str:
        is_whole = numbers is not None and numbers[found[1]].physical_type in WHOLE_NUMBERS
        return _cleaned(found[1], rule) + ("::numeric" if is_whole else "")

    return re.sub(r"\{(\w+)\}", column, expression)


def possible_name(variable: Variable) -> str:
    """Return the column of what was found and is in range."""
    return f"{variable.name}__{'found' if variable.range is None else 'possible'}"


def possible_sql(variable: Variable) -> str:
    """Return the expression of what was found and is in range, of a variable with a range."""
    found = f"{variable.name}__found"
    return f"case{NEWLINE}            {branch(in_range(variable, found), found, 12)}\n        end"


def fails_sql(check: CrossCheck, variables: dict[str, Variable]) -> str:
    """Return whether a cross-check fails: null where not all of its variables are known."""
    names = {of: possible_name(variables[of]) for of in check.of}
    names |= {"sex_code": DONOR_SEX, "age_years": DONOR_AGE}
    asked = [name for name in ("sex_code", "age_years") if f"{{{name}}}" in check.holds]
    looked_at = [names[name] for name in [*check.of, *asked]]
    holds = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], check.holds)
    known = " and ".join(f"{name} is not null" for name in looked_at)
    return f"case\n            {branch(known, _negated(holds, 20), 12)}\n        end"


def settled_sql(variable: Variable, blanking: list[str]) -> str:
    """Return the value that counts: in range, and blanked by no cross-check."""
    value = rounded(variable, possible_name(variable))
    if not blanking:
        return value
    return _case([(_fail(blanking), "null")], f"else {value}")


def original_sql(rule: Rule) -> str:
    """Return the answer as delivered, several columns separated by semicolons."""
    columns = [f"{column}::text" for column in rule.columns]
    if len(columns) == 1:
        return columns[0]
    together = f"nullif(concat_ws('; ', {', '.join(columns)}), '')"
    if len(together) + 50 <= LINE_LENGTH:
        return together
    listed = (",\n" + " " * 16).join(["'; '", *columns])
    lines = ["nullif(", "    concat_ws(", f"        {listed}", "    ),", "    ''", ")"]
    return (NEWLINE + " " * 8).join(lines)


def reason_sql(variable: Variable, rule: Rule, blanking: list[str]) -> str:
    """Return why there is no value, null when there is one; the most telling reason first."""
    branches = []
    if blanking:
        branches.append((_fail(blanking), "'inconsistent'"))
    branches.append((f"{possible_name(variable)} is not null", "null"))
    if variable.range is not None:
        branches.append((f"{variable.name}__found is not null", "'out_of_range'"))
    # First to whom the question was not put: what their cell holds says nothing of this variable.
    branches += [(entry.when, literal(entry.reason)) for entry in rule.missing_when]
    branches += [
        (f"{column} = {literal(token)}", literal(reason))
        for column in rule.columns
        for token, reason in rule.missing.items()
    ]
    # A value needs all of the columns here, since there is none: one left empty tells why.
    empty = " or ".join(f"{column} is null" for column in rule.columns)
    branches.append((empty, literal(rule.when_empty)))
    last = UNMAPPED if rule.rule in ("recode", "direct") else "unknown"
    return _case(branches, f"else {literal(last)}")


def derived_sql(derivation: Derivation) -> str:
    """Return what is worked out from the values that count, before its range is asked."""
    expression = derivation.expression.replace(NEWLINE, NEWLINE + " " * 8)
    return re.sub(r"\{(\w+)\}", r"\1", expression)


def derived_reason_sql(variable: Variable, derivation: Derivation, found: str) -> str:
    """Return why a derived variable has no value: why the first of its parts has none."""
    parts = [*(f"{of}__missing" for of in derivation.of), "'out_of_range'"]
    inner = f"coalesce({', '.join(parts)})"
    if len(f"            else {inner}") > LINE_LENGTH:
        listed = _lines([f"{part}," for part in parts], 20)[:-1]
        inner = f"coalesce({listed}{NEWLINE}{' ' * 16})"
    return _case([(in_range(variable, found), "null")], f"else {inner}")


def rounded(variable: Variable, value: str) -> str:
    if not variable.is_number:
        return value
    return f"round({value}, {variable.decimals or 0})"


def in_range(variable: Variable, found: str) -> str:
    """Return the condition that something was found which can be true."""
    if variable.range is None:
        return f"{found} is not null"
    low, high = number_text(variable.range.minimum), number_text(variable.range.maximum)
    return f"{found} between {low} and {high}"


def _fail(blanking: list[str]) -> str:
    return " or ".join(f"{check}__fails" for check in blanking)


def _case(branches: list[tuple[str, str]], last: str) -> str:
    lines = "".join(f"\n            {branch(when, then, 12)}" for when, then in branches)
    return f"case{lines}\n            {last}\n        end"


def branch(condition: str, outcome: str, indent: int) -> str:
    """Return one `when … then …`, in two lines when it is long."""
    line = f"when {condition} then {outcome}"
    if len(line) + indent <= LINE_LENGTH:
        return line
    margin = " " * (indent + 4)
    pieces = condition.split(" and ")
    if (
        len(condition) + indent + 4 > LINE_LENGTH
        and " or " not in condition
        and "(" not in condition
    ):
        condition = f"{NEWLINE}{margin}and ".join(pieces)
    elif (
        len(condition) + indent + 4 > LINE_LENGTH
        and " and " not in condition
        and "(" not in condition
    ):
        condition = f"{NEWLINE}{margin}or ".join(condition.split(" or "))
    return f"when{NEWLINE}{margin}{condition}{NEWLINE}{margin}then {outcome}"


def _negated(condition: str, indent: int) -> str:
    """Return `not (…)`, folded before its operators when it is long."""
    if indent + len(f"then not ({condition})") <= LINE_LENGTH:
        return f"not ({condition})"
    lines: list[str] = []
    for piece in _pieces(condition):
        joined = f"{lines[-1]} {piece}" if lines else piece
        # Alternatives stand below each other; what is one comparison is kept together.
        if not lines or piece.startswith("or ") or indent + 4 + len(joined) > LINE_LENGTH:
            lines.append(piece)
        else:
            lines[-1] = joined
    return f"not ({_lines(lines, indent + 4)}{NEWLINE}{' ' * indent})"


def _pieces(condition: str) -> list[str]:
    """Return a condition cut before the operators that stand in no bracket."""
    pieces, depth = [""], 0
    for token in re.split(r"( (?=(?:or|and|between|[-+<>=]+) )|[()])", condition):
        depth += {"(": 1, ")": -1}.get(token, 0)
        is_range = re.search(r"\bbetween [^ ]+$", pieces[-1]) is not None
        if token == " " and depth == 0 and not is_range:
            pieces.append("")
        else:
            pieces[-1] += token
    return pieces


def _lines(lines: list[str], indent: int) -> str:
    return "".join(f"{NEWLINE}{' ' * indent}{line}" for line in lines)


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
