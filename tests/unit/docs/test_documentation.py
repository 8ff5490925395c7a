"""The documentation names only what exists: pages, headings, targets, commands, settings."""

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from janus_warehouse.cli import JanusCommands
from janus_warehouse.platform.settings import REPO_ROOT, Settings

PAGES = sorted(
    [*REPO_ROOT.glob("*.md"), *(REPO_ROOT / "docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)
EACH_PAGE = pytest.mark.parametrize(
    "page", PAGES, ids=[path.relative_to(REPO_ROOT).as_posix() for path in PAGES]
)
CODE = [*REPO_ROOT.glob("plugins/janus_warehouse/**/*.py"), *REPO_ROOT.glob("dags/*.py")]
RUNBOOKS = sorted((REPO_ROOT / "docs" / "runbooks").glob("[!R]*.md"))

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*```.*?^\s*```\s*$", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#{1,6} +(.*)$", re.MULTILINE)
JANUS = re.compile(r"(?:^|[\s(;|&\"'])janus ((?:[a-z][a-z-]*)(?:[^\n|;)#·]*))")
MAKE = re.compile(r"(?:^|[\s;|&])make ([a-z][a-z-]*)((?: +[A-Z]+=\S+)*)")
OTHER_SETTINGS = {"JANUS_SHARED", "JANUS_DATABASE_HOST"}


def _outside_of_code(text: str) -> str:
    return INLINE_CODE.sub("", FENCE.sub("", text))


def _code(text: str) -> list[str]:
    """Return every code block and inline code of a page."""
    return [*FENCE.findall(text), *INLINE_CODE.findall(FENCE.sub("", text))]


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@functools.cache
def _anchors(page: Path) -> frozenset[str]:
    return frozenset(map(_anchor, HEADING.findall(FENCE.sub("", page.read_text("utf-8")))))


@functools.cache
def _command(name: str) -> Any:
    return JanusCommands.commands_by_name[name].load(name)


@functools.cache
def _targets() -> frozenset[str]:
    makefile = (REPO_ROOT / "Makefile").read_text("utf-8")
    return frozenset(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def test_there_are_pages_to_look_at():
    assert len(PAGES) >= 40
    assert len(RUNBOOKS) >= 10


@EACH_PAGE
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page):
    dead = []
    for link in LINK.findall(_outside_of_code(page.read_text("utf-8"))):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in _anchors(target)
        ):
            dead.append(link)
    assert dead == []


@EACH_PAGE
def test_every_make_target_and_kind_of_test_exists(page):
    for block in _code(page.read_text("utf-8")):
        for target, variables in MAKE.findall(block):
            assert target in _targets(), f"make {target}"
            for kind in re.findall(r"KIND=([a-z]+)", variables):
                assert (REPO_ROOT / "tests" / kind).is_dir(), f"make {target} KIND={kind}"


def test_every_kind_of_test_is_told_to_who_works_on_the_project():
    kinds = {path.parent.relative_to(REPO_ROOT / "tests").parts[0]
             for path in (REPO_ROOT / "tests").glob("*/**/test_*.py")}  # fmt: skip
    page = (REPO_ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [kind for kind in sorted(kinds) if f"| `{kind}` |" not in page] == []


@EACH_PAGE
def test_every_janus_command_exists_with_its_options(page):
    for block in _code(page.read_text("utf-8")):
        for line in JANUS.findall(block.replace("\\\n", " ")):
            assert _problem(line.split()) is None, f"janus {line}: {_problem(line.split())}"


def _problem(words: list[str]) -> str | None:
    """Return why a command line of ours cannot run, or None."""
    if words[0] not in JanusCommands.commands_by_name:
        return f"no command {words[0]}"
    command = _command(words[0])
    path, rest = words[0], words[1:]
    while hasattr(command, "commands"):
        if not rest or not re.fullmatch(r"[a-z][a-z-]*", rest[0]):
            return None
        chosen = command.get_command(typer.Context(command), rest[0])
        if chosen is None:
            return f"{path} has no {rest[0]}"
        command, path, rest = chosen, f"{path} {rest[0]}", rest[1:]
    known = {name for parameter in command.params for name in parameter.opts}
    known |= {name for parameter in command.params for name in parameter.secondary_opts}
    options = (re.match(r"--[a-z][a-z-]*", word) for word in rest)
    unknown = [name[0] for name in options if name and name[0] not in {*known, "--help"}]
    return f"no option {unknown[0]}" if unknown else None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("janus release cut 2022.1", None, id="a command"),
        pytest.param("janus fly", "no command fly", id="no command"),
        pytest.param("janus release melt 2022.1", "release has no melt", id="no sub-command"),
        pytest.param("janus build --quickly", "no option --quickly", id="no option"),
        pytest.param("janus assay lake drain", "assay lake has no drain", id="no sub-sub-command"),
        pytest.param(
            "janus assay lake qc X --quickly", "no option --quickly", id="no option of one"
        ),
    ],
)
def test_a_command_that_does_not_exist_would_be_found(line, problem):
    [found] = JANUS.findall(line)
    assert _problem(found.split()) == problem


