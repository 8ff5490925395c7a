"""Reading the rule files: `metadata/harmonisation/<collection>/<survey>.yaml`.

Beside them `derived.yaml` says what is worked out from other variables, and `checks.yaml` what
must hold between them, the same in every survey.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.metadata import MetadataError, Variable, load_codelists, load_survey_variables
from janus_warehouse.metadata.located import LocatedYaml, read_yaml
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys.definition import (
    CrossCheck,
    Derivation,
    Harmonisation,
    Rule,
    RuleFile,
    Survey,
)
from janus_warehouse.surveys.names import LONGEST_SURVEY_ID
from janus_warehouse.surveys.problems import shared_problems, survey_problems
from janus_warehouse.surveys.todo import todo_problems

_SURVEY_ID = rf"[a-z][a-z0-9_]{{0,{LONGEST_SURVEY_ID - 1}}}"


@dataclass(frozen=True)
class _Written:
    """A rule file and where its parts stand."""

    document: LocatedYaml
    content: RuleFile


def load_harmonisation(
    metadata_dir: Path | None = None, expectations_dir: Path | None = None
) -> Harmonisation:
    """Return every survey's rules, checked against the dictionary and the contracts.

    Raises:
        MetadataError: Anything is wrong in any rule file; each problem stands on its own line as
            `file:line: key: what was expected, what was found`.
        ContractError: A contract cannot be read.
    """
    folder = metadata_dir or get_settings().metadata_dir
    variables = load_survey_variables(folder)
    contracts = {
        (contract.collection, f"{contract.source}.{contract.table}"): contract
        for contract in load_contracts(expectations_dir)
    }
    written, problems = _read_files(folder / "harmonisation")
    try:
        derived, checks, found = _read_shared(folder / "harmonisation", variables)
    except MetadataError as error:
        raise MetadataError("\n".join([*problems, str(error)])) from None
    problems += found
    surveys = {}
    codelists = load_codelists(folder)
    for name in written:
        survey, found = _survey(name, written, contracts, variables)
        problems += found
        if survey is not None:
            surveys[name] = survey
    for name, survey in surveys.items():
        file = written[name]
        base = surveys.get(file.content.based_on or "")
        problems += survey_problems(
            survey, file.content, file.document, variables, codelists, set(derived), base
        )
    if problems:
        raise MetadataError("\n".join(problems))
    return Harmonisation(surveys, derived, checks, variables)


def _read_files(folder: Path) -> tuple[dict[str, _Written], list[str]]:
    """Return the rule files by survey, and what is wrong in their form."""
    written: dict[str, _Written] = {}
    problems: list[str] = []
    problems += [
        f"{path}:1: is not read: a rule file is {folder.name}/<collection>/<survey>.yaml"
        for path in sorted(folder.rglob("*.y*ml"))
        if not path.match(f"{folder.name}/*/*.yaml") and path not in _shared_files(folder)
    ]
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            document = read_yaml(path)
        except MetadataError as error:
            problems.append(str(error))
            continue
        if todo := todo_problems(document):
            problems += todo
            continue
        try:
            content = RuleFile.model_validate(document.content)
        except ValidationError as error:
            problems += [
                document.problem(item["loc"], item["msg"])
                for item in error.errors(include_input=False, include_url=False)
            ]
            continue
        if not re.fullmatch(_SURVEY_ID, path.stem):
            problems.append(
                f"{path}:1: expected the name of a survey in small letters, digits and "
                f"underscores, up to {LONGEST_SURVEY_ID} characters"
            )
            continue
        if path.stem in written:
            other = written[path.stem].document.path
            problems.append(f"{path}:1: survey {path.stem} has a rule file already: {other}")
        written[path.stem] = _Written(document, content)
    return written, problems


def _shared_files(folder: Path) -> tuple[Path, Path]:
    return folder / "derived.yaml", folder / "checks.yaml"


def _read_shared(
    folder: Path, variables: dict[str, Variable]
) -> tuple[dict[str, Derivation], dict[str, CrossCheck], list[str]]:
    """Return what is derived and what is checked in every survey.

    Raises:
        MetadataError: One of the files cannot be read; nothing can be told of the others then.
    """
    documents, problems = [], []
    for path in _shared_files(folder):
        try:
            documents.append(read_yaml(path))
        except MetadataError as error:
            problems.append(str(error))
    if problems:
        raise MetadataError("\n".join(problems))
    derivations, checks = documents
    derived, problems = derivations.entries(Derivation)
    crossed, found = checks.entries(CrossCheck)
    problems += found + shared_problems(derivations, derived, checks, crossed, variables)
    return derived, crossed, problems


def _survey(
    name: str,
    written: dict[str, _Written],
    contracts: dict[tuple[str, str], Contract],
    variables: dict[str, Variable],
) -> tuple[Survey | None, list[str]]:
    """Return a survey with all it inherits, or why it cannot be put together."""
    file = written[name]
    path, collection = file.document.path, file.document.path.parent.name
    problems = [
        file.document.problem(
            ["survey", "tables", str(position)],
            f"expected a contract expectations/{collection}/{table.replace('.', '/')}.yaml, "
            "found none; write it, or mend the name",
        )
        for position, table in enumerate(file.content.survey.tables)
        if (collection, table) not in contracts
    ]
    rules: dict[str, Rule] = {}
    impossible: dict[str, str] = {}
    lineage, found = _lineage(name, written)
    problems += found
    if problems or lineage is None:
        return None, problems
    for ancestor in lineage:
        content = written[ancestor].content
        ruled_out = {v: entry.why for entry in content.impossible for v in entry.variables}
        impossible = {v: why for v, why in impossible.items() if v not in content.rules} | ruled_out
        rules = {v: rule for v, rule in rules.items() if v not in ruled_out} | content.rules
    survey = Survey(
        survey_id=name,
        collection=collection,
        path=path,
        spec=file.content.survey,
        contracts=tuple(contracts[collection, table] for table in file.content.survey.tables),
        rules={v: rules[v] for v in [*variables, *rules] if v in rules},
        impossible=impossible,
    )
    return survey, []


def _lineage(name: str, written: dict[str, _Written]) -> tuple[list[str] | None, list[str]]:
    """Return the surveys that a survey's rules are based on, the first one first.

    None where there is no such line; who is to blame for it has a problem, the others have none.
    """
    lineage = [name]
    while (base := written[lineage[0]].content.based_on) is not None:
        document = written[lineage[0]].document
        folder = document.path.parent
        if base not in written and (folder / f"{base}.yaml").exists():
            return None, []  # that file has problems of its own
        if base not in written or written[base].document.path.parent != folder:
            message = f"expected a survey of {folder.name}, found no rule file {base}"
            return None, [document.problem(["based_on"], message)] if lineage[0] == name else []
        if base == name:
            message = f"leads back to {base}: a survey cannot be based on itself"
            return None, [written[name].document.problem(["based_on"], message)]
        if base in lineage:
            return None, []
        lineage.insert(0, base)
    return lineage, []
