"""The words of a sender's guide: types, forms, tolerances and consequences in plain English."""

import csv
import functools
import re
from pathlib import Path

from janus_warehouse.contracts.contract import Column, Contract
from janus_warehouse.contracts.rules import Rule, Tolerance
from janus_warehouse.platform.settings import get_settings

_EXAMPLE_OF_DATE = {
    "yyyy-MM-dd": "2022-12-31",
    "dd.MM.yyyy": "31.12.2022",
    "dd/MM/yyyy": "31/12/2022",
    "yyyyMMdd": "20221231",
    "ddMMyyyy": "31122022",
}

_DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}

_SYSTEMS = {
    "national_number": "national identity number or D-number",
    "donor_number": "the bank's own donor number",
    "study_code": "study code",
    "seqn": "respondent sequence number",
}

_PART = re.compile(
    r"\[(?P<set>[^\]]+)\](?:\{(?P<low>[0-9]+)(?:,(?P<high>[0-9]+))?\})?"
    r"|\((?P<words>[A-Za-z]+(?:\|[A-Za-z]+)+)\)"
    r"|(?P<text>[A-Za-z0-9 _-]+)"
)
_SETS = {"0-9": "digit", "A-Z": "capital letter"}


def type_words(column: Column, contract: Contract) -> str:
    """Return what kind of value a column holds, as its sender writes it."""
    if contract.format.kind == "xpt":
        return _type_in_sas(column)
    decimal = "comma" if contract.format.decimal == "," else "point"
    form = column.spec.logical_type_options.format or "yyyy-MM-dd"
    words = {
        "text": "text",
        "smallint": "whole number",
        "integer": "whole number",
        "bigint": "whole number",
        "numeric": f"number, decimal {decimal}",
        "double precision": f"number, decimal {decimal}",
        "date": f"date as `{form}`, for example `{_EXAMPLE_OF_DATE[form]}`",
        "boolean": "yes or no, as `1`/`0`, `true`/`false` or `t`/`f`",
        "timestamptz": "date and time, for example `2022-12-31T14:05:00+01:00`",
    }
    return words[column.physical_type]


def _type_in_sas(column: Column) -> str:
    if column.physical_type == "date":
        return "SAS date"
    if column.physical_type in ("text", "boolean"):
        return "code or text" if column.spec.custom_properties.codes else "text or whole number"
    return "number"


def format_words(contract: Contract) -> list[str]:
    """Return how the file is written, one sentence for each thing a sender must choose."""
    kind, encoding = contract.format.kind, contract.format.encoding
    if kind == "xpt":
        return ["A SAS transport file (XPORT), version 5 or 8, with one data set."]
    if kind == "parquet":
        return ["A Parquet file."]
    if kind == "fixed_width":
        return [
            "Text of fixed width: every field stands at the positions below, counted from 1.",
            "No header line. Every line is written in full length; fill up with spaces.",
            f"Encoding: {encoding}.",
        ]
    if kind == "assay":
        return [
            "Not a file that anybody writes: it is read out of whatever the laboratory sends, in "
            "one of the [formats](../../../assay_formats.md) that `janus assay formats` lists.",
        ]
    delimiter = _DELIMITERS.get(contract.format.delimiter, f"`{contract.format.delimiter}`")
    sentences = [f"Delimited text, separated by {delimiter}. Encoding: {encoding}."]
    if contract.format.quote:
        quote = contract.format.quote
        sentences.append(f"A cell that holds the separator or a line break stands in `{quote}`.")
    if contract.format.decimal == ",":
        sentences.append("Numbers have a decimal comma.")
    if contract.format.header:
        sentences.append("The first line names the columns, which may come in any order.")
    else:
        sentences.append("No header line; the columns come in the order below.")
    return sentences


def linkage_words(contract: Contract) -> str:
    """Return what holds a linkage for a person's decision; nothing where nothing does."""
    linkage = contract.linkage
    if linkage is None:
        return ""
    doubts = ["is of an earlier day than the last"] if linkage.hold_when_earlier else []
    doubts += ["has fewer rows than the one before"] if linkage.hold_when_fewer_rows else []
    if linkage.retracted_percent is not None:
        doubts.append(f"takes back more than {linkage.retracted_percent:g} % of its rows")
    if linkage.lost_percent is not None:
        doubts.append(f"lacks more than {linkage.lost_percent:g} % of its persons")
    if linkage.changed_percent is not None:
        doubts.append(f"changes a column for more than {linkage.changed_percent:g} % of them")
    if not doubts:
        return ""
    listed = " or ".join([", ".join(doubts[:-1]), doubts[-1]] if len(doubts) > 1 else doubts)
    return f" One that {listed} waits until a person has decided whether it may enter."


def extra_columns_words(contract: Contract) -> str:
    """Return what happens to columns that the contract does not name; empty when none can be."""
    if contract.format.kind in ("fixed_width", "assay"):
        return ""
    if contract.format.extra_columns == "ignore":
        return "Columns that are not listed here are ignored."
    return "A column that is not listed here refuses the whole file: send what is agreed, no more."


