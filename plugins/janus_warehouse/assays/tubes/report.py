"""The page of a project: what was sent, what came back, what disagrees; and the same as JSON."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from janus_warehouse.assays.marts import plain
from janus_warehouse.assays.tubes.errors import UnknownTubeError
from janus_warehouse.assays.tubes.figures import LISTED, STATES, ProjectAccount, read_accounts
from janus_warehouse.platform.files import replace_text
from janus_warehouse.platform.settings import get_settings

_NAME = re.compile(r"[a-z0-9-]{3,40}")


def projects_folder() -> Path:
    """Return the folder of the pages, `<home>/reports/assays/projects`."""
    return get_settings().reports_dir / "assays" / "projects"


def write_project_reports(project: str | None = None) -> list[tuple[ProjectAccount, Path]]:
    """Write page and document of one project or of all, and return each with its page.

    Raises:
        UnknownTubeError: Nothing was ever sent for the project.
        NotAvailableError: No database answers, or the marts have not been built.
    """
    accounts, words = read_accounts(project)
    folder = projects_folder()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for account in accounts:
        if _NAME.fullmatch(account.project_id) is None:
            raise UnknownTubeError(
                "expected names of projects in small letters, digits and hyphens, found one that "
                "cannot name a file; the contract of shipments says the form"
            )
        page = folder / f"{account.project_id}.html"
        replace_text(page, project_page(account, words))
        replace_text(page.with_suffix(".json"), account_text(account, words))
        written.append((account, page))
    return written


def account_text(account: ProjectAccount, words: dict[str, str]) -> str:
    """Return the document of a project."""
    document = account.as_dict(words)
    return json.dumps(document, indent=1, default=plain, ensure_ascii=False) + "\n"


def project_page(account: ProjectAccount, words: dict[str, str]) -> str:
    """Return the page; everything is inline and nothing is fetched."""
    source = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["thousands"] = _thousands
    return environment.from_string(source).render(
        account=account, words=words, states=STATES, listed=LISTED
    )


def _thousands(value: Any) -> str:
    return "–" if value is None else f"{value:,.0f}"
