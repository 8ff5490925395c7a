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

{left_out}Reading it
  CSV is UTF-8, comma separated, with a header line. An empty field is a missing value, "" is an
  empty text. Parquet has the same rows and columns with their types.
  pseudonyms are letters; they hold within this project only and cannot be matched with those of
  another project. Join the files of this folder on donor_pseudonym (and draw_pseudonym,
  tube_pseudonym, tumour_pseudonym). Rows are sorted by pseudonym, which says nothing.

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


def readme_text(
    project: Project,
    release: Release,
    rows: dict[str, int],
    rules_left_out: dict[str, tuple[str, ...]],
) -> str:
    """Return the text; nothing in it depends on when or where it is written.

    Args:
        project: The approval.
        release: What the extract is from.
        rows: Rows of each dataset.
        rules_left_out: For each dataset with tumours, the rules whose flagged tumours are not in.
    """
    width = max(len(dataset.name) for dataset in project.files) + 2
    files = []
    for dataset in project.files:
        endings = ", ".join(f".{ending}" for ending in sorted(project.formats))
        count = f"{rows[dataset.name]:,} row{'s' if rows[dataset.name] != 1 else ''}"
        files.append(f"  {dataset.name:<{width}}({endings})  {count}. {dataset.description}")
    recipients = "; ".join(
        f"{recipient.name}, {recipient.institution}" for recipient in project.recipients
    )
    notice = made_up_notice(project, release)
    return _TEXT.format(
        notice=f"\n{textwrap.fill(notice, 96)}\n" if notice else "",
        left_out=_left_out(rules_left_out),
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


def _left_out(rules: dict[str, tuple[str, ...]]) -> str:
    """Return the section on tumours that are not in the extract, empty when all are."""
    datasets: dict[tuple[str, ...], list[str]] = {}
    for dataset, codes in rules.items():
        if codes:
            datasets.setdefault(codes, []).append(dataset)
    if not datasets:
        return ""
    lines = [
        textwrap.fill(
            f"{', '.join(names)}: {', '.join(codes)}", 96, initial_indent="  ",
            subsequent_indent="    ", break_on_hyphens=False,
        )
        for codes, names in datasets.items()
    ]  # fmt: skip
    head = "Which tumours are left out?\n  Those that break one of these rules of the registry:\n"
    return head + "\n".join(lines) + "\n\n"
