"""Checking rule files without a database: what is wrong, and of one survey or of all."""

from dataclasses import dataclass

from janus_warehouse.errors import ContractError
from janus_warehouse.metadata import MetadataError
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys.definition import Harmonisation
from janus_warehouse.surveys.loading import load_harmonisation


@dataclass(frozen=True)
class Checked:
    """What a check of rule files found.

    Attributes:
        problems: `file:line: key: what is wrong, what to do`, of the survey that was asked for.
        told: What is well, one line for each survey.
        elsewhere: Problems of other surveys' files, which stop a build as well.
        known: Every survey that has a rule file.
        is_unknown: Whether the survey that was asked for has none.
    """

    problems: list[str]
    told: list[str]
    elsewhere: int
    known: list[str]
    is_unknown: bool


def check_rules(survey: str | None = None) -> Checked:
    """Return what is wrong in the rule file of a survey, or in all.

    A problem of the dictionary, of a contract or of the shared files is told in any case, since
    nothing can be read without them.
    """
    settings = get_settings()
    files = sorted((settings.metadata_dir / "harmonisation").glob("*/*.yaml"))
    known = [path.stem for path in files]
    if survey is not None and survey not in known:
        return Checked([], [], 0, known, True)
    try:
        harmonisation = load_harmonisation()
    except (MetadataError, ContractError) as error:
        found = str(error).splitlines()
        others = tuple(f"{path}:" for path in files if path.stem != survey)
        here = [line for line in found if survey is None or not line.startswith(others)]
        root = f"{settings.repo_root}/"
        shown = [line.replace(root, "") for line in here]
        return Checked(shown, [], len(found) - len(here), known, False)
    told = [_told(name, harmonisation) for name in known if survey in (None, name)]
    return Checked([], told, 0, known, False)


def _told(name: str, harmonisation: Harmonisation) -> str:
    survey = harmonisation.surveys[name]
    derived = len(harmonisation.derived_in(survey))
    examples = sum(len(rule.examples) for rule in survey.rules.values())
    partial = sum(rule.status == "partial" for rule in survey.rules.values())
    return (
        f"{name}: {len(survey.rules)} rules ({partial} partial), {derived} derived, "
        f"{len(survey.impossible)} impossible; {examples} examples"
    )
