"""How long files are laid out: which columns, by which names."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from janus_warehouse.assays.formats.delimited import DELIMITERS, head_lines


@dataclass(frozen=True)
class LongLayout:
    """How a long file is laid out.

    Attributes:
        name: Of the layout.
        columns: Our column → what it is called, in lower case without signs between letters.
        required: Columns without which a file is not of this layout.
        constants: Our column → what holds in every row, where no column says it.
        sample_parts: Columns whose texts, joined by a dash, are the code of the sample.
        kinds: Kind of sample → words of the column of kinds, in lower case.
        control_codes: Kind of sample → what its code begins with, in lower case.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    constants: Mapping[str, str] = field(default_factory=dict)
    sample_parts: tuple[str, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    control_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def found_in(self, header: tuple[str, ...]) -> dict[str, str]:
        """Return our name of each known column → the header's; the first alias comes first."""
        known = {_bare(name): name for name in reversed(header)}
        found = {
            ours: next((known[alias] for alias in aliases if alias in known), None)
            for ours, aliases in self.columns.items()
        }
        found |= {part: known.get(part) for part in self.sample_parts}
        return {ours: theirs for ours, theirs in found.items() if theirs is not None}

    def fits(self, path: Path) -> bool:
        """Tell whether a file has the required columns."""
        return self.nearness(path) == 1

    def nearness(self, path: Path) -> float:
        """Return the share of the required columns that a file has."""
        found = self.found_in(header_of(path))
        required = (*self.required, *self.sample_parts)
        return sum(name in found for name in required) / len(required)

    def seen(self, path: Path) -> str:
        """Return which columns of the layout a file has, and which it lacks."""
        found = self.found_in(header_of(path))
        lacking = [n for n in (*self.required, *self.sample_parts) if n not in found]
        known = ", ".join(f"{theirs} as {ours}" for ours, theirs in found.items())
        return f"a header with {known or 'no known column'}; none for {', '.join(lacking)}"


def nearest(layouts: Sequence[LongLayout], path: Path) -> LongLayout:
    """Return the layout of which a file has most columns."""
    return max(layouts, key=lambda layout: layout.nearness(path))


def header_of(path: Path) -> tuple[str, ...]:
    """Return the column names of a delimited or Parquet file; none of any other."""
    if path.suffix.lower() == ".parquet":
        try:
            return tuple(pq.read_schema(path).names)
        except (pa.ArrowInvalid, OSError):
            return ()
    lines = head_lines(path, 1)
    if not lines or not lines[0]:
        return ()
    delimiter = max(DELIMITERS, key=lines[0].count)
    return tuple(name.strip() for name in next(csv.reader([lines[0]], delimiter=delimiter), []))


def _bare(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
