"""Whether every synthetic delivery came out as it was made to come out."""

from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]


def unexpected_outcomes(path: Path, document: Document) -> list[str]:
    """Return what differs between an answer key and the status document, in sentences.

    Rows received, accepted and quarantined must agree for every delivery, and rows failing for
    every rule; a delivery planted to be refused must be refused, one planted to be held must
    wait for a decision, a repeated one must be in the ledger once, and one that is still being
    copied must not be there at all.

    Args:
        path: `answer_key.yaml` of the synthetic deliveries.
        document: What `status_document` returns.
    """
    key = yaml.safe_load(path.read_text(encoding="utf-8"))
    ledger = {row["delivery_id"]: row for row in document["deliveries"]}
    folders = [row["folder"] for row in document["deliveries"]]
    corrected = {answer["supersedes"] for answer in key["deliveries"]}
    failing = {
        (row["run_id"], row["subject"], row["rule_id"]): row["rows_failing"]
        for row in document["checks"]["not_passed"]
    }
    found: list[str] = []
    for answer in key["deliveries"]:
        if answer["outcome"] in ("copying", "repeated"):
            if answer["folder"] in folders:
                found.append(f"{answer['folder']} was taken in, and it is {answer['why']}")
        elif (row := ledger.get(answer["delivery_id"])) is None:
            found.append(f"{answer['folder']} is not in the ledger")
        else:
            found += _differences(answer, row, failing, answer["delivery_id"] in corrected)
    return found


def planted_refusals(path: Path) -> list[str]:
    """Return the folders of the deliveries that were made to be refused, by name."""
    key = yaml.safe_load(path.read_text(encoding="utf-8"))
    return sorted(a["folder"] for a in key["deliveries"] if a["outcome"] == "refused")


def _differences(
    answer: Document, row: Document, failing: dict[tuple[str, str, str], int], is_corrected: bool
) -> list[str]:
    name = f"{answer['folder']} ({row['delivery_id']})"
    if answer["outcome"] == "refused":
        if row["state"] == "refused":
            return []
        return [f"{name} is {row['state']} and should be refused: {answer['why']}"]
    if answer["outcome"] == "held":
        if row["state"] == "held":
            return []
        return [f"{name} is {row['state']} and should be held: {answer['why']}"]
    wanted = "superseded" if is_corrected else "accepted"
    if row["state"] != wanted:
        return [f"{name} is {row['state']} and should be {wanted}: {row['reason'] or ''}"]
    expected = {
        f"rows_{of}": sum(table[column] for table in answer["tables"])
        for of, column in (
            ("received", "rows"),
            ("accepted", "accepted"),
            ("quarantined", "quarantined"),
        )
    }
    found = [
        f"{name}: {column} is {row[column]:,} and should be {count:,}"
        for column, count in expected.items()
        if row[column] != count
    ]
    return found + _rule_differences(name, answer, row["delivery_id"], failing)


def _rule_differences(
    name: str, answer: Document, delivery_id: str, failing: dict[tuple[str, str, str], int]
) -> list[str]:
    planted = {
        (delivery_id, table["table"], rule): rows
        for table in answer["tables"]
        for rule, rows in (table["by_rule"] | table["warnings"]).items()
    }
    here = {place: rows for place, rows in failing.items() if place[0] == delivery_id}
    return [
        f"{name}: {place[1]} breaks {place[2]} in {here.get(place, 0):,} rows and should in "
        f"{planted.get(place, 0):,}"
        for place in sorted(planted.keys() | here.keys())
        if planted.get(place, 0) != here.get(place, 0)
    ]
