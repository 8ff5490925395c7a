"""The SQL that a contract stands for: types, casts, conditions. Pure text, no connection."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from janus_warehouse.contracts.document import PropertySpec, TableSpec
from janus_warehouse.errors import ContractError

_RELATION = re.compile(r"\{((?:arriving|reference|issued|held):[a-z0-9_.]+)\}")
_NUMBERS = ("numeric", "double precision")

_DATE_FORMS = {
    "yyyy-MM-dd": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "{t}"),
    "yyyyMMdd": (r"^[0-9]{8}$", "{t}"),
    "dd.MM.yyyy": (
        r"^[0-9]{2}[.][0-9]{2}[.][0-9]{4}$",
        "right({t}, 4) || '-' || substr({t}, 4, 2) || '-' || left({t}, 2)",
    ),
    "dd/MM/yyyy": (
        r"^[0-9]{2}/[0-9]{2}/[0-9]{4}$",
        "right({t}, 4) || '-' || substr({t}, 4, 2) || '-' || left({t}, 2)",
    ),
    "ddMMyyyy": (
        r"^[0-9]{8}$",
        "right({t}, 4) || '-' || substr({t}, 3, 2) || '-' || left({t}, 2)",
    ),
}
"""Form of a date's text, and how it is written for PostgreSQL (ISO 8601)."""


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def text_name(column: str) -> str:
    """Return the check view's column with the delivered text; an empty cell is null there."""
    return quoted(f"{column}__text")


def _missing_tokens(column: PropertySpec) -> tuple[str, ...]:
    return tuple(token for token in column.custom_properties.missing if token != "")


def unless_missing(column: PropertySpec) -> str:
    """Return the delivered text, null where it is one of the column's missing-value tokens."""
    text, tokens = text_name(column.name), _missing_tokens(column)
    if not tokens:
        return text
    return f"case when {text} not in ({', '.join(map(literal, tokens))}) then {text} end"


def allowed_codes(column: PropertySpec) -> tuple[str, ...]:
    """Return the codes a cell may hold, missing-value tokens included; empty when free."""
    codes = column.custom_properties.codes or ()
    if not codes:
        return ()
    tokens = [token for token in column.custom_properties.missing if token and token not in codes]
    return (*codes, *tokens)


def number_name(column: str) -> str:
    """Return the check view's column with an identity number as bigint, null if ill-formed."""
    return quoted(f"{column}__number")


def donor_name(column: str) -> str:
    """Return the check view's column with the donor whom the vault knows by an identifier."""
    return quoted(f"{column}__donor")


def is_stranger(column: str, system: str) -> str:
    """Return the condition that neither the vault nor the delivery itself knows a person."""
    text = text_name(column)
    return (
        f"{donor_name(column)} is null and {text} is not null "
        f"and {text} not in (select value from {{arriving:{system}}})"
    )


def unreadable(column: PropertySpec) -> str:
    """Return the condition that a filled cell does not read as its type."""
    text, value = text_name(column.name), quoted(column.name)
    # The typed value comes first: it is there in nearly every row, and ends the question.
    condition = f"{value} is null and {text} is not null"
    if tokens := _missing_tokens(column):
        condition += f" and {text} not in ({', '.join(map(literal, tokens))})"
    if column.physical_type in _NUMBERS:
        # The database reads NaN and Infinity as numbers, above all others; a sender who writes
        # them has no value.
        infinite = f"'Infinity'::{column.physical_type}"
        condition += f" or {value} >= {infinite} or {value} <= -{infinite}"
    return condition


def lands_typed(table: TableSpec) -> bool:
    """Tell whether cells land with their type: what our own reader wrote needs no reading again.

    Whatever a sender writes lands as text, so that a cell that does not read is found by a rule.
    """
    return table.custom_properties.format.kind == "assay"


def landed_type(column: PropertySpec, table: TableSpec) -> str:
    """Return the type of a column of the landing table."""
    return column.physical_type if lands_typed(table) else "text"


def _reads_as_type(column: PropertySpec, table: TableSpec, text: str) -> str:
    """Return the condition that a text reads as the column's type.

    The database itself is asked, which costs a fifth of a regular expression; only where it
    would read more than the contract allows is the form of the text looked at too.
    """
    physical, form = column.physical_type, column.logical_type_options.format
    valid = f"landing.is_valid({_for_cast(column, table, text)}, '{physical}')"
    if physical in _NUMBERS and table.custom_properties.format.decimal == ",":
        return f"strpos({text}, '.') = 0 and {valid}"
    if physical == "date":
        return f"{text} ~ '{_DATE_FORMS[form or 'yyyy-MM-dd'][0]}' and {valid}"
    if physical == "timestamptz":
        return f"{text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9:.+Z-]+$' and {valid}"
    if physical == "boolean":
        return f"{text} in ('0', '1', 'true', 'false', 't', 'f')"
    return valid


def _for_cast(column: PropertySpec, table: TableSpec, text: str) -> str:
    if column.physical_type in _NUMBERS and table.custom_properties.format.decimal == ",":
        return f"replace({text}, ',', '.')"
    if column.physical_type == "date":
        form = column.logical_type_options.format or "yyyy-MM-dd"
        return _DATE_FORMS[form][1].format(t=text)
    return text


