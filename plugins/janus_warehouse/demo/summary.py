"""What the demo did, as one document and as one screen."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from janus_warehouse.demo.answer_key import (
    flagged_cases,
    found_on_tubes,
    planted_refusals,
    survey_cells,
    unexpected_outcomes,
)
from janus_warehouse.demo.tables import delivery_table, number, questions, refusals
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

AIRFLOW_STAGES = (
    "ingest the deliveries",
    "build the marts",
    "cut the release",
    "publish the catalogue, deliver the extracts",
)
"""The stages that go through the scheduler; its share is of their time."""
LARGEST_MARTS = 5


@dataclass(frozen=True)
class Summary:
    """The document of a demo run.

    Attributes:
        document: The status document with options, seconds, addresses and Airflow's share.
        unexpected: What differs from the answer key; empty when all went as planted.
    """

    document: dict[str, Any]
    unexpected: list[str]


def summarise(options: dict[str, Any], seconds: dict[str, float], began: str) -> Summary:
    """Return the summary of a finished run and keep it as `demo/summary.json`."""
    from janus_warehouse.airflow.environment import base_url
    from janus_warehouse.identity.history import list_decisions
    from janus_warehouse.status import status_document

    settings = get_settings()
    document = status_document()
    document["demo"] = options
    document["seconds"] = {stage: round(value, 1) for stage, value in seconds.items()}
    document["airflow_share"] = airflow_share(seconds, began)
    document["addresses"] = {
        "Open": base_url(),
        "Data docs": _file_url(settings.data_docs_dir / "index.html"),
        "Reports": _file_url(settings.reports_dir),
        "Catalogue": _file_url(settings.catalogue_dir / "index.html"),
        "as RDF": _file_url(settings.catalogue_dir / "catalogue.ttl"),
        "Extracts": _file_url(settings.extracts_dir),
    }
    key = Path(settings.landing) / "answer_key.yaml"
    document["planted_refusals"] = planted_refusals(key)
    with connect(Role.reader) as connection:
        document["case_flags"] = flagged_cases(connection)
        document["completeness"] = survey_cells(connection, key)
        document["tube_findings"] = found_on_tubes(connection)
    document["person_decisions"] = dict(
        Counter(made.kind for made in list_decisions() if made.undone_by is None)
    )
    unexpected = unexpected_outcomes(key, document)
    document["unexpected"] = unexpected
    target = settings.home / "demo" / "summary.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, indent=2, default=str))
    return Summary(document, unexpected)


def airflow_share(seconds: dict[str, float], began: str) -> dict[str, float] | None:
    """Return the seconds of the scheduled stages, of work in them, and Airflow's part in percent.

    Work is the time in which at least one task did ours; the rest is Airflow's: scheduling,
    starting processes, reading DAG files. None when nothing was left to do.
    """
    wall = sum(seconds.get(stage, 0) for stage in AIRFLOW_STAGES)
    start = datetime.fromisoformat(began)
    with connect(Role.reader) as connection:
        worked = connection.execute(
            "select started_at, updated_at from ops.progress "
            "where job = 'airflow' and started_at >= %s order by started_at",
            [start],
        ).fetchall()
    if not worked:
        return None
    busy = busy_seconds([(begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in worked])
    return {
        "wall_seconds": round(wall, 1),
        "work_seconds": round(busy, 1),
        "airflow_percent": round(100 * max(wall - busy, 0) / wall, 1) if wall else 0.0,
    }


def busy_seconds(intervals: list[tuple[datetime, datetime]]) -> float:
    """Return how many seconds at least one interval covers; they come ordered by their begin."""
    total, covered_until = 0.0, None
    for begin, end in intervals:
        if covered_until is None or begin > covered_until:
            total += (end - begin).total_seconds()
            covered_until = end
        elif end > covered_until:
            total += (end - covered_until).total_seconds()
            covered_until = end
    return total


def show(summary: Summary, console: Console) -> None:
    """Print the summary on one screen."""
    document = summary.document
    console.print(delivery_table(document["deliveries"]))
    for line in _facts(document):
        console.print(line, highlight=False, soft_wrap=True)
    for problem in summary.unexpected:
        console.print(f"[red]Unexpected:[/] {problem}", soft_wrap=True)
    if not summary.unexpected:
        console.print("[green]Everything went as planted.[/]")
    console.print("Airflow and the database are still running: `make down` stops them.")


def _facts(document: dict[str, Any]) -> list[str]:
    release = document["releases"][-1]["release_name"] if document["releases"] else "none"
    extracts = ", ".join(f"{e['extract_id']} {number(e['rows'])}" for e in document["extracts"])
    steps = ", ".join(f"{stage} {value} s" for stage, value in document["seconds"].items())
    refused = [f"[bold]Refused[/]   {line}" for line in refusals(document["deliveries"])]
    held = [f"[bold]Held[/]      {line}" for line in questions(document["deliveries"])]
    lines = [
        *refused,
        *held,
        f"[bold]Checks[/]    {_check_line(document['checks']['outcomes'])}",
        f"[bold]Marts[/]     {_marts_line(document['marts'])}",
        *_told("Flags", _flags_line(document.get("case_flags", {}))),
        *_told("Persons", _persons_line(document.get("person_decisions", {}))),
        f"[bold]Release[/]   {release}",
        f"[bold]Extracts[/]  {extracts} rows",
        f"[bold]Seconds[/]   {steps}",
    ]
    if share := document["airflow_share"]:
        lines.append(
            f"[bold]Airflow[/]   {share['airflow_percent']} % of {share['wall_seconds']} s was "
            f"Airflow's own; in {share['work_seconds']} s at least one task worked"
        )
    if planted := document["planted_refusals"]:
        lines.append(
            f"[bold]Red runs[/]  {len(planted)} ingest runs are red in Airflow, and should be: "
            f"{' and '.join(planted)} were planted to be refused"
        )
    if held:
        lines.append(
            "[bold]Decide[/]    `janus decide` shows what is asked, and so does Airflow under "
            "Required actions; nothing else waits for the answer"
        )
    return lines + [
        f"[bold]{name:9}[/] {url}" for name, url in document["addresses"].items() if url
    ]


def _told(name: str, line: str) -> list[str]:
    return [f"[bold]{name:9}[/] {line}"] if line else []


def _marts_line(marts: dict[str, int]) -> str:
    """Return how many marts there are and which are the largest; `janus status` lists them all."""
    largest = sorted(marts.items(), key=lambda mart: -mart[1])[:LARGEST_MARTS]
    named = ", ".join(f"{name} {number(rows)}" for name, rows in largest)
    return (
        f"{len(marts)} with {number(sum(marts.values()))} rows, the largest {named}; "
        "`janus status` lists them all"
    )


def _flags_line(flagged: dict[str, dict[str, int]]) -> str:
    flags = sum(sum(rules.values()) for rules in flagged.values())
    rules = {rule for found in flagged.values() for rule in found}
    return f"{number(flags)} flags of {len(rules)} rules on cancer cases" * bool(flags)


def _persons_line(decisions: dict[str, int]) -> str:
    merged = decisions.get("merge", 0)
    told = f"{number(merged)} records made one person by the register of changed numbers"
    return f"{told}; `janus person decisions` lists them" * bool(merged)


def _check_line(outcomes: list[dict[str, Any]]) -> str:
    kinds = {"delivery": "of deliveries", "build": "of the build"}
    return "; ".join(
        f"{told}: "
        + ", ".join(
            f"{number(row['checks'])} {row['outcome']}"
            for row in outcomes
            if row["run_kind"] == kind
        )
        for kind, told in kinds.items()
    )


def _file_url(path: Path) -> str | None:
    return path.as_uri() if path.exists() else None
