"""What a folder holds already, before a made-up bank is written into it."""

from pathlib import Path

import yaml

from janus_warehouse.synthetic.answers import ANSWER_KEY


def holds_answer_key(folder: Path) -> bool:
    """Tell whether a made-up bank was written into a folder, from its first table to its last."""
    return (folder / ANSWER_KEY).exists()


def other_bank(folder: Path, scale: float, seed: int) -> str | None:
    """Return in words which other bank the answer key of a folder is of.

    None when there is no answer key, or one of this scale and seed.
    """
    if not holds_answer_key(folder):
        return None
    try:
        key = yaml.safe_load((folder / ANSWER_KEY).read_text(encoding="utf-8"))
        found = (key["scale"], key["seed"])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        return f"a file {ANSWER_KEY} that tells no scale and seed"
    if found == (scale, seed):
        return None
    return f"the made-up bank of scale {found[0]} and seed {found[1]}"


def deliveries_of_others(folder: Path) -> int:
    """Return how many delivery folders there are without an answer key beside them.

    They are real deliveries, or what an interrupted run left: the key is written last.
    """
    if holds_answer_key(folder):
        return 0
    return sum(1 for path in folder.glob("*/*") if path.is_dir())