def test_every_command_has_its_line_in_the_help_and_an_implementation():
    for name, lazy in JanusCommands.commands_by_name.items():
        assert lazy.help.endswith("."), name
        assert callable(_command(name)), name


@EACH_PAGE
def test_every_setting_exists(page):
    named = {f"JANUS_{field.upper()}" for field in Settings.model_fields} | OTHER_SETTINGS
    found = set(re.findall(r"\bJANUS_[A-Z_]+\b", page.read_text("utf-8")))
    assert found <= named


@EACH_PAGE
def test_pages_name_no_path_of_one_machine(page):
    text = page.read_text("utf-8")
    assert re.findall(r"(?<![\w.$}<>…-])/(?:home|root|Users|work|tmp)/[\w.-]+", text) == []


def test_every_page_that_code_points_to_exists():
    pointed = {
        (path.relative_to(REPO_ROOT).as_posix(), name.rstrip("."))
        for path in CODE
        for name in re.findall(r"\bdocs/[\w./-]*", path.read_text("utf-8"))
    }
    assert len(pointed) >= 8, "the DAGs say in their descriptions what to do when they fail"
    missing = sorted(entry for entry in pointed if not (REPO_ROOT / entry[1]).exists())
    assert missing == []


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=[path.stem for path in RUNBOOKS])
def test_a_runbook_tells_what_why_mend_and_how_to_know(runbook):
    headings = re.findall(r"^## (.*)$", runbook.read_text("utf-8"), re.MULTILINE)
    assert headings == ["What you see", "Why", "What to do", "How to know it is mended"]


def test_the_list_of_runbooks_is_complete():
    index = (REPO_ROOT / "docs" / "runbooks" / "README.md").read_text("utf-8")
    assert [path.name for path in RUNBOOKS if f"]({path.name})" not in index] == []


def test_what_the_list_of_runbooks_says_one_sees_is_what_the_code_says():
    source = re.sub(r'"\s*\n\s*f?"', "", "\n".join(path.read_text("utf-8") for path in CODE))
    index = (REPO_ROOT / "docs" / "runbooks" / "README.md").read_text("utf-8")
    cells = [line.split("|")[1] for line in index.split("\n") if line.startswith("| ")]
    quoted = [phrase for cell in cells for phrase in INLINE_CODE.findall(cell)]
    assert len(quoted) >= 15
    pieces = {piece.strip() for phrase in quoted for piece in phrase.split("…") if piece.strip()}
    assert sorted(piece for piece in pieces if piece not in source) == []


def test_the_list_of_decisions_is_complete():
    text = (REPO_ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| \[(.+)\]\(#", text, re.MULTILINE)
    told = re.findall(r"^## (.+)\n\*(\d{4}-\d\d-\d\d)", text, re.MULTILINE)
    assert told and listed == [(day, title) for title, day in told]


def test_every_mart_has_one_line_in_the_table_of_marts():
    page = (REPO_ROOT / "docs" / "models.md").read_text("utf-8")
    table = page.split("## Marts\n")[1].split("\n\n")[0]
    first = [line.split("|")[1] for line in table.split("\n")[2:]]
    listed = [mart for cell in first for mart in INLINE_CODE.findall(cell)]
    models = REPO_ROOT / "dbt_project" / "models"
    folders = (models / "marts", models / "_generated" / "marts")
    marts = sorted(path.stem for folder in folders for path in folder.rglob("*.sql"))
    assert sorted(listed) == marts


def test_every_page_is_reached_from_the_start_page():
    docs = REPO_ROOT / "docs"
    links = LINK.findall((docs / "README.md").read_text("utf-8"))
    reached = {(docs / link.partition("#")[0]).resolve() for link in links}
    assert [page.name for page in sorted(docs.glob("*.md")) if page not in reached] == ["README.md"]
