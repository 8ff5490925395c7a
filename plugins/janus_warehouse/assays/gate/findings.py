"""What a rule of the gate found: how many, where, and the sentence about it."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from janus_warehouse.assays.gate.rules import RULES_BY_ID, GateRule

SHOWN = 8
"""How many codes, analytes or places a sentence names; the count is always given."""

NO_LINES: dict[str, pl.DataFrame] = {}


@dataclass(frozen=True)
class Finding:
    """How a return stands to one rule.

    Attributes:
        rule_id: A rule of `RULES`.
        seen: How many the rule looked at.
        failing: How many of them break it.
        told: What was found, in words that a technician can look up; no value of a sample.
        rows: Failing rows by canonical table, each a frame with the column `row` (from 0).
    """

    rule_id: str
    seen: int
    failing: int
    told: str = ""
    rows: dict[str, pl.DataFrame] = field(default_factory=dict)

    @property
    def rule(self) -> GateRule:
        return RULES_BY_ID[self.rule_id]

    @property
    def outcome(self) -> str:
        """`passed`, `warned`, `quarantined`, or `refused` when over the tolerance."""
        if self.failing == 0:
            return "passed"
        if self.rule.consequence == "warn":
            return "warned"
        if self.rule.tolerance.allows(self.failing, self.seen):
            return "quarantined"
        return "refused"

    @property
    def sentence(self) -> str:
        """What was found and what the laboratory must do."""
        return f"{self.told} {self.rule.mend}" if self.failing else ""

    def as_document(self) -> dict[str, Any]:
        """Return what the report keeps."""
        return {
            "rule_id": self.rule_id, "title": self.rule.title, "counted": self.rule.counted,
            "consequence": self.rule.consequence, "outcome": self.outcome, "seen": self.seen,
            "failing": self.failing, "tolerance": str(self.rule.tolerance), "told": self.told,
            "mend": self.rule.mend,
        }  # fmt: skip


@dataclass(frozen=True)
class NotAsked:
    """A rule that cannot be asked here, and why."""

    rule_id: str
    why: str

    @property
    def rule(self) -> GateRule:
        return RULES_BY_ID[self.rule_id]

    def as_document(self) -> dict[str, Any]:
        """Return what the report keeps."""
        return {"rule_id": self.rule_id, "title": self.rule.title, "why": self.why}


def listed(names: list[str] | pl.Series, shown: int = SHOWN) -> str:
    """Return names in a row, the rest of a long list counted."""
    names = list(names)
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return ", ".join(map(str, names[:shown])) + more


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 sample`, `2 samples`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
