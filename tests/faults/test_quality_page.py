"""The page of faults tells what the tests show: no more, and no less."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "quality.md").read_text(encoding="utf-8")
FILES = [path for path in sorted(HERE.glob("test_*.py")) if path.name != Path(__file__).name]
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in FILES]


def test_every_test_of_a_fault_stands_on_the_page_and_every_named_test_exists():
    written = {
        node.name for tree in TREES for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }  # fmt: skip
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert named - written == set(), "the page names tests that are not there"
    assert written - named == set(), "the page leaves out tests"


def test_every_message_on_the_page_is_one_that_a_test_expects():
    texts = "\n".join(
        node.value for tree in TREES for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )  # fmt: skip
    texts = texts.replace("\\", "")
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    messages = [m for row in rows if len(row) == 4 for m in re.findall(r"`([^`]{20,})`", row[2])]
    parts = [part.strip() for message in messages for part in message.split("…")]
    unknown = [
        part for part in parts
        if len(part) > 12 and not any(piece in texts for piece in (part, part.rstrip(",.;")))
        and not _in_pieces(part, texts)
    ]  # fmt: skip

    assert len(messages) > 40
    assert unknown == []


def _in_pieces(part: str, texts: str) -> bool:
    """Tell whether a message that a test puts together stands there in pieces."""
    pieces = re.split(r"(?<=[;:,.]) ", part)
    return len(pieces) > 1 and all(piece.rstrip(",.;:") in texts for piece in pieces)