def checked(column: PropertySpec, table: TableSpec, text: str) -> str:
    """Return the value that rules see: null for a missing-value token or an unreadable text.

    PostgreSQL may evaluate a cast before a condition unless both are in one `case`.
    """
    tokens = _missing_tokens(column)
    listed = ", ".join(map(literal, tokens))
    if column.physical_type == "text":
        return f"case when {text} not in ({listed}) then {text} end" if tokens else text
    if lands_typed(table):
        return f"{text}::{column.physical_type}"
    missing = f"when {text} in ({listed}) then null " if tokens else ""
    return f"case {missing}when {_reads_as_type(column, table, text)} then " + (
        f"({_for_cast(column, table, text)})::{column.physical_type} end"
    )


def accepted(column: PropertySpec, table: TableSpec, alias: str = "t") -> str:
    """Return the value that enters raw, read from a row that has passed the checks.

    A missing-value code that reads as the type (a `999`) is kept: why a value is missing must
    survive to the researcher. Only tokens that do not read as the type become null.
    """
    text = f"{alias}.{quoted(column.name)}"
    if column.physical_type == "text":
        return text
    cast = f"({_for_cast(column, table, text)})::{column.physical_type}"
    if lands_typed(table) or all(
        _reads_as(token, column.physical_type) for token in _missing_tokens(column)
    ):
        return cast
    return f"case when {_reads_as_type(column, table, text)} then {cast} end"


_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def _reads_as(token: str, physical_type: str) -> bool:
    """Tell whether a missing-value token is certain to cast; when in doubt, no."""
    if not token.lstrip("-").replace(".", "", 1).isdecimal():
        return False
    if physical_type in _LARGEST:
        return "." not in token and abs(int(token)) <= _LARGEST[physical_type]
    return physical_type in _NUMBERS


def is_repeated(columns: list[str]) -> str:
    """Return the condition that another row of the same table has the same values."""
    listed = ", ".join(columns)
    grouped = f"{{view}} group by {listed} having count(*) > 1"
    if len(columns) == 1:
        return f"{listed} in (select {listed} from {grouped})"
    # Whether any row may come twice is asked first, by one number for each, once for all workers
    # together: the columns themselves take three times as long, and are seldom looked at.
    hashed = f"hash_record_extended(row({listed}), 0)"
    return (
        f"exists (select from {{view}} group by {hashed} having count(*) > 1) "
        f"and ({listed}) in (select {listed} from {grouped})"
    )


def is_held(column: str, raw_table: str) -> str:
    """Return the condition that an earlier delivery, still in force, has the same value."""
    place = f"held:{raw_table.removeprefix('raw.')}.{column}"
    return f"{text_name(column)} in (select value from {{{place}}})"


def resolve(condition: str, view: str, relation: Callable[[str], str]) -> str:
    """Fill the places of a condition: its own check view, and the relations it looks into.

    Args:
        condition: An SQL condition with `{view}`, `{arriving:system}`,
            `{reference:source.table.column}`, `{issued:source.table.column}` or
            `{held:column}`.
        view: The check view's SQL name.
        relation: Gives the SQL of a relation with a column `value` for each of these.
    """
    condition = condition.replace("{view}", view)
    return _RELATION.sub(lambda match: relation(match.group(1)), condition)


def names_another_person(column: str, system: str, other: str, other_system: str) -> str:
    """Return the condition that the vault knows two identifiers of a row as two persons."""
    old, new = _vault("donor_id", column, system), _vault("donor_id", other, other_system)
    return f"{old} <> {new}"


def names_whom_we_keep_apart(column: str, system: str, other: str, other_system: str) -> str:
    """Return the condition that a number replaces that of somebody who must stay another person.

    So it is where a decision keeps the two apart, and where the new number replaced a third
    person's before: one number cannot be given to two people.
    """
    old, new = _vault("donor_id", column, system), _vault("donor_id", other, other_system)
    key = _vault("identifier_key", column, system)
    replaced = _vault("replaces", other, other_system)
    return (
        f"{old} <> {new} and (({old}, {new}) in (select donor_id, other_donor_id "
        f"from identity.apart) or {replaced} <> {key})"
    )


def _vault(wanted: str, column: str, system: str) -> str:
    return (
        f"(select {wanted} from identity.identifiers where system = {literal(system)} "
        f"and value = {text_name(column)})"
    )


@dataclass(frozen=True)
class Reference:
    """A column whose every value must be found in another table's column."""

    column: str
    source: str
    table: str
    target: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `column -> source.table.column`; the other table may be of the same delivery."""
        left, arrow, right = (part.strip() for part in text.partition("->"))
        parts = right.split(".")
        if not arrow or len(parts) != 3:
            raise ContractError(
                f"a reference is written `column -> source.table.column`, found `{text}`"
            )
        return cls(left, *parts)

    @property
    def failing(self) -> str:
        """Condition over the check view; the other table's place is filled in when it runs."""
        return (
            f"{text_name(self.column)} not in "
            f"(select value from {{reference:{self.source}.{self.table}.{self.target}}})"
        )

    @property
    def failing_as_issued(self) -> str:
        """The same among the codes that were issued to the project of a laboratory's return."""
        return (
            f"{text_name(self.column)} not in "
            f"(select value from {{issued:{self.source}.{self.table}.{self.target}}})"
        )
