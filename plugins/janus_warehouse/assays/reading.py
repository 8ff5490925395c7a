"""Reading a laboratory's file: whose format it has, and what is in it."""

from pathlib import Path

from janus_warehouse.assays.errors import UnknownLayoutError
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.registry import FORMATS
from janus_warehouse.assays.tables import AssayFile


def read_file(path: Path, format_name: str | None = None) -> AssayFile:
    """Return a laboratory's file as the four tables; its values are read as they are asked for.

    Args:
        path: The file, packed with gzip or not.
        format_name: A key of `FORMATS`; by default it is found.

    Raises:
        UnknownLayoutError: No format knows the file, or the one that was asked for does not.
        DeliveryRefusedError: The file is cut short, damaged or contradicts itself. It may also be
            raised while the values are read.
    """
    found, layout = find_layout(path, format_name)
    return found.read(path, layout)


def find_layout(path: Path, format_name: str | None = None) -> tuple[Format, str]:
    """Return the format of a file and its layout.

    Raises:
        UnknownLayoutError: See `read_file`.
    """
    if format_name is not None and format_name not in FORMATS:
        raise UnknownLayoutError(
            f"unknown format {format_name}; `janus assay formats` lists them: {', '.join(FORMATS)}"
        )
    candidates = [FORMATS[format_name]] if format_name else list(FORMATS.values())
    if not path.exists() or not path.stat().st_size:
        raise UnknownLayoutError(
            f"{path.name}: the file is empty or not there; send it again as the instrument's "
            "program wrote it"
        )
    named = [f for f in candidates if f.may_be(path)]
    for candidate in named:
        if (layout := candidate.recognise(path)) is not None:
            return candidate, layout
    raise UnknownLayoutError(_told(path, named, candidates))


def _told(path: Path, named: list[Format], candidates: list[Format]) -> str:
    """Return what was expected and what was seen, the nearest format first."""
    if not named:
        endings = ", ".join(sorted({s for f in candidates for s in f.suffixes}))
        return f"{path.name}: expected a file that ends in {endings} (or .gz after it)"
    lines = [f"{path.name}: it has the layout of no format that its name could have"]
    for candidate in sorted(named, key=lambda f: f.nearness(path), reverse=True):
        known = "; ".join(candidate.layouts.values())
        seen = f" Seen: {candidate.seen(path)}." if candidate.seen is not None else ""
        lines.append(f"  {candidate.name}: expected {known}.{seen}")
    lines.append(
        "Send it as the instrument's program wrote it; a new version of a format needs a new "
        "layout here: `janus assay formats` lists those that are known"
    )
    return "\n".join(lines)
