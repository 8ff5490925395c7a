"""The proposed rule file as text: a candidate for each variable, TODO where a person decides."""

import textwrap
from dataclasses import dataclass

from janus_warehouse.metadata import Codelist, UnitError, Variable, convert_factor
from janus_warehouse.surveys.scaffold_columns import Column, reason_of
from janus_warehouse.surveys.scaffold_contract import quoted, scalar
from janus_warehouse.surveys.scaffold_matching import Candidate, alike_texts

TODO = "TODO"

_ALTERNATIVES = {
    "cm": ("m", "mm"), "kg": ("g",), "mmol/L": ("mg/dL",), "g/dL": ("g/L",), "mg/L": ("mg/dL",),
    "ng/mL": ("ug/L",), "a": ("mo",), "mm": ("cm",),
}  # fmt: skip
"""Other units that surveys have measured in, by the unit of the variable."""


@dataclass(frozen=True)
class Proposal:
    """A column that is proposed for a variable, with its score and what else it may be.

    `others` are further variables that the column may be, `rivals` further columns that may be
    the variable.
    """

    variable: Variable
    column: Column
    score: float
    others: tuple[Candidate, ...] = ()
    rivals: tuple[str, ...] = ()


def guessed_unit(variable: Variable, column: Column) -> str | None:
    """Return the unit in which the middle of a column is plausible for the variable."""
    if column.middle is None or variable.unit is None or variable.range is None:
        return None
    for unit in (variable.unit, *_ALTERNATIVES.get(variable.unit, ())):
        try:
            factor = float(convert_factor(unit, variable.unit, molar_mass=variable.molar_mass))
        except UnitError:
            continue
        if variable.range.minimum <= column.middle * factor <= variable.range.maximum:
            return unit
    return None


def rules_text(
    proposals: list[Proposal], columns: list[Column], variables: dict[str, Variable],
    codelists: dict[str, Codelist], derived: frozenset[str], *, survey: str, source: str,
    table: str, attended: str | None, years: tuple[int, int] | None,
) -> str:  # fmt: skip
    """Return the rule file of a survey; it is read once every TODO is settled.

    Args:
        proposals: One for each variable that a column was found for.
        columns: All columns of the contract.
        variables: The dictionary.
        codelists: By name.
        derived: Variables that no survey writes a rule for.
        survey: Its id.
        source: The contract's source.
        table: The contract's table.
        attended: The column with the day of attendance.
        years: First and last year of attendance in the file.
    """
    span = f"[{years[0]}, {years[1]}]" if years else TODO
    lines = [
        "# Proposed by `janus survey scaffold`. Settle every TODO, look at each rule, and take out",
        f"# what is wrong; then: janus survey check {survey}",
        "survey:",
        f"  label: {{nb: {TODO}, en: {TODO}}}",
        f"  description: {TODO}  # one sentence: who was asked, when and how",
        f"  years: {span}",
        f"  tables: [{source}.{table}]",
        f"  attended_date: {attended or 'null'}",
        "rules:" if proposals else "rules: {}",
    ]
    for proposal in proposals:
        lines += _rule_lines(proposal, codelists)
    told = {proposal.variable.name for proposal in proposals}
    rest = [name for name in variables if name not in told and name not in derived]
    lines += ["impossible:"] if rest else ["impossible: []"]
    if rest:
        lines += [f"  - why: {TODO}  # not asked, or asked so that it cannot be compared"]
        lines += textwrap.wrap(
            f"variables: [{', '.join(rest)}]", 98, initial_indent="    ", subsequent_indent="      "
        )
    lines += _unused(proposals, columns)
    return "\n".join(lines) + "\n"


def _unused(proposals: list[Proposal], columns: list[Column]) -> list[str]:
    used = {proposal.column.name for proposal in proposals}
    left = [
        c for c in columns
        if c.name not in used and c.kind != "identifier" and c.name != "attended_date"
    ]  # fmt: skip
    if not left:
        return []
    return ["# Columns without a rule:", *(f"#   {c.name}: {_one_line(c.label)}" for c in left)]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:90]


def _rule_lines(proposal: Proposal, codelists: dict[str, Codelist]) -> list[str]:
    variable, column = proposal.variable, proposal.column
    others = ", ".join(f"{other.variable} {other.score:.2f}" for other in proposal.others)
    lines = [f"  {variable.name}:  # {_one_line(variable.label.en)}; score {proposal.score:.2f}"
             f"{'; or ' + others if others else ''}"]  # fmt: skip
    if proposal.rivals:
        lines.append(
            f"    # It may also be {', '.join(proposal.rivals)}; with several, an operation."
        )
    kind = _rule_kind(variable, column)
    lines += [f"    rule: {kind}", f"    columns: [{column.name}]"]
    question = column.question or column.label
    if len(question) >= 3:
        lines.append(f"    question: {quoted(_one_line(question))}")
    if kind == "recode":
        codelist = codelists.get(variable.codelist or "")
        lines += ["    recode:", *_recode_lines(column, codelist, variable.unit)]
    elif kind == "case_when":
        lines += ["    cases:", *_case_lines(column)]
    lines += _missing_lines(column)
    return lines


def _rule_kind(variable: Variable, column: Column) -> str:
    if column.kind == "code" and variable.type != "text":
        return "recode"
    return "case_when" if variable.type == "code" else "direct"


def _recode_lines(column: Column, codelist: Codelist | None, unit: str | None) -> list[str]:
    lines = []
    for code in column.codes:
        if code in column.missing:
            continue
        label = column.labels.get(code, "")
        target = best_code(label, codelist) or TODO
        lines.append(
            f"      {quoted(code)}: {_outcome(target)}  # {_one_line(label) or 'no label'}"
        )
    if TODO in "".join(lines):
        codes = ", ".join(code.code for code in codelist.codes) if codelist is not None else ""
        lines.append(f"      # one of {codes}" if codes else f"      # a number, in {unit}")
    return lines or [f"      {TODO}: {TODO}"]


def _outcome(target: str) -> str:
    return target if target == TODO else scalar(target)


def best_code(label: str, codelist: Codelist | None) -> str | None:
    """Return the code of a list whose label is most like a text; None when none is like it."""
    if codelist is None or not label:
        return None
    scored = [
        (max(alike_texts(label, text) for text in (code.label_no, code.label_en, code.code)), code)
        for code in codelist.codes
    ]
    score, best = max(scored, key=lambda pair: pair[0])
    again = [code for other, code in scored if other == score]
    return best.code if score >= 0.6 and len(again) == 1 else None


def _case_lines(column: Column) -> list[str]:
    return [f'      - {{when: "{{{column.name}}} {TODO}", then: {TODO}}}']


def _missing_lines(column: Column) -> list[str]:
    if not column.missing:
        return []
    lines = ["    missing:"]
    for code, reason in column.missing.items():
        label = column.labels.get(code, "")
        found = reason or reason_of(label) or TODO
        told = _one_line(label) or ("no label" if found == TODO else "")
        stored = code.replace(",", ".") if column.kind in ("integer", "number") else code
        lines.append(f"      {quoted(stored)}: {found}{'  # ' + told if told else ''}")
    return lines


def next_steps(contract: str, rules: str, survey: str) -> list[str]:
    """Return what a person does with the two files, in order."""
    return [
        f"look through {contract}: types, codes, missing codes, ranges, units",
        f"settle each TODO of {rules}",
        f"janus survey check {survey}",
        "make generate",
        "deliver, ingest, build: docs/adding_a_survey.md",
    ]
