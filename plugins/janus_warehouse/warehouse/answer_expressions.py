"""SQL expressions of the harmonisation: of one variable in one survey."""

import re

from janus_warehouse.metadata import Variable
from janus_warehouse.metadata.harmonisation import Derivation, Rule

LINE_LENGTH = 100
NEWLINE = "\n"


def _cleaned(column: str, rule: Rule) -> str:
    """Return the column without its missing-value codes."""
    text = column
    for token in rule.missing:
        text = f"nullif({text}, {_literal(token)})"
    return text


def _filled(expression: str, rule: Rule) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _cleaned(found[1], rule), expression)


def typed_sql(variable: Variable, rule: Rule) -> str:
    """Return what a rule finds, as a number where the variable is one."""
    # Surveys deliver small integers; what is worked out from them need not be one.
    value = _value_sql(rule)
    if not is_number(variable):
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


def possible_sql(variable: Variable) -> str:
    """Return the column of what was found and is in range, with its comma."""
    found = f"{variable.name}__found"
    branch = _branch(_in_range(variable, found), found, 12)
    return f",\n        case\n            {branch}\n        end as {variable.name}__possible"


def derived_sql(rule: Derivation) -> str:
    """Return the expression of a derived variable over what is possible."""
    return re.sub(r"\{(\w+)\}", r"\1__possible", rule.expression)


def answer_sql(variable: Variable, rule: Rule | Derivation) -> str:
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
    if not is_number(variable):
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


def is_number(variable: Variable) -> bool:
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
