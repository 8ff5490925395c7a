"""Fixtures of the tests of bad input: the small bank, empty or with its people known."""

import pytest
from small_bank import REPOSITORY, Bank


@pytest.fixture
def bank(warehouse, monkeypatch) -> Bank:
    """Give an empty warehouse whose only contracts are the small ones of these tests."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform.settings import get_settings

    monkeypatch.setenv("JANUS_REPO_ROOT", str(REPOSITORY))
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    sync_contracts()
    return Bank(warehouse)


@pytest.fixture
def people(bank: Bank) -> Bank:
    """Give the small bank with its four people known."""
    return bank.with_people()
