"""Reading YAML so that every problem can be told with its file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from janus_warehouse.metadata.errors import MetadataError

Model = TypeVar("Model", bound=BaseModel)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class LocatedYaml:
    """A YAML mapping together with the place of each of its values."""

    path: Path
    content: dict[str, Any]
    tree: yaml.Node

    def problem(self, location: Sequence[str | int], message: str) -> str:
        """Return `file:line: key.key: message` for the value at a location."""
        keys = [str(step) for step in location if step != "[key]"]
        return f"{self.path}:{self._line(keys)}: {'.'.join(keys)}: {message}"

    def entries(self, model: type[Model]) -> tuple[dict[str, Model], list[str]]:
        """Return the values of the top mapping read as `model`, and the problems found."""
        entries, problems = {}, []
        for name, value in self.content.items():
            try:
                entries[str(name)] = model.model_validate(value)
            except ValidationError as error:
                problems += [
                    self.problem([name, *item["loc"]], item["msg"])
                    for item in error.errors(include_input=False, include_url=False)
                ]
        return entries, problems

    def _line(self, keys: list[str]) -> int:
        node, line = self.tree, self.tree.start_mark.line
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            line, node = found
        return line + 1


def _child(node: yaml.Node, key: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        return node.value[int(key)].start_mark.line, node.value[int(key)]
    return None


def read_yaml(path: Path) -> LocatedYaml:
    """Return the mapping in a YAML file.

    Raises:
        MetadataError: The file is not YAML, holds no mapping, or gives a key twice.
    """
    text = path.read_text(encoding="utf-8")
    try:
        tree = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise MetadataError(f"{path}:{line}: not YAML") from None
    if not isinstance(content, dict) or not isinstance(tree, yaml.MappingNode):
        raise MetadataError(f"{path}:1: expected a mapping of names, found none")
    twice = list(_keys_given_twice(tree, path))
    if twice:
        raise MetadataError("\n".join(twice))
    return LocatedYaml(path, content, tree)


def _keys_given_twice(node: yaml.Node, path: Path) -> list[str]:
    # YAML itself keeps the last one silently, and a definition would be lost.
    problems: list[str] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                problems.append(f"{path}:{key.start_mark.line + 1}: {key.value} is given twice")
            seen.add(key.value)
            problems += _keys_given_twice(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            problems += _keys_given_twice(value, path)
    return problems
