"""Whether every synthetic delivery came out as it was made to come out."""

from pathlib import Path
from typing import Any

import psycopg
import yaml

Document = dict[str, Any]
_FLAGGED = """
select delivery_id, rule_code, count(*)
from marts.fct_case_flags
group by delivery_id, rule_code
order by delivery_id, rule_code
"""

_CELLS = """
select survey_id, variable, coalesce(missing_reason, 'values'), count(*)
from marts.fct_survey_answers
where survey_id = any(%s)
group by 1, 2, 3
"""


_FINDINGS = "select finding_code, count(*) from marts.fct_tube_findings group by 1"


def unexpected_outcomes(path: Path, document: Document) -> list[str]:
    """Return what differs between an answer key and the status document, in sentences.

    Rows received, accepted and quarantined must agree for every delivery, and rows failing for
    every rule; a delivery planted to be refused must be refused, one planted to be held must
    wait for a decision, a repeated one must be in the ledger once, and one that is still being
    copied must not be there at all. Tumours flagged in the marts must be as many as were planted
    in the latest linkage, rule by rule. Of every survey variable as many must have a value, and
    lack one for each reason, as the key works out. Of tubes as many must be found at fault, fault
    by fault, as were planted between two inventories.

    Args:
        path: `answer_key.yaml` of the synthetic deliveries.
        document: What `status_document` returns, what `flagged_cases` does as `case_flags`, and
            what `survey_cells` does as `completeness`, and `found_on_tubes` as `tube_findings`.
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
    found += _flag_differences(key["deliveries"], document.get("case_flags", {}))
    found += _finding_differences(key.get("tube_findings", {}), document.get("tube_findings", {}))
    return found + _cell_differences(key.get("completeness", {}), document.get("completeness", {}))


def flagged_cases(connection: psycopg.Connection[Any]) -> dict[str, dict[str, int]]:
    """Return how many tumours in the marts each rule has flagged, by delivery."""
    counts: dict[str, dict[str, int]] = {}
    for delivery_id, rule, tumours in connection.execute(_FLAGGED):
        counts.setdefault(delivery_id, {})[rule] = tumours
    return counts


def found_on_tubes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many findings on tubes the marts have, by code."""
    return dict(connection.execute(_FINDINGS).fetchall())


def _finding_differences(planted: dict[str, int], found: dict[str, int]) -> list[str]:
    return [
        f"tubes: {code} is found {found.get(code, 0):,} times and should be {count:,}"
        for code, count in planted.items()
        if found.get(code, 0) != count
    ]


def survey_cells(connection: psycopg.Connection[Any], path: Path) -> Document:
    """Return, by survey and variable, how many have a value and how many lack one by reason.

    Args:
        connection: Of a role that reads the marts.
        path: `answer_key.yaml`; surveys that it says nothing of are left out.
    """
    key = yaml.safe_load(path.read_text(encoding="utf-8"))
    cells: Document = {}
    for survey, variable, outcome, count in connection.execute(
        _CELLS, [list(key.get("completeness", {}))]
    ):
        cells.setdefault(survey, {}).setdefault(variable, {})[outcome] = count
    return cells


def _cell_differences(planted: Document, found: Document) -> list[str]:
    """Return the variables whose cells of the completeness matrix are not those of the key."""
    return [
        f"{survey}: {variable} is {_told(found.get(survey, {}).get(variable, {}))} "
        f"and should be {_told(outcomes)}"
        for survey, variables in planted.items()
        for variable, outcomes in variables.items()
        if found.get(survey, {}).get(variable, {}) != outcomes
    ]


def _told(outcomes: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(outcomes.items())) or "not there"


def _flag_differences(answers: list[Document], flagged: dict[str, dict[str, int]]) -> list[str]:
    """Return where the flags of the latest linkage differ from those planted in it."""
    linkages = [
        answer
        for answer in answers
        if answer["outcome"] == "accepted" and any(t.get("flags") for t in answer["tables"])
    ]
    if not linkages:
        return []
    latest = max(linkages, key=lambda answer: answer["folder"])
    planted = {
        rule: len(tumours)
        for table in latest["tables"]
        for rule, tumours in table.get("flags", {}).items()
    }
    found = flagged.get(latest["delivery_id"], {})
    return [
        f"{latest['folder']} ({latest['delivery_id']}): {rule} flags {found.get(rule, 0):,} "
        f"tumours and should flag {planted.get(rule, 0):,}"
        for rule in sorted(planted.keys() | found.keys())
        if planted.get(rule, 0) != found.get(rule, 0)
    ]


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
