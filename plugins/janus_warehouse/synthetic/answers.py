"""The answer key: what was planted in each delivery and what the warehouse must make of it."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from janus_warehouse.synthetic.dirt import RATES, Planted
from janus_warehouse.synthetic.restatement import RestatementAnswer

ANSWER_KEY = "answer_key.yaml"
_VERSION = 4


@dataclass(frozen=True)
class TableAnswer:
    """What must become of one delivered table."""

    table: str
    path: str
    rows: int
    accepted: int
    quarantined: int
    by_rule: dict[str, int]
    """Rows that break each quarantine rule; a row may break several."""
    warnings: dict[str, int]
    lines: dict[str, list[int]]
    """Line numbers by rule, where they are few."""
    flags: dict[str, list[str]] = field(default_factory=dict)
    """Tumours that enter and must be flagged, by the rule over cases that they break."""
    primaries: int | None = None
    """Of cases: primaries among the tumours that enter."""

    @classmethod
    def of(cls, table: str, path: str, planted: Planted) -> "TableAnswer":
        """Return the answer for a table whose delivery is accepted."""
        return cls(
            table=table,
            path=path,
            rows=planted.rows,
            accepted=planted.accepted,
            quarantined=planted.quarantined,
            by_rule=dict(sorted(planted.by_rule.items())),
            warnings=dict(sorted(planted.warnings.items())),
            lines={rule: lines for rule, lines in sorted(planted.lines.items()) if lines},
            flags=dict(sorted(planted.flags.items())),
            primaries=planted.primaries,
        )


@dataclass(frozen=True)
class DeliveryAnswer:
    """What must become of one delivery.

    Attributes:
        folder: Source and folder below the landing zone.
        delivery_id: As the warehouse computes it; None without a manifest.
        outcome: `accepted`; `refused`; `held` (waits for a person's decision); `repeated` (the
            same content as another delivery, so nothing happens); `copying` (no manifest yet, so
            it is left alone).
        why: One sentence; empty for an ordinary accepted delivery.
        supersedes: The delivery that this one corrects.
        tables: Its tables.
    """

    folder: str
    delivery_id: str | None
    outcome: str
    why: str = ""
    supersedes: str | None = None
    tables: tuple[TableAnswer, ...] = ()


@dataclass
class AnswerKey:
    """Everything that was written and what must become of it."""

    scale: float
    seed: int
    totals: dict[str, int]
    deliveries: list[DeliveryAnswer] = field(default_factory=list)
    restatements: list[RestatementAnswer] = field(default_factory=list)
    completeness: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    """By survey and variable: attenders with a value (`values`) and those without, by reason."""

    tube_findings: dict[str, int] = field(default_factory=dict)
    """Findings on tubes that two inventories and the shipments between them must give, by code."""

    def delivery(self, folder: str) -> DeliveryAnswer:
        """Return the answer for a folder such as `cancer_registry/2022-12-31`."""
        return next(answer for answer in self.deliveries if answer.folder == folder)

    def as_dict(self) -> dict[str, Any]:
        """Return the key as it stands in the file."""
        return {
            "answer_key": _VERSION,
            "scale": self.scale,
            "seed": self.seed,
            "totals": self.totals,
            "rates": asdict(RATES),
            "restatements": [asdict(answer) for answer in self.restatements],
            "completeness": self.completeness,
            "tube_findings": self.tube_findings,
            "deliveries": [
                asdict(answer) | {"tables": [asdict(table) for table in answer.tables]}
                for answer in self.deliveries
            ],
        }

    def write(self, out: Path) -> Path:
        """Write the key beside the sources' folders."""
        path = out / ANSWER_KEY
        text = yaml.safe_dump(self.as_dict(), sort_keys=False, allow_unicode=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        return path
