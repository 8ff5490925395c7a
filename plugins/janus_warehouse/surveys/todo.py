"""What a person has still to settle in a rule file: every `TODO`, with its line."""

import re
from collections.abc import Iterator

import yaml

from janus_warehouse.metadata.located import LocatedYaml

_TODO = re.compile(r"\bTODO\b")


def todo_problems(document: LocatedYaml) -> list[str]:
    """Return `file:line: key: TODO …` for every value or key of a file that says TODO."""
    return [
        f"{document.path}:{line}: {key}: TODO: settle it, then write what holds"
        for line, key in _places(document.tree, "")
    ]


def _places(node: yaml.Node, key: str) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = f"{key}.{name.value}".lstrip(".")
            if isinstance(name, yaml.ScalarNode) and _TODO.search(name.value):
                yield name.start_mark.line + 1, inner
            else:
                yield from _places(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _places(value, f"{key}.{at}")
    elif isinstance(node, yaml.ScalarNode) and _TODO.search(node.value):
        yield node.start_mark.line + 1, key
