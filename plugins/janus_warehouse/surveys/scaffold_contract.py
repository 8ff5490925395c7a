"""The proposed contract as text: the keys of the other contracts, with a note where to look."""

import json
import re
from typing import Any

from janus_warehouse.surveys.scaffold_columns import Column
from janus_warehouse.surveys.scaffold_people import person_of

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_PLAIN = re.compile(r"^[A-Za-zÆØÅæøå][A-Za-z0-9ÆØÅæøå_ /.%-]*$")
_WORDS = {"yes", "no", "true", "false", "on", "off", "null", "y", "n", "todo"}
_TYPES = {"text": ("string", "text"), "code": ("string", "text"), "identifier": ("string", "text"),
          "date": ("date", "date"), "number": ("number", "numeric")}  # fmt: skip

# A survey that comes again with other people or other answers waits for somebody to look at it.
_LINKAGE = (
    "      - {property: linkage, value: {hold_when_fewer_rows: false, lost_percent: 5, "
    'changed_percent: 20, why: "A survey is over: who attended has attended. More than a few '
    'persons gone, or a column that says something else of many, is a cut file or another code."}}'
)


def scalar(value: Any) -> str:
    """Return a value as YAML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = str(value)
    if _PLAIN.match(text) and text.lower() not in _WORDS and not text.endswith(" "):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def flow(value: Any) -> str:
    """Return a list or mapping as YAML writes it on one line; texts in it are quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    return quoted(value) if isinstance(value, str) else scalar(value)


def quoted(text: str) -> str:
    """Return a text in double quotes."""
    made = json.dumps(str(text), ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", made)


def contract_text(
    columns: list[Column], file_format: dict[str, Any], *, collection: str, source: str,
    table: str, title: str, file_name: str, rows: int,
) -> str:  # fmt: skip
    """Return the contract of a table, ready to be read by the contract loader."""
    person = person_of(columns)
    lines = [
        f"# Proposed by `janus survey scaffold` from {_comment(file_name)}, {rows} rows.",
        "# Go through each line: types, codes, ranges and units are guesses from one file.",
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {collection}.{source}.{table}",
        f"name: {quoted(title)}",
        "version: 1.0.0",
        "status: active",
        f"domain: {source}",
        f"dataProduct: {collection}",
        f"description: {{purpose: {quoted(f'Answers and measurements of {title}.')}}}",
        "customProperties:",
        "  - {property: kind, value: survey}",
        "schema:",
        f"  - name: {table}",
        "    logicalType: object",
        f"    physicalName: raw.{source}__{table}",
        "    description: One row per person who attended.",
        "    customProperties:",
        f"      - {{property: format, value: {_format(file_format)}}}",
        "      - {property: restatement, value: full}",
    ]
    if person is not None:
        who = f"{{column: {person.name}, system: {person.system}, mode: lookup}}"
        lines += [_LINKAGE, f"      - {{property: person, value: {who}}}"]
    else:
        lines.append("      # No column names the person: without one nothing can be harmonised.")
    lines += ["      - {property: tolerance, value: {unit: percent, value: 1}}", "    properties:"]
    for column in columns:
        lines += _column_lines(column)
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


def _format(file_format: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_setting(value)}" for key, value in file_format.items()) + "}"


def _setting(value: Any) -> str:
    return quoted(value) if isinstance(value, str) and not value.isalnum() else scalar(value)


def _column_lines(column: Column) -> list[str]:
    logical, physical = _TYPES.get(column.kind) or ("integer", _whole_type(column))
    lines = [f"      # {_comment(note)}" for note in column.notes]
    lines.append(f"      - name: {column.name}")
    if column.header != column.name:
        lines.append(f"        physicalName: {scalar(column.header)}")
    lines += [f"        logicalType: {logical}", f"        physicalType: {physical}"]
    if options := _options(column):
        inside = ", ".join(f"{key}: {value}" for key, value in options.items())
        lines.append(f"        logicalTypeOptions: {{{inside}}}")
    if column.is_required:
        lines.append("        required: true")
    if column.kind == "identifier":
        lines.append("        classification: identifier")
    lines.append(f"        description: {quoted(_description(column))}")
    custom = _custom(column)
    if custom:
        lines.append("        customProperties:")
        lines += [
            f"          - {{property: {key}, value: {value}}}" for key, value in custom.items()
        ]
    return lines


def _whole_type(column: Column) -> str:
    bounds = [abs(column.low or 0), abs(column.high or 0)]
    bounds += [abs(int(code)) for code in column.missing if re.fullmatch(r"-?[0-9]+", code)]
    largest = max(bounds)
    if largest <= 32_767:
        return "smallint"
    return "integer" if largest <= 2_147_483_647 else "bigint"


def _options(column: Column) -> dict[str, str]:
    if column.kind == "date":
        return {"format": column.date_format or "yyyy-MM-dd"}
    if column.digits is not None and column.kind == "text":
        return {"pattern": f'"^[0-9]{{{column.digits}}}$"'}
    if column.kind in ("integer", "number") and column.low is not None:
        low, high = scalar(column.low), scalar(column.high)
        return {"minimum": low, "maximum": high}
    return {}


def _description(column: Column) -> str:
    text = column.question or column.label
    if column.kind == "identifier" and column.system == "national_number":
        return text or "National identity number or D-number of the attender."
    if column.name == "attended_date":
        return text or "Day of attendance."
    return text if len(text) >= 3 else f"{column.header}: describe what was asked or measured."


def _custom(column: Column) -> dict[str, str]:
    if column.kind == "identifier":
        return {"position": flow(list(column.position))} if column.position else {}
    made: dict[str, str] = {}
    if column.position:
        made["position"] = flow(list(column.position))
    if column.kind == "code":
        made["codes"] = flow(column.codes)
    tokens = list(column.missing) if column.is_required else ["", *column.missing]
    if tokens and (column.kind != "date" or column.missing):
        made["missing"] = flow(tokens)
    if column.unit:
        made["unit"] = quoted(column.unit)
    if column.labels:
        made["labels"] = flow(column.labels)
    return made
