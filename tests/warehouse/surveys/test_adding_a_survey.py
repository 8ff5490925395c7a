"""The ten-minute walk of docs/adding_a_survey.md, taken word for word in a checkout of its own.

Every console block runs, every file and change that is shown is made, every output that is shown
comes. Nothing but a contract and a rule file is added: no Python, no SQL.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from janus_warehouse.platform import embedded
from janus_warehouse.platform.settings import REPO_ROOT

PAGE = REPO_ROOT / "docs" / "adding_a_survey.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = "metadata/harmonisation/janus/valley_1978.yaml"
OURS = ("expectations", "metadata", "dbt_project", "docs")


class Walk:
    """A checkout in which the page is followed, and what its last command said."""

    def __init__(self, checkout: Path, environment: dict[str, str]) -> None:
        self.checkout, self.environment, self.said = checkout, environment, ""

    def console(self, block: str) -> None:
        """Run commands as the reader would, keeping what they export; stop at the first fault.

        The unit tests of the other surveys' rules are left to the test that builds them all.
        """
        state = self.checkout / "exported"
        other = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"} if '--select "+' in block else {}
        script = (
            f'set -eu; [ ! -e {state} ] || . {state}\nmake() {{ python -m "janus_warehouse.'
            f'${{1%e}}ed"; }}\n{block}\n'
            f"unset DBT_EXCLUDE_RESOURCE_TYPES\nexport -p > {state}\n"
        )
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.checkout, env={**self.environment, **other}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=900,
        )  # fmt: skip
        self.said = done.stdout
        assert done.returncode == 0, f"{block}\n{done.stdout[-4000:]}"

    def text(self, block: str) -> None:
        """See that the last command said every line that is shown; spaces do not count."""
        said = re.sub(r"\s+", " ", self.said)
        for line in block.strip().splitlines():
            assert re.sub(r"\s+", " ", line).strip() in said, f"{line}\nnot in\n{self.said}"

    def csv(self, block: str) -> None:
        """Write the codebook where the page says it is."""
        home = re.search(r'JANUS_HOME="?([^"\n]+)', (self.checkout / "exported").read_text())[1]
        (Path(home) / "valley" / "codebook.csv").write_text(block, encoding="utf-8")

    def diff(self, block: str) -> None:
        """Change the rule file, in which the old lines stand once."""
        old, new = (
            "".join(f"{line[1:]}\n" for line in block.splitlines() if line[0] == sign)
            for sign in "-+"
        )
        path = self.checkout / FILE
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in OURS
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def test_the_page_can_be_followed_to_its_end(warehouse, tmp_path, page):
    checkout = tmp_path / "checkout"
    for name in OURS:
        shutil.copytree(REPO_ROOT / name, checkout / name)
    before = _tree(checkout)
    binaries = [str(Path(program).parent) for program in (sys.executable, embedded.binary("psql"))]
    (tmp_path / "tmp").mkdir()
    walk = Walk(
        checkout,
        {
            **os.environ, "JANUS_REPO_ROOT": str(checkout), "TMPDIR": str(tmp_path / "tmp"),
            "PATH": ":".join([*binaries, os.environ["PATH"]]), "COLUMNS": "120",
        },
    )  # fmt: skip

    assert [kind for kind, _ in page].count("console") >= 8
    for kind, block in page:
        getattr(walk, kind)(block)

    [checks] = re.findall(r"1 models, (\d+) checks passed", walk.said)
    assert int(checks) >= 2, "every code has an outcome, and the examples of the rule hold"
    _only_two_files_were_written_by_hand(before, _tree(checkout))
    _the_marts_hold_the_survey(warehouse)


def _only_two_files_were_written_by_hand(before, after):
    changed = {name for name in after if after[name] != before.get(name)}
    by_hand = {
        name for name in changed if "_generated" not in name and not name.startswith("docs/")
    }
    assert by_hand == {FILE, "expectations/janus/health_surveys/valley_1978.yaml"}
    assert set(before) <= set(after)


def _the_marts_hold_the_survey(warehouse):
    [(attenders, heights, tall, unmeasured)] = warehouse.query(
        "select count(*), count(height_cm), max(height_cm), "
        "count(*) filter (where height_cm_missing = 'not_answered') "
        "from marts.survey_answers_wide where survey_id = 'valley_1978'"
    )
    assert (attenders, heights, tall, unmeasured) == (300, 294, 194, 6)
    found = warehouse.query(
        "select value, value_original, missing_reason, count(*) from marts.fct_survey_answers "
        "where survey_id = 'valley_1978' and variable = 'coffee_cups_per_day' "
        "group by 1, 2, 3 order by 2"
    )
    assert [(float(v) if v else v, o, m, n) for v, o, m, n in found] == [
        (0, "1", None, 90), (2.5, "2", None, 100), (6, "3", None, 100),
        (None, "9", "not_answered", 10),
    ]  # fmt: skip
    [complete] = warehouse.query(
        "select status, n_attenders, n_values, n_unknown from marts.fct_completeness "
        "where survey_id = 'valley_1978' and variable = 'smoking_status'"
    )
    assert complete == ("complete", 300, 293, 7)
    [(asked,)] = warehouse.query(
        "select count(distinct variable) from marts.fct_survey_answers "
        "where survey_id = 'valley_1978' and missing_reason = 'not_asked'"
    )
    assert asked >= 60
