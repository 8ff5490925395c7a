"""Files of tests: Python finds helpers by their name alone, so a name may occur once."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[2]
OF_EVERY_FOLDER = {"__init__", "conftest"}


def test_no_two_files_of_tests_share_a_name():
    names = Counter(path.stem for path in TESTS.rglob("*.py") if path.stem not in OF_EVERY_FOLDER)
    assert [name for name, times in names.items() if times > 1] == []
