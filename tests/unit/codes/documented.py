"""What docs/codes.md says about agreement with the oracles: the tests hold it to its word."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = (Path(__file__).parents[3] / "docs" / "codes.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Difference:
    """One line of the table of differences.

    Attributes:
        behaviours: Digits.
        morphologies: Ranges, first and last.
        topographies: Ranges, first and last.
        cells: How many cells the line explains, after those before it.
    """

    behaviours: str
    morphologies: tuple[tuple[str, str], ...]
    topographies: tuple[tuple[str, str], ...]
    cells: int

    def explains(self, topography: str, morphology: str, behaviour: str) -> bool:
        return (
            behaviour in self.behaviours
            and any(first <= morphology <= last for first, last in self.morphologies)
            and any(first <= topography <= last for first, last in self.topographies)
        )


def differences() -> list[Difference]:
    """Return the lines of the table under "Where we differ from O3_10"."""
    section = DOCS.split("### Where we differ from O3_10")[1].split("\n## ")[0]
    lines = re.findall(r"^\| ([0-9]+) \| ([0-9 -]+) \| ([C0-9 -]+) \| ([\d,]+) \|", section, re.M)
    return [
        Difference(behaviours, _ranges(morphologies), _ranges(topographies), figure(cells))
        for behaviours, morphologies, topographies, cells in lines
    ]


def _ranges(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((part[:4], part[-4:]) for part in text.split())


def figure(text: str) -> int:
    return int(text.replace(",", ""))


def agreement(table: str) -> tuple[int, int]:
    """Return cells compared and cells equal of a line of the table of agreement."""
    found = re.search(
        rf"^\| `{re.escape(table)}`[^|]*\|[^|]*\| ([\d,]+) \| ([\d,]+) \|", DOCS, re.M
    )
    assert found, f"docs/codes.md says nothing of {table}"
    return figure(found[1]), figure(found[2])
