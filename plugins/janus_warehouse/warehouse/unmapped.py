"""Codes that a delivery brought and no rule maps: told with survey, variable, code and count."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg

from janus_warehouse.disclosure import SHOWN_CODES, may_be_named
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.warehouse.ledger import CheckRow

TEST = "every_code_is_mapped"


def explained(
    connection: psycopg.Connection[Any], manifest: dict[str, Any], results: Mapping[str, CheckRow]
) -> dict[str, CheckRow]:
    """Return the failed tests of unmapped codes, with what is wrong with them in words.

    Args:
        connection: As transformer.
        manifest: dbt's manifest after the run, with the statements that it ran.
        results: What became of each model and test, by its unique id.
    """
    found = {}
    for unique_id, row in results.items():
        node = manifest["nodes"].get(unique_id, {})
        if row.outcome != "failed" or (node.get("test_metadata") or {}).get("name") != TEST:
            continue
        if told := _told(connection, str(node.get("compiled_code") or "")):
            found[unique_id] = replace(row, told=told)
    return found


def _told(connection: psycopg.Connection[Any], statement: str) -> str:
    """Ask the test's own statement again, and say what it found."""
    if not statement:
        return ""
    rows = connection.execute(
        f"select * from ({statement}) as unmapped order by survey, variable, attenders desc, code"  # type: ignore[arg-type]
    ).fetchall()
    if not rows:
        return ""  # the delivery is corrected since, or the statement finds nothing now
    by_variable: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for survey, variable, code, attenders in rows:
        by_variable.setdefault((survey, variable), []).append((code, attenders))
    found = "; ".join(
        f"survey {survey}, variable {variable}: {_codes(codes)} no outcome"
        for (survey, variable), codes in by_variable.items()
    )
    files = " and ".join(dict.fromkeys(_rule_file(survey) for survey, _ in by_variable))
    return (
        f"{found}. Add them to the rule in {files}, under recode or missing, and to the codes of "
        "the contract; or correct the delivery"
    )


def _rule_file(survey: str) -> str:
    """Return where the rules of a survey stand, as a path in the repository."""
    folder = get_settings().metadata_dir / "harmonisation"
    found = sorted(folder.glob(f"*/{survey}.yaml"))
    place = found[0].parent.name if found else "<collection>"
    return f"metadata/harmonisation/{place}/{survey}.yaml"


def _codes(codes: list[tuple[str, int]]) -> str:
    shown = [(code, n) for code, n in codes if may_be_named(code, n)][:SHOWN_CODES]
    others = sum(n for _, n in codes) - sum(n for _, n in shown)
    parts = [f"code {code} in {n:,} rows" for code, n in shown]
    if others:
        word = "row" if others == 1 else "rows"
        parts.append(f"{'other codes' if shown else 'codes'} in {others:,} {word}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) + (
        " have" if len(parts) > 1 or not shown else " has"
    )
