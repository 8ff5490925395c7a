"""Reading `metadata/projects/*.yaml`; every problem of every file at once, with its line."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.errors import ProjectSpecificationError, UnknownProjectError
from janus_warehouse.projects.specification import Project
from janus_warehouse.releases.manifest import canonical_json

Place = tuple[str | int, ...]


def load_projects(folder: Path | None = None) -> list[Project]:
    """Return all projects of a folder (by default the repository's), in the order of their ids.

    Raises:
        ProjectSpecificationError: At least one file has a problem; all are listed as
            `file:line: key: what is wrong`.
    """
    folder = folder or projects_folder()
    projects, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            projects.append(read_project(path).project)
        except ProjectSpecificationError as error:
            problems.append(str(error))
    if problems:
        raise ProjectSpecificationError("\n".join(problems))
    return sorted(projects, key=lambda project: project.project_id)


def load_project(project_id: str, folder: Path | None = None) -> "ReadProject":
    """Return one project with the places of its parts.

    Raises:
        UnknownProjectError: There is no such file; the message lists those there are.
        ProjectSpecificationError: The file has problems.
    """
    folder = folder or projects_folder()
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if project_id not in known:
        raise UnknownProjectError(
            f"no project {project_id[:60]!r} (there are: {', '.join(known) or 'none'}): write "
            "metadata/projects/<project>.yaml, or check the id"
        )
    return read_project(known[project_id])


def projects_folder() -> Path:
    """Return where the specifications of this installation are."""
    return get_settings().metadata_dir / "projects"


@dataclass(frozen=True)
class ReadProject:
    """A project and where in its file each part of it is written."""

    project: Project
    path: Path
    node: yaml.Node

    def place(self, *place: str | int) -> str:
        """Return `file:line` of a part, or of what is nearest around it."""
        return f"{self.path.name}:{_line(self.node, place)}"


def read_project(path: Path) -> ReadProject:
    """Return the project written in a file.

    Raises:
        ProjectSpecificationError: Each problem as `file:line: key: what is wrong`.
    """
    node, content = _read_yaml(path)
    try:
        project = Project.model_validate(content)
    except ValidationError as error:
        problems = [
            (_line(node, item["loc"]), f"{'.'.join(map(str, item['loc']))}: {item['msg']}")
            for item in error.errors(include_input=False, include_url=False)
        ]
        lines = [f"{path.name}:{line}: {problem}" for line, problem in sorted(problems)]
        raise ProjectSpecificationError("\n".join(lines)) from None
    if project.project_id != path.stem:
        raise ProjectSpecificationError(
            f"{path.name}:{_line(node, ('project_id',))}: project_id: expected the name of the "
            f"file, {path.stem}, found {project.project_id}"
        )
    return ReadProject(project, path, node)


def specification_sha256(project: Project) -> str:
    """Return the hash of what a specification says; comments and layout do not count."""
    content = project.model_dump(mode="json")
    # These keys are younger than the projects that do without: they say what they said.
    for key in ("material", "lake_datasets"):
        if not content[key]:
            del content[key]
    return hashlib.sha256(canonical_json(content)).hexdigest()


def _read_yaml(path: Path) -> tuple[yaml.Node, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not UTF-8 text"
        line = mark.line + 1 if mark else 1
        raise ProjectSpecificationError(f"{path.name}:{line}: not YAML: {problem}") from None
    if not isinstance(node, yaml.MappingNode):
        raise ProjectSpecificationError(
            f"{path.name}:1: expected the keys of a project, found none"
        )
    twice = [f"{path.name}:{line}: {key}: given twice" for line, key in _keys_given_twice(node)]
    if twice:
        raise ProjectSpecificationError("\n".join(twice))
    return node, content


def _keys_given_twice(node: yaml.Node) -> list[tuple[int, str]]:
    """Find what YAML would silently resolve to the last of two values."""
    found: list[tuple[int, str]] = []
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for position, (key, value) in enumerate(node.value):
            if key.value in keys[:position]:
                found.append((key.start_mark.line + 1, key.value))
            found += _keys_given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            found += _keys_given_twice(value)
    return found


def _line(node: yaml.Node, place: Place) -> int:
    """Return the line (from 1) of a part, or of the nearest part around it that is written."""
    line = node.start_mark.line
    for step in place:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is not None:
                line, child = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step < len(node.value):
                child = node.value[step]
                line = child.start_mark.line
        if child is None:
            break
        node = child
    return line + 1