def person_words(contract: Contract) -> str:
    """Return how a row names its person and what becomes of the number; empty without a person."""
    person = contract.person
    if person is None:
        return ""
    headers = {column.name: column.physical_name for column in contract.columns}
    system = _SYSTEMS.get(person.system, person.system)
    words = f"`{headers[person.column]}` says whom a row is about: {system}. "
    if person.mode == "register":
        words += "This table makes persons known to the warehouse. "
    else:
        words += "The person must be known to the warehouse already. "
    for also in person.also:
        named = _SYSTEMS.get(also.system, also.system)
        words += f"`{headers[also.column]}` is a further identifier of that person: {named}. "
    return words + (
        "Identifiers go to the identity vault alone; all other data are kept under a donor key."
    )


def allowed_words(column: Column) -> str:
    """Return the limits of a column's values other than its codes."""
    options, words = column.spec.logical_type_options, []
    if options.minimum is not None or options.maximum is not None:
        words.append(_limits(options.minimum, options.maximum, column.unit))
    elif column.unit:
        words.append(f"in {column.unit}")
    if options.pattern:
        words.append(pattern_words(options.pattern))
    if options.min_length is not None or options.max_length is not None:
        words.append(f"{options.min_length or 0} to {options.max_length or 'any'} characters")
    return "; ".join(words)


def _limits(low: float | str | None, high: float | str | None, unit: str | None) -> str:
    shown = [f"{bound:.15g}" if isinstance(bound, float) else bound for bound in (low, high)]
    suffix = f" {unit}" if unit else ""
    if low is None:
        return f"at most {shown[1]}{suffix}"
    if high is None:
        return f"at least {shown[0]}{suffix}"
    return f"{shown[0]} to {shown[1]}{suffix}"


def pattern_words(pattern: str) -> str:
    """Return a pattern in words where it is a simple row of parts, else the pattern itself."""
    body, position, words = pattern.removeprefix("^").removesuffix("$"), 0, []
    while position < len(body):
        found = _PART.match(body, position)
        if found is None:
            return f"of the form `{pattern}`"
        words.append(_part_words(found))
        position = found.end()
    return ", then ".join(words)


def _part_words(part: re.Match[str]) -> str:
    if part["text"]:
        return f"`{part['text']}`"
    if part["words"]:
        return "one of " + ", ".join(f"`{word}`" for word in part["words"].split("|"))
    low, high = int(part["low"] or 1), int(part["high"] or part["low"] or 1)
    kind = _SETS.get(part["set"], f"character of `{part['set']}`")
    count = f"{low} to {high}" if high > low else str(low)
    return f"{count} {kind}" if high == 1 else f"{count} {_plural(kind)}"


def _plural(kind: str) -> str:
    first, space, rest = kind.partition(" ")
    if first == "character":
        return f"characters{space}{rest}"
    return f"{kind}s"


def code_labels(column: Column, contract: Contract) -> list[tuple[str, str]]:
    """Return the codes a column may hold with their meanings; the missing codes are not in it."""
    custom = column.spec.custom_properties
    labels = dict(column.labels)
    if custom.codelist:
        labels = {**_labels_of(_codelist_path(custom.codelist, contract)), **labels}
    codes = [code for code in custom.codes or () if code not in custom.missing]
    return [(code, labels.get(code, "")) for code in codes]


def missing_labels(column: Column) -> list[tuple[str, str]]:
    """Return the codes that mean a missing value, with the reason where the contract gives it."""
    tokens = column.spec.custom_properties.missing
    return [(token, column.labels.get(token, "")) for token in tokens if token]


def _codelist_path(name: str, contract: Contract) -> Path:
    beside = contract.path.parents[3] / "metadata" / "codelists" / f"{name}.csv"
    return beside if beside.exists() else get_settings().metadata_dir / "codelists" / beside.name


@functools.lru_cache(maxsize=256)
def _labels_of(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label_en"] for row in csv.DictReader(file)}


def tolerance_words(tolerance: Tolerance) -> str:
    """Return how many rows may break a rule."""
    if tolerance.limit == 0:
        return "no row"
    if tolerance.unit == "rows":
        return f"{tolerance.limit:g} row{'' if tolerance.limit == 1 else 's'}"
    return f"{tolerance.limit:g} % of the rows"


def claim_words(rule: Rule, contract: Contract) -> str:
    """Return what a good row satisfies, as a sentence without SQL."""
    column = next((c for c in contract.columns if rule.rule_id == f"{c.name}.{rule.kind}"), None)
    if column is not None and rule.kind == "type":
        return f"A filled cell reads as: {type_words(column, contract)}."
    if column is not None and rule.kind == "codes":
        return "A filled cell holds one of the codes listed for the column."
    if column is not None and rule.kind in ("range", "pattern", "length"):
        return f"A filled cell holds: {allowed_words(column)}."
    text = rule.description.strip()
    return text[:1].upper() + text[1:].rstrip(".") + "."
