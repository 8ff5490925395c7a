"""Reading contract files; every problem of a file is reported at once, with its line."""

import csv
import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from janus_warehouse.contracts.contract import Contract
from janus_warehouse.contracts.document import ContractDocument, TableSpec
from janus_warehouse.contracts.rules import Rule, compile_rules
from janus_warehouse.errors import ContractError
from janus_warehouse.platform.settings import get_settings

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_contract(path: Path) -> Contract:
    """Return the contract in a file.

    Raises:
        ContractError: The file is no readable contract; each problem stands on its own line as
            `file:line: what was expected, what was found`.
    """
    return _load(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1024)
def _load(path: Path, _modified: int) -> Contract:
    text = path.read_text(encoding="utf-8")
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "unreadable"
        raise ContractError(f"{path}:{line}: not YAML: {problem}") from None
    if not isinstance(content, dict):
        raise ContractError(f"{path}:1: expected a mapping of contract keys, found none")
    try:
        document = ContractDocument.model_validate(content)
    except ValidationError as error:
        tree = yaml.compose(text, Loader=_Loader)
        problems = [
            f"{path}:{_line(tree, item['loc'])}: {_dotted(item['loc'])}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise ContractError("\n".join(problems)) from None
    document = _with_codelists(document, path)
    if inconsistent := list(_inconsistencies(document, path)):
        tree = yaml.compose(text, Loader=_Loader)
        problems = [f"{path}:{_line(tree, where)}: {message}" for where, message in inconsistent]
        raise ContractError("\n".join(problems))
    digest = hashlib.sha256(text.encode() + repr(_codes(document)).encode()).hexdigest()
    return Contract(path=path, sha256=digest, document=document)


def load_contracts(folder: Path | None = None) -> list[Contract]:
    """Return all contracts below a folder (by default the repository's), in path order.

    Raises:
        ContractError: Any file has a problem, or two contracts describe one table.
    """
    folder = folder or get_settings().expectations_dir
    contracts, problems = [], []
    for path in sorted(folder.glob("*/*/*.yaml")):
        try:
            contracts.append(load_contract(path))
        except ContractError as error:
            problems.append(str(error))
    seen: dict[str, Path] = {}
    for contract in contracts:
        if other := seen.get(contract.raw_table):
            problems.append(f"{contract.path}:1: {contract.raw_table} is also defined by {other}")
        seen[contract.raw_table] = contract.path
    if problems:
        raise ContractError("\n".join(problems))
    return contracts


def _codes(document: ContractDocument) -> list[Any]:
    return [column.custom_properties.codes for column in document.tables[0].properties]


def _with_codelists(document: ContractDocument, path: Path) -> ContractDocument:
    """Fill the codes of columns that name a codelist, from `metadata/codelists`."""
    table = document.tables[0]
    columns = []
    for column in table.properties:
        name = column.custom_properties.codelist
        if name is not None and column.custom_properties.codes is None:
            codes = _read_codelist(path, name)
            custom = column.custom_properties.model_copy(update={"codes": codes})
            column = column.model_copy(update={"custom_properties": custom})
        columns.append(column)
    table = table.model_copy(update={"properties": tuple(columns)})
    return document.model_copy(update={"tables": (table,)})


def _read_codelist(contract: Path, name: str) -> tuple[str, ...]:
    # Contracts stand in expectations/<collection>/<source>/, the codelists beside expectations/.
    for folder in (contract.parents[3] / "metadata", get_settings().metadata_dir):
        path = folder / "codelists" / f"{name}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                return tuple(dict.fromkeys(row["code"] for row in csv.DictReader(file)))
    raise ContractError(
        f"{contract}:1: codelist {name} not found: add metadata/codelists/{name}.csv"
    )


def _inconsistencies(
    document: ContractDocument, path: Path
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield what the schema of a single field cannot see, with its place in the file."""
    table = document.tables[0]
    names = [column.name for column in table.properties]
    at_table = ("schema", 0)
    if (document.data_product, document.domain) != (path.parents[1].name, path.parents[0].name):
        yield ("domain",), "dataProduct and domain must equal the folders the file stands in"
    if table.name != path.stem:
        yield (*at_table, "name"), f"the table is named like the file, expected {path.stem}"
    if table.physical_name != f"raw.{document.domain}__{table.name}":
        expected = f"raw.{document.domain}__{table.name}"
        yield (*at_table, "physicalName"), f"expected {expected}, found {table.physical_name}"
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*at_table, "properties", index), f"column {name} is listed twice"
    person = table.custom_properties.person
    named = [] if person is None else [person.column, *(also.column for also in person.also)]
    unknown = [name for name in named if name not in names]
    for name in unknown:
        yield (*at_table, "customProperties", "person"), f"person names no column: {name}"
    yield from _format_inconsistencies(document)
    yield from _history_inconsistencies(table)
    yield from _linkage_inconsistencies(table)
    if unknown:
        return  # rules about persons cannot be made
    rules = compile_rules(table)
    yield from _rules_that_must_hold(table, rules)
    ids = [rule.rule_id for rule in rules]
    for rule_id in sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1}):
        yield (*at_table, "quality"), f"two rules have the id {rule_id}"


def _history_inconsistencies(table: TableSpec) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield what is wrong with the history that a table asks for."""
    history = table.custom_properties.history
    if history is None:
        return
    place = ("schema", 0, "customProperties", "history")
    if table.custom_properties.restatement != "full":
        yield place, "history needs a table that each delivery restates: restatement full"
    known = {column.name for column in table.properties if column.classification != "identifier"}
    if table.custom_properties.person is not None:
        known.add("donor_id")
    tracked = [column.name for column in history.tracked]
    latest = [] if history.latest is None else [history.latest]
    named = [*history.key, *latest, *(c.name for c in history.tracked if c.sql is None)]
    for name in dict.fromkeys(name for name in named if name not in known):
        yield place, f"history names no column that enters the warehouse: {name}"
    for name in (name for name in history.numbering if name not in tracked):
        yield place, f"history numbers by a column that it does not track: {name}"
    for name in dict.fromkeys(n for n in tracked if n in history.key or tracked.count(n) > 1):
        yield place, f"history names {name} twice: a column is key or tracked, once"


def _linkage_inconsistencies(
    table: TableSpec,
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield what a comparison with the linkage before would lack."""
    custom = table.custom_properties
    at_table = ("schema", 0, "customProperties")
    types = {column.name: column.physical_type for column in table.properties}
    linkage = custom.linkage
    if linkage is None:
        return
    place = (*at_table, "linkage")
    if custom.restatement != "full":
        yield place, "only a table that each delivery restates (restatement full) is compared"
    if linkage.retracted_percent is not None and custom.history is None:
        yield place, "a limit on retractions needs history: what key makes two rows the same"
    if linkage.lost_percent is not None or linkage.changed_percent is not None:
        if custom.history is not None:
            yield place, "lost_percent and changed_percent are for tables without history"
        if custom.person is None:
            yield place, "a limit on persons needs person: whose row it is"
    if linkage.year is not None and types.get(linkage.year) != "date":
        yield place, f"year names no date column: {linkage.year}"
    if linkage.site is not None and types.get(linkage.site) != "text":
        yield place, f"site names no text column: {linkage.site}"


def _rules_that_must_hold(
    table: TableSpec, rules: tuple[Rule, ...]
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Yield the rules that only warn although no row can enter that breaks them."""
    at_table = ("schema", 0)
    person = table.custom_properties.person
    named = [c for c in table.properties if person is not None and c.name == person.column]
    if any(not column.required for column in named):
        message = "the column that names the person must be required: a row without it has no donor"
        yield (*at_table, "customProperties", "person"), message
    unbearable = {"type", "known"}
    for rule in rules:
        names_person = named and rule.rule_id == f"{named[0].name}.required"
        if rule.consequence == "warn" and (rule.kind in unbearable or names_person):
            message = (
                f"rule {rule.rule_id} cannot only warn: such a row does not fit into the table"
            )
            index = next(
                (
                    n
                    for n, c in enumerate(table.properties)
                    if rule.rule_id == f"{c.name}.{rule.kind}"
                ),
                0,
            )
            yield (*at_table, "properties", index), message


def _format_inconsistencies(
    document: ContractDocument,
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    table = document.tables[0]
    kind = table.custom_properties.format.kind
    for index, column in enumerate(table.properties):
        if kind == "fixed_width" and column.custom_properties.position is None:
            message = f"a fixed-width column needs its position, {column.name} has none"
            yield ("schema", 0, "properties", index), message


def _line(node: yaml.Node, location: tuple[str | int, ...]) -> int:
    """Return the line of the deepest part of a location that the file has."""
    for part in location:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode):
            if isinstance(part, int) and part < len(node.value):
                found = node.value[part]
            else:  # one of our `{property, value}` entries
                found = next((e for e in node.value if _names(e, part)), None)
        if found is None:
            break
        node = found
    return node.start_mark.line + 1


def _names(entry: yaml.Node, name: str | int) -> bool:
    return isinstance(entry, yaml.MappingNode) and any(
        key.value == "property" and value.value == name for key, value in entry.value
    )


def _dotted(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location)
