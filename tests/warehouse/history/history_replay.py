"""What a history must say, worked out by replaying the linkages one after the other in dicts.

This is the oracle of the history's tests. It knows nothing of the SQL.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

FIELDS = ("donor_id", "stage_code", "grade_code")
Content = tuple[Any, ...]


@dataclass(frozen=True)
class Delivery:
    """An accepted delivery, in the order of acceptance.

    Attributes:
        name: Its id.
        day: Day that it describes, as a number.
        rows: Key and content of each row, in the order of the lines; a key may come twice.
        set_aside: Keys of rows in quarantine.
        superseded: Whether a correction has taken its place.
    """

    name: str
    day: int
    rows: tuple[tuple[str, Content], ...]
    set_aside: frozenset[str] = frozenset()
    superseded: bool = False

    @property
    def as_of(self) -> date:
        return date(2000, 12, 31) + timedelta(days=self.day)


@dataclass
class Replay:
    """What is known after the linkages seen so far."""

    known: dict[str, Content] = field(default_factory=dict)
    gone: dict[str, Content] = field(default_factory=dict)
    spans: list[dict[str, Any]] = field(default_factory=list)

    def see(self, linkage: Delivery) -> None:
        """Take in the next linkage by as-of date."""
        told = dict(linkage.rows)  # of two rows with one key the later line
        for key in sorted(self.known.keys() | told.keys()):
            if key not in told:
                if key not in linkage.set_aside:
                    self.gone[key] = self.known.pop(key)
                    self._open(key, linkage, "retracted", self.gone[key], None)
            elif key in self.known:
                if self.known[key] != told[key]:
                    self._open(key, linkage, "changed", told[key], self.known[key])
            elif key in self.gone:
                self._open(key, linkage, "reinstated", told[key], self.gone.pop(key))
            else:
                self._open(key, linkage, "new", told[key], None)
            if key in told:
                self.known[key] = told[key]

    def _open(
        self, key: str, linkage: Delivery, change: str, content: Content, before: Content | None
    ) -> None:
        for span in self.spans:
            if span["tumour_id"] == key and span["known_to"] is None:
                span["known_to"] = linkage.as_of
        differing = [
            name
            for name, old, new in zip(FIELDS, before or content, content, strict=True)
            if old != new
        ]
        self.spans.append({
            "tumour_id": key, "known_from": linkage.as_of, "known_to": None, "change": change,
            "changed_fields": ",".join(differing) or None, "delivery_id": linkage.name,
            **dict(zip(FIELDS, content, strict=True)),
        })  # fmt: skip


def linkages_of(deliveries: list[Delivery]) -> list[Delivery]:
    """Return the deliveries that count, by as-of date: the last accepted one of each date."""
    by_day: dict[int, Delivery] = {}
    for delivery in deliveries:
        if not delivery.superseded:
            by_day[delivery.day] = delivery
    return [by_day[day] for day in sorted(by_day)]


def replay(deliveries: list[Delivery]) -> Replay:
    """Return what is known, and every span, after all the linkages."""
    state = Replay()
    for linkage in linkages_of(deliveries):
        state.see(linkage)
    return state
