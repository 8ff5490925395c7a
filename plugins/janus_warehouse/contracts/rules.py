"""Rules: what every row of a delivered table must satisfy, each as one SQL condition.

A rule is written once, as the condition that a *failing* row meets, over the check view of a
landed table (`sql.check_view`). Great Expectations counts those rows and the quarantine takes
them, so the two cannot disagree.
"""

from dataclasses import dataclass, replace

from janus_warehouse.contracts import encoding, sql
from janus_warehouse.contracts.document import PropertySpec, Quality, TableSpec
from janus_warehouse.identity import numbers

RELATIONAL = ("known", "reference", "issued", "new", "consistent")
"""Kinds whose answer depends on other tables, which may be part of the same delivery."""

_METRIC_OF_KIND = {
    "required": ("missingValues", "nullValues"),
    "unique": ("duplicateValues",),
    "key": ("duplicateValues",),
}
"""Which library metric of the standard overrides which of our implicit rules; the others are
all `invalidValues`."""


@dataclass(frozen=True)
class Tolerance:
    """How many failing rows a delivery may have and still enter."""

    limit: float = 0.0
    unit: str = "percent"

    def allows(self, failing: int, seen: int) -> bool:
        """Tell whether `failing` rows of `seen` are borne."""
        if self.unit == "rows":
            return failing <= self.limit
        return failing * 100 <= self.limit * seen

    def __str__(self) -> str:
        return f"{self.limit:g} {'rows' if self.unit == 'rows' else '%'}"


@dataclass(frozen=True)
class Rule:
    """One rule of a table.

    `failing` is an SQL condition over the check view, true for a row that breaks the rule;
    null counts as kept. `column` is the column as the sender names it, or None.
    """

    rule_id: str
    kind: str
    column: str | None
    dimension: str
    tolerance: Tolerance
    consequence: str
    failing: str
    description: str


def compile_rules(table: TableSpec) -> tuple[Rule, ...]:
    """Return every rule of a table: implicit ones in column order, then the table's own."""
    default = table.custom_properties.tolerance
    tolerance = Tolerance(default.value, default.unit)
    rules = [
        _overridden(rule, column)
        for column in table.properties
        for rule in _column_rules(column, table, tolerance)
    ]
    rules += _key_rule(table, tolerance)
    rules += _person_rules(table, tolerance)
    rules += [_declared(quality, table, tolerance) for quality in table.quality]
    return tuple(rules)


def _column_rules(column: PropertySpec, table: TableSpec, tolerance: Tolerance) -> list[Rule]:
    made = []

    def add(kind: str, dimension: str, failing: str, description: str) -> None:
        header = column.physical_name or column.name
        rule_id = f"{column.name}.{kind}"
        made.append(
            Rule(rule_id, kind, header, dimension, tolerance, "quarantine", failing, description)
        )

    text, typed = sql.text_name(column.name), sql.quoted(column.name)
    options = column.logical_type_options
    if column.required:
        add("required", "completeness", f"{text} is null", "the cell is filled")
    if column.physical_type != "text":
        kind_of_value = column.physical_type if options.format is None else options.format
        add("type", "conformity", sql.unreadable(column), f"the text reads as {kind_of_value}")
    if codes := sql.allowed_codes(column):
        listed = ", ".join(codes[:12]) + (", …" if len(codes) > 12 else "")
        failing = f"{text} not in ({', '.join(map(sql.literal, codes))})"
        add("codes", "conformity", failing, f"the code is one of {listed}")
    if options.minimum is not None or options.maximum is not None:
        failing, limits = _out_of_range(column, typed)
        add("range", "accuracy", failing, f"the value lies in {limits}")
    if options.pattern:
        failing = f"{sql.unless_missing(column)} !~ {sql.literal(options.pattern)}"
        add("pattern", "conformity", failing, f"the text has the form {options.pattern}")
    if options.min_length is not None or options.max_length is not None:
        low, high = options.min_length or 0, options.max_length or 10_000_000
        failing = f"length({text}) not between {low} and {high}"
        add("length", "conformity", failing, f"the text has {low} to {high} characters")
    if encoding.is_free_text(column):
        what = "the letters are those that were written: Ø, Æ and Å, and no signs in their place"
        add("encoding", "conformity", encoding.misread(text), what)
    if column.unique:
        add(
            "unique",
            "uniqueness",
            sql.is_repeated([_compared(column)]),
            "no two rows share the value",
        )
    return made


def _out_of_range(column: PropertySpec, typed: str) -> tuple[str, str]:
    options = column.logical_type_options

    def bound(value: float | str) -> str:
        if column.physical_type in ("date", "timestamptz"):
            return f"{sql.literal(str(value))}::{column.physical_type}"
        return f"{float(value):.15g}"

    conditions, low, high = [], "…", "…"
    if options.minimum is not None:
        conditions.append(f"{typed} < {bound(options.minimum)}")
        low = f"{options.minimum:g}" if isinstance(options.minimum, float) else options.minimum
    if options.maximum is not None:
        conditions.append(f"{typed} > {bound(options.maximum)}")
        high = f"{options.maximum:g}" if isinstance(options.maximum, float) else options.maximum
    return " or ".join(conditions), f"{low} to {high}"


