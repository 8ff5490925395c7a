"""Proposing a contract and a rule file for a survey, from a file of answers and its codebook."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from janus_warehouse.contracts import load_contract, load_contracts
from janus_warehouse.contracts.document import IDENTIFIER
from janus_warehouse.errors import ContractError
from janus_warehouse.metadata import Variable, load_codelists, load_survey_variables
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys import scaffold_people as people
from janus_warehouse.surveys.errors import ScaffoldError
from janus_warehouse.surveys.scaffold_codebook import Entry, labels_inside, read_codebook
from janus_warehouse.surveys.scaffold_columns import Column, measured, names_of, propose_column
from janus_warehouse.surveys.scaffold_contract import contract_text
from janus_warehouse.surveys.scaffold_matching import (
    THRESHOLD,
    Candidate,
    Matcher,
    assign,
    read_words,
)
from janus_warehouse.surveys.scaffold_reading import Shape, examine
from janus_warehouse.surveys.scaffold_rules import Proposal, guessed_unit, rules_text
from janus_warehouse.surveys.scaffold_tally import Tally, decimal_sign, tally

Moved = Callable[[int, int], None]
GUESSED_UNIT = "the unit is guessed from the values"


@dataclass(frozen=True)
class Scaffold:
    """What is proposed: the two files as text, and how each column was understood."""

    survey: str
    collection: str
    source: str
    contract: str
    rules: str
    columns: list[Column]
    candidates: dict[str, list[Candidate]]
    chosen: dict[str, str]
    rows: int

    @property
    def contract_path(self) -> str:
        return f"expectations/{self.collection}/{self.source}/{self.survey}.yaml"

    @property
    def rules_path(self) -> str:
        return f"metadata/harmonisation/{self.collection}/{self.survey}.yaml"

    def write(self, folder: Path, replaces: bool = False) -> list[Path]:
        """Write both files below a folder and return their paths.

        Raises:
            ScaffoldError: A file is there already, or the contract cannot be read back.
        """
        paths = [folder / self.contract_path, folder / self.rules_path]
        there = [str(path) for path in paths if path.exists()]
        if there and not replaces:
            raise ScaffoldError(
                f"expected no file yet, found {' and '.join(there)}; give another --survey or "
                "--to, or --force to write over what is there"
            )
        for path, text in zip(paths, (self.contract, self.rules), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            load_contract(paths[0])
        except ContractError as error:
            raise ScaffoldError(f"the proposed contract cannot be read:\n{error}") from None
        return paths


def scaffold(
    path: Path, *, codebook: Path | None = None, survey: str | None = None,
    collection: str = "janus", source: str = "health_surveys",
    moved: Moved = lambda _done, _total: None,
) -> Scaffold:  # fmt: skip
    """Return a proposal for a survey.

    Args:
        path: The file of answers, as it will be delivered.
        codebook: What its columns mean; without it, labels inside the file are used.
        survey: Id of the survey; by default from the file's name.
        collection: The collection it belongs to.
        source: The source that delivers it.
        moved: Told how many bytes of how many have been read.

    Raises:
        ScaffoldError: The file or the codebook cannot be read, or holds nothing.
    """
    survey = _id(survey or _stem(path), "--survey", survey is None)
    collection, source = _id(collection, "--collection"), _id(source, "--source")
    book = read_codebook(codebook) if codebook else {}
    positions = {entry.name: entry.position for entry in book.values() if entry.position}
    shape = examine(path, positions)
    if not book and shape.format["kind"] == "xpt" and path.suffix.lower() == ".xpt":
        book = labels_inside(path)
    tallies = tally(shape, moved)
    entries = [book.get(header.strip().lower(), Entry()) for header in shape.columns]
    columns = _columns(shape, tallies, entries, _known_systems(collection))
    told = {c.header: each for c, *each in zip(columns, tallies, entries, strict=True)}
    return _matched(
        columns, told,
        _format(shape, tallies), survey, collection, source, path, tallies[0].rows,
    )  # fmt: skip


def _stem(path: Path) -> str:
    return path.name.split(".")[0]


def _id(name: str, option: str, may_be_mended: bool = False) -> str:
    if may_be_mended:
        [name] = names_of([name])
    if not re.fullmatch(IDENTIFIER, name):
        raise ScaffoldError(
            f"{option}: expected lower case letters, digits and _, beginning with a letter, found "
            f"{name!r}; write for example valley_1978"
        )
    return name


def _columns(
    shape: Shape, tallies: list[Tally], entries: list[Entry], known: frozenset[str]
) -> list[Column]:
    minimum = get_settings().small_cell_minimum
    named = zip(shape.columns, names_of(shape.columns), tallies, entries, strict=True)
    columns = [propose_column(*each, minimum) for each in named]
    columns = [replace(c, position=shape.positions.get(c.header)) for c in columns]
    return people.with_attendance(people.with_person(columns, known))


def _known_systems(collection: str) -> frozenset[str]:
    try:
        contracts = load_contracts()
    except ContractError:
        return frozenset()  # somebody is editing another contract
    return frozenset(
        c.person.system for c in contracts if c.collection == collection and c.person is not None
    )


def _format(shape: Shape, tallies: list[Tally]) -> dict[str, object]:
    if shape.format["kind"] in ("csv", "fixed_width") and decimal_sign(tallies) == ",":
        return {**shape.format, "decimal": ","}
    return dict(shape.format)


def _matched(
    columns: list[Column], told: dict[str, list[Any]], file_format: dict[str, object],
    survey: str, collection: str, source: str, path: Path, rows: int,
) -> Scaffold:  # fmt: skip
    metadata = get_settings().metadata_dir
    derived = _derived(metadata)
    variables, codelists = load_survey_variables(metadata), load_codelists(metadata)
    askable = {name: one for name, one in variables.items() if name not in derived}
    matcher = Matcher(askable, codelists, read_words(metadata / "survey_words.yaml"))
    candidates = {column.name: matcher.candidates(column) for column in columns}
    pairs = assign(candidates.items())
    by_name = {column.name: column for column in columns}
    proposals = []
    for name, variable in askable.items():
        if name in pairs:
            column_name, score = pairs[name]
            column = _settled(by_name[column_name], variable, *told[by_name[column_name].header])
            by_name[column_name] = column
            others = tuple(c for c in candidates[column_name] if c.variable != name)[:2]
            rivals = _rivals(name, column_name, candidates, {pair[0] for pair in pairs.values()})
            proposals.append(Proposal(variable, column, score, others, rivals))
    columns = list(by_name.values())
    attended = next((c for c in columns if c.name == "attended_date" and c.kind == "date"), None)
    title = survey.replace("_", " ")
    contract = contract_text(
        columns, file_format, collection=collection, source=source, table=survey, title=title,
        file_name=path.name, rows=rows,
    )  # fmt: skip
    rules = rules_text(
        proposals, columns, variables, codelists, derived, survey=survey, source=source,
        table=survey, attended=attended.name if attended else None,
        years=attended.years if attended else None,
    )  # fmt: skip
    chosen = {proposal.column.name: proposal.variable.name for proposal in proposals}
    return Scaffold(survey, collection, source, contract, rules, columns, candidates, chosen, rows)


def _rivals(
    variable: str, column: str, candidates: dict[str, list[Candidate]], used: set[str]
) -> tuple[str, ...]:
    """Return the columns without a rule that are likeliest the same variable."""
    return tuple(
        name
        for name, found in candidates.items()
        if name != column and name not in used and found and found[0].variable == variable
        and found[0].score >= THRESHOLD
    )  # fmt: skip


def _settled(column: Column, variable: Variable, tally: Tally, entry: Entry) -> Column:
    """Return the column as its variable makes likely: a count is no code; a unit, guessed."""
    is_number = variable.is_number
    if variable.type == "text" and column.kind == "code":
        return replace(column, kind="text", codes=(), labels={})
    if is_number and column.kind == "code" and not entry.codes and tally.whole == tally.filled:
        plain = replace(column, kind="integer", codes=(), missing=dict.fromkeys(tally.nothing))
        column = measured(plain, tally, entry)
    if is_number and not column.unit and column.kind in ("integer", "number"):
        unit = guessed_unit(variable, column)
        if unit is not None:
            column = replace(column, unit=unit, notes=(*column.notes, GUESSED_UNIT))
        else:
            column = replace(column, notes=(*column.notes, "settle: the unit"))
    return column


def _derived(metadata: Path) -> frozenset[str]:
    path = metadata / "harmonisation" / "derived.yaml"
    if not path.exists():
        return frozenset()
    return frozenset(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
