"""Staging a return whose values go to the lake: each native file by itself, so in any order.

What is staged lies beside the other unpacked tables of the return. A file that is staged already
is not read again, so several tasks may stage one file each before the delivery is loaded.
"""

import json
import logging
from pathlib import Path

from janus_warehouse.assays.lake.counted import stage_counts
from janus_warehouse.assays.lake.stage import Stage, stage_file
from janus_warehouse.assays.reading import find_layout
from janus_warehouse.assays.sheets import Sheets

log = logging.getLogger(__name__)

INDEX = "matrix.json"
_FILES = "matrix"


def stage_matrix(folder: Path, target: Path) -> None:
    """Stage every native file of a return and write the list of what is staged."""
    from janus_warehouse.assays.unpacking import native_paths

    stages = [stage_one(folder, path, target.parent) for path in native_paths(folder)]
    content = {
        "cells": sum(stage.cells for stage in stages),
        "files": [stage.folder.name for stage in stages],
    }
    target.write_text(json.dumps(content), encoding="utf-8")


def stage_one(folder: Path, path: Path, place: Path) -> Stage:
    """Stage one native file of a return, unless it is staged already, and return it.

    Args:
        folder: The folder of native files.
        path: One of them.
        place: Where what is unpacked of this return lies.
    """
    from janus_warehouse.assays.unpacking import native_paths

    number = native_paths(folder).index(path)
    target = place / _FILES / f"{number:04d}"
    if target.exists():
        return Stage.open(target)
    name, sheets = path.relative_to(folder).as_posix(), Sheets.read(folder)
    found, layout = find_layout(path)
    if found.read_matrix is None or sheets.gives_limits:
        stage = stage_file(name, sheets.complete(found.read(path, layout)), target)
    else:
        stage = stage_counts(name, found.read_matrix(path, layout), sheets.complete, target)
    log.info("%s is staged, %s cells", stage.native_file, stage.cells)
    return stage


def count_cells(index: Path) -> int:
    """Return how many cells are staged, from the list."""
    return int(json.loads(index.read_text(encoding="utf-8"))["cells"])


def staged(place: Path) -> list[Stage]:
    """Return what is staged of a return, in the order of its files; nothing if it is not whole."""
    index = place / INDEX
    if not index.exists():
        return []
    names = json.loads(index.read_text(encoding="utf-8"))["files"]
    folders = [place / _FILES / name for name in names]
    return [Stage.open(folder) for folder in folders if folder.exists()]
