"""Writing what dbt reads but nobody should type: sources, staging, answers, checks,
doc blocks.

`python -m janus_warehouse.warehouse.generate` writes the files, with `--check` it only compares
them and ends with status 1 when one is stale. The files are committed.
"""

import re
import sys
from pathlib import Path

from janus_warehouse.contracts import load_contracts
from janus_warehouse.metadata import (
    Variable,
    load_case_checks,
    load_variables,
)
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys import load_harmonisation
from janus_warehouse.warehouse.answers_checked_sql import checked_files
from janus_warehouse.warehouse.answers_long_sql import long_files
from janus_warehouse.warehouse.answers_marts import mart_files
from janus_warehouse.warehouse.answers_sql import answer_files
from janus_warehouse.warehouse.answers_tests import answer_test_files
from janus_warehouse.warehouse.checks_sql import check_files
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY, source_files, staging_files
from janus_warehouse.warehouse.history_sql import history_files
from janus_warehouse.warehouse.survey_donors_sql import donor_files

_HISTORY = re.compile(r"ref\(\s*['\"](int_history__\w+)['\"]\s*\)")


def generated_files() -> dict[Path, str]:
    """Return every generated file of the dbt project with its content.

    Raises:
        ContractError: A contract cannot be read.
        MetadataError: A definition in `metadata/` cannot be read.
    """
    contracts = [c for c in load_contracts() if not c.is_in_lake]
    files = source_files(contracts) | staging_files(contracts)
    files |= history_files(contracts, _histories_read())
    harmonisation = load_harmonisation()
    files |= answer_files(harmonisation) | long_files(harmonisation) | mart_files(harmonisation)
    files |= checked_files(harmonisation) | donor_files(harmonisation)
    files |= answer_test_files(harmonisation)
    files |= check_files(load_case_checks())
    files["docs.md"] = _doc_blocks(load_variables())
    return {_folder() / name: text for name, text in sorted(files.items())}


def write_dbt_sources() -> list[Path]:
    """Write what has changed of the generated files, remove what is no more; return those paths."""
    expected = generated_files()
    stale = stale_files(expected)
    for path in stale:
        if path in expected:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(expected[path], encoding="utf-8")
        else:
            path.unlink()
    return stale


def stale_files(expected: dict[Path, str] | None = None) -> list[Path]:
    """Return the generated files that are missing, differ, or should not be there."""
    expected = generated_files() if expected is None else expected
    present = {path for path in _folder().rglob("*") if path.is_file()}
    differing = {
        path
        for path, text in expected.items()
        if path not in present or path.read_text(encoding="utf-8") != text
    }
    return sorted(differing | (present - set(expected)))


def _folder() -> Path:
    return get_settings().dbt_project_dir / "models" / "_generated"


def _histories_read() -> frozenset[str]:
    """Return the names of the histories that a model written by hand reads."""
    models = _folder().parent.rglob("*.sql")
    by_hand = [path for path in models if not path.is_relative_to(_folder())]
    return frozenset(
        name for path in by_hand for name in _HISTORY.findall(path.read_text(encoding="utf-8"))
    )


def _doc_blocks(variables: dict[str, Variable]) -> str:
    blocks = [f"{{# {WRITTEN_BY.format(origin='metadata/variables', mark='')} #}}"]
    for variable in variables.values():
        unit = f" Unit: {variable.unit}." if variable.unit else ""
        text = variable.description.en + unit
        blocks.append(f"{{% docs {variable.name} %}}{text}{{% enddocs %}}")
    return "\n\n".join(blocks) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check the generated files; return the exit status."""
    root = get_settings().repo_root
    if "--check" not in arguments:
        for path in write_dbt_sources():
            print(f"wrote {path.relative_to(root)}")  # noqa: T201
        return 0
    stale = stale_files()
    for path in stale:
        print(f"{path.relative_to(root)}: stale, run `make generate`")  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
