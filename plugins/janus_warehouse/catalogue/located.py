"""YAML that remembers where each value was written, so that an error names file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from janus_warehouse.catalogue.errors import CatalogueMetadataError

Place = Sequence[str | int]
"""Where a value is inside a document: keys and positions from the top."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Located:
    """A YAML document and the line of every value in it."""

    path: Path
    data: Any
    node: yaml.Node

    def line(self, place: Place) -> int:
        """Return the line (from 1) of a value, or of the nearest thing around it."""
        node, line = self.node, self.node.start_mark.line
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            line, node = child
        return line + 1

    def problem(self, place: Place, message: str) -> str:
        """Return one line of an error: file, line, key, what is wrong."""
        where = ".".join(str(step) for step in place)
        return f"{self.path.name}:{self.line(place)}: {where}: {message}"


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line, value
    return None


def read_yaml(path: Path) -> Located:
    """Return the document of a YAML file with its lines.

    Raises:
        CatalogueMetadataError: The file cannot be read, is not YAML or empty, or gives a key
            twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except OSError as error:
        raise CatalogueMetadataError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "not UTF-8 text"
        raise CatalogueMetadataError(f"{path.name}{line}: not readable as YAML: {reason}") from None
    if node is None:
        raise CatalogueMetadataError(f"{path.name}:1: expected a YAML document, found nothing")
    twice = _keys_given_twice(node)
    if twice:
        raise CatalogueMetadataError("\n".join(f"{path.name}:{line}: {key}" for line, key in twice))
    return Located(path, data, node)


def _keys_given_twice(node: yaml.Node) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                found.append((key.start_mark.line + 1, f"{key.value}: given twice"))
            seen.add(key.value)
            found += _keys_given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            found += _keys_given_twice(value)
    return found


def validated(document: Located, model: type[Model]) -> Model:
    """Return the document as `model`.

    Raises:
        CatalogueMetadataError: It does not fit; every problem is listed with its line.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        problems = [
            document.problem(problem["loc"], problem["msg"])
            for problem in error.errors(include_input=False, include_url=False)
        ]
    raise CatalogueMetadataError("\n".join(sorted(problems)))
