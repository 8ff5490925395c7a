"""Reading the rule files: `metadata/harmonisation/<collection>/<survey>.yaml`.

Beside them `derived.yaml` says what is worked out from other variables, and `checks.yaml` what
must hold between them, the same in every survey.
"""

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
from janus_warehouse.surveys.problems import shared_problems, survey_problems


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
    derived, checks, found = _read_shared(folder / "harmonisation", variables)
    problems += found
    surveys = {}
    codelists = load_codelists(folder)
    for name, file in written.items():
        survey, found = _survey(name, written, contracts, variables)
        problems += found
        if survey is not None:
            surveys[name] = survey
            problems += survey_problems(
                survey, file.content, file.document, variables, codelists, set(derived)
            )
    if problems:
        raise MetadataError("\n".join(problems))
    return Harmonisation(surveys, derived, checks, variables)


def _read_files(folder: Path) -> tuple[dict[str, _Written], list[str]]:
    """Return the rule files by survey, and what is wrong in their form."""
    written: dict[str, _Written] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            document = read_yaml(path)
        except MetadataError as error:
            problems.append(str(error))
            continue
        try:
            content = RuleFile.model_validate(document.content)
        except ValidationError as error:
            problems += [
                document.problem(item["loc"], item["msg"])
                for item in error.errors(include_input=False, include_url=False)
            ]
            continue
        if path.stem in written:
            other = written[path.stem].document.path
            problems.append(f"{path}:1: survey {path.stem} has a rule file already: {other}")
        written[path.stem] = _Written(document, content)
    return written, problems


def _read_shared(
    folder: Path, variables: dict[str, Variable]
) -> tuple[dict[str, Derivation], dict[str, CrossCheck], list[str]]:
    """Return what is derived and what is checked in every survey."""
    derivations, checks = read_yaml(folder / "derived.yaml"), read_yaml(folder / "checks.yaml")
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
    if problems + found:
        return None, problems + found
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


def _lineage(name: str, written: dict[str, _Written]) -> tuple[list[str], list[str]]:
    """Return the surveys that a survey's rules are based on, the first one first."""
    lineage = [name]
    while (base := written[lineage[0]].content.based_on) is not None:
        document = written[lineage[0]].document
        if base not in written or written[base].document.path.parent != document.path.parent:
            found = f"expected a survey of {document.path.parent.name}, found no rule file {base}"
            return [], [document.problem(["based_on"], found)] if lineage[0] == name else []
        if base in lineage:
            found = f"leads back to {base}: a survey cannot be based on itself"
            return [], [document.problem(["based_on"], found)] if lineage[0] == name else []
        lineage.insert(0, base)
    return lineage, []
