"""One small and one middling synthetic bank, made once for all tests of this folder."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.synthetic import AnswerKey, generate


@dataclass(frozen=True)
class Bank:
    """A written bank: where it is and what it says of itself."""

    folder: Path
    key: AnswerKey


@pytest.fixture(scope="session")
def bank(tmp_path_factory) -> Bank:
    folder = tmp_path_factory.mktemp("bank")
    return Bank(folder, generate(folder, scale=0.02, seed=5))


@pytest.fixture(scope="session")
def contracts() -> dict[tuple[str, str], Contract]:
    return {(c.source, c.table): c for c in load_contracts() if c.collection == "janus"}
