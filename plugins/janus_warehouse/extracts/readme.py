"""The `README.txt` that a recipient opens first."""

import textwrap

from janus_warehouse.projects.specification import Project
from janus_warehouse.releases.manifest import Release

MADE_UP = (
    "The people in these data are made up (test population): nothing may be concluded from them "
    "about health."
)

_TEXT = """\
{title}
{line}

This folder is the extract of project {project_id} from release {release} of the Janus data
warehouse.
{notice}
  Approval     {ethics_reference}
  Legal basis  {legal_basis}
  Purpose      {purpose}
  Valid until  {valid_until}
  Recipients   {recipients}

Files
{files}
  codebook.html   every variable: label, description, type, unit, codes; open it in a browser
  codebook.csv    the same for programs
  manifest.json   project, release, hashes and row counts
  SHA256SUMS      checksums of all files

Is it complete and unchanged?
  sha256sum -c SHA256SUMS

Reading it
  CSV is UTF-8, comma separated, with a header line. An empty field is a missing value, "" is an
  empty text. Parquet has the same rows and columns with their types.
  pseudonyms are letters; they hold within this project only and cannot be matched with those of
  another project. Join the files of this folder on donor_pseudonym (and draw_pseudonym,
  tube_pseudonym). Rows are sorted by pseudonym, which says nothing.

What you must know
  The data are personal data, even under pseudonyms. Use them for the purpose above only, let
  nobody in who is not named in the approval, do not try to find out who a donor is, and delete
  them when the approval ends. Donors who have withdrawn their consent are not in the extract;
  if one withdraws later you are asked to take that donor out.

Can it be made again?
  Yes. The same release, specification and key give the same bytes. What is left out then are
  donors who have withdrawn in between. Quote project and release in publications:
  {project_id}@{release}
"""


def made_up_notice(project: Project, release: Release) -> str:
    """Return the sentence that says the people are made up; empty when that is not known."""
    return MADE_UP if project.cohort.collection in release.made_up_collections else ""


def readme_text(project: Project, release: Release, rows: dict[str, int]) -> str:
    """Return the text; nothing in it depends on when or where it is written."""
    width = max(len(dataset.name) for dataset in project.datasets) + 2
    files = []
    for dataset in project.datasets:
        endings = ", ".join(f".{ending}" for ending in sorted(project.formats))
        count = f"{rows[dataset.name]:,} row{'s' if rows[dataset.name] != 1 else ''}"
        files.append(f"  {dataset.name:<{width}}({endings})  {count}. {dataset.description}")
    recipients = "; ".join(
        f"{recipient.name}, {recipient.institution}" for recipient in project.recipients
    )
    notice = made_up_notice(project, release)
    return _TEXT.format(
        notice=f"\n{textwrap.fill(notice, 96)}\n" if notice else "",
        title=project.title,
        line="=" * len(project.title),
        project_id=project.project_id,
        release=release.name,
        ethics_reference=project.ethics_reference,
        legal_basis=project.legal_basis,
        purpose=project.purpose,
        valid_until=project.valid_until.isoformat(),
        recipients=recipients,
        files="\n".join(files),
    )