def _compared(column: PropertySpec) -> str:
    """Return what makes two keys the same: the value, so that `7` and `007` are one number."""
    return sql.text_name(column.name) if column.physical_type == "text" else sql.quoted(column.name)


def _compared_in_key(column: PropertySpec) -> str:
    """Return what is compared of one column of a key: empty cells are alike where they may be."""
    if column.required:
        return _compared(column)
    return f"coalesce({sql.text_name(column.name)}, '')"


def _key_rule(table: TableSpec, tolerance: Tolerance) -> list[Rule]:
    keys = sorted(
        (column for column in table.properties if column.primary_key),
        key=lambda column: column.primary_key_position,
    )
    if not keys:
        return []
    failing = sql.is_repeated([_compared_in_key(column) for column in keys])
    header = ", ".join(column.physical_name or column.name for column in keys)
    description = "no two rows share the key"
    rule = Rule(
        "key.unique", "key", header, "uniqueness", tolerance, "quarantine", failing, description
    )
    for column in keys:
        rule = _overridden(rule, column)
    return [rule]


def _person_rules(table: TableSpec, tolerance: Tolerance) -> list[Rule]:
    person = table.custom_properties.person
    if person is None:
        return []
    headers = {column.name: column.physical_name or column.name for column in table.properties}
    made = []

    def add(rule_id: str, column: str, dimension: str, failing: str, description: str) -> None:
        kind = rule_id.rpartition(".")[2]
        made.append(
            Rule(rule_id, kind, headers[column], dimension, tolerance, "quarantine", failing,
                 description)
        )  # fmt: skip

    for name, system in [
        (person.column, person.system),
        *((a.column, a.system) for a in person.also),
    ]:
        if system == "national_number":
            prefix = "person" if name == person.column else name
            number = sql.number_name(name)
            bad = f"{number} is null or not ({numbers.check_digits_sql(number)})"
            failing = f"{sql.text_name(name)} is not null and ({bad})"
            if name == person.column and person.mode == "lookup":
                # Whom the vault knows by the number had it checked when it was registered.
                failing = f"{sql.donor_name(name)} is null and {failing}"
            what = "the identity number has valid check digits"
            add(f"{prefix}.valid", name, "conformity", failing, what)
    if person.mode == "lookup":
        stranger = sql.is_stranger(person.column, person.system)
        what = "the person is a donor of the bank"
        add("person.known", person.column, "consistency", stranger, what)
    for also in person.also:
        named = (person.column, person.system, also.column, also.system)
        failing, what = sql.names_another_person(*named), "both identifiers belong to one person"
        if person.changed and also.system == person.system:
            # The register says who is one person, unless somebody has decided otherwise.
            failing = sql.names_whom_we_keep_apart(*named)
            what = "the new number is not another person's, whom it was given to before"
        add(f"{also.column}.consistent", also.column, "consistency", failing, what)
    return made


def _declared(quality: Quality, table: TableSpec, default: Tolerance) -> Rule:
    implementation = quality.implementation or ""
    if quality.engine == "janus-reference":
        reference = sql.Reference.parse(implementation)
        kind, failing, column = "reference", reference.failing, reference.column
    elif quality.engine == "janus-issued":
        reference = sql.Reference.parse(implementation)
        kind, failing, column = "issued", reference.failing_as_issued, reference.column
    elif quality.engine == "janus-new":
        kind, failing = "new", sql.is_held(implementation.strip(), table.physical_name)
        column = implementation.strip()
    else:
        kind, failing, column = "condition", f"not ({implementation})", None
    tolerance = default
    if quality.must_be_less_or_equal_to is not None:
        tolerance = Tolerance(quality.must_be_less_or_equal_to, quality.unit)
    return Rule(
        quality.id or "", kind, column, quality.dimension or "consistency", tolerance,
        quality.severity or "quarantine", failing, quality.description or implementation,
    )  # fmt: skip


def _overridden(rule: Rule, column: PropertySpec) -> Rule:
    metrics = _METRIC_OF_KIND.get(rule.kind, ("invalidValues",))
    for quality in column.quality:
        if quality.metric in metrics:
            if quality.must_be_less_or_equal_to is not None:
                limit = Tolerance(quality.must_be_less_or_equal_to, quality.unit)
                rule = replace(rule, tolerance=limit)
            rule = replace(
                rule,
                consequence=quality.severity or rule.consequence,
                dimension=quality.dimension or rule.dimension,
            )
    return rule
