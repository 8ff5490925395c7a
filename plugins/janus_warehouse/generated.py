"""Every generated file of the repository: written anew, or compared with what is committed.

`python -m janus_warehouse.generated` writes; with `--check` it compares, leaves the tree as it
was, and ends with status 1 when a file is stale.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from janus_warehouse.platform.settings import get_settings


@dataclass(frozen=True)
class Generator:
    """Something that writes all files of one folder."""

    folder: str
    write: Callable[[Path], object]


def _dbt(_: Path) -> object:
    from janus_warehouse.warehouse.generate import write_dbt_sources

    return write_dbt_sources()


def _guides(folder: Path) -> object:
    from janus_warehouse.contracts.guide import write_guides

    return write_guides(folder)


def _checks_page(folder: Path) -> None:
    from janus_warehouse.warehouse.checks_page import write_checks_page

    write_checks_page(folder)


def _variables_page(folder: Path) -> None:
    from janus_warehouse.warehouse.variables_page import write_variables_page

    write_variables_page(folder)


GENERATORS = (
    Generator("dbt_project/models/_generated", _dbt),
    Generator("docs/contracts", _guides),
    Generator("docs/case_checks", _checks_page),
    Generator("docs/survey_variables", _variables_page),
)


def generate(check: bool = False) -> list[str]:
    """Write every generated file and return which changed, relative to the repository.

    Args:
        check: Put everything back as it was.
    """
    root = get_settings().repo_root
    changed: list[str] = []
    for generator in GENERATORS:
        folder = root / generator.folder
        before = _contents(folder)
        generator.write(folder)
        after = _contents(folder)
        paths = {path for path in before | after if before.get(path) != after.get(path)}
        changed += sorted(str(path.relative_to(root)) for path in paths)
        if check:
            _restore(paths, before)
    return changed


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _restore(paths: set[Path], before: dict[Path, bytes]) -> None:
    for path in paths:
        if path in before:
            path.write_bytes(before[path])
        else:
            path.unlink()


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    check = "--check" in arguments
    changed = generate(check)
    for path in changed:
        sys.stdout.write(f"{path}: {'stale, run `make generate`' if check else 'written'}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
