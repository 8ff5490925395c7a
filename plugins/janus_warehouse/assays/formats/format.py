"""What a format is: how its files are known, and who reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from janus_warehouse.assays.tables import AssayFile, CountMatrix


@dataclass(frozen=True)
class Format:
    """One laboratory format.

    Attributes:
        name: By which it is asked for; the name of its module.
        title: In words.
        layouts: Name of each version of the layout → what marks it, in one sentence.
        suffixes: Endings of file names, without `.gz`.
        recognise: Returns the layout of a file, or None; looks at its beginning only.
        seen: Says what an unknown file has in the places that a layout is known by, and what was
            expected there, for the message.
        read: Reads a file of a layout.
        read_matrix: Reads it in one pass, where the format is a matrix of counts.
        nearness: Returns how much of the marks of a layout a file has, from 0 to 1; the message
            about an unknown file begins with the nearest format.
    """

    name: str
    title: str
    layouts: Mapping[str, str]
    suffixes: tuple[str, ...]
    recognise: Callable[[Path], str | None]
    read: Callable[[Path, str], AssayFile]
    seen: Callable[[Path], str] | None = None
    nearness: Callable[[Path], float] = lambda _path: 0
    read_matrix: Callable[[Path, str], CountMatrix] | None = None

    def may_be(self, path: Path) -> bool:
        """Tell whether a file is named like one of this format."""
        return path.name.lower().removesuffix(".gz").endswith(self.suffixes)
