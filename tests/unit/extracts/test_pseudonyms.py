"""Pseudonyms: HMAC as the standard has it, letters only, and no two projects alike."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.extracts.pseudonyms import LETTERS, project_secret, pseudonym
from janus_warehouse.platform.keyed_hash import key_pads
from janus_warehouse.platform.settings import get_settings


@pytest.fixture(autouse=True)
def own_key(monkeypatch, tmp_path):
    monkeypatch.setenv("JANUS_HOME", str(tmp_path))
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_two_hashes_around_padded_keys_are_hmac(secret, message):
    inner, outer = key_pads(secret)
    nested = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).hexdigest()

    assert nested == hmac.new(secret, message, hashlib.sha256).hexdigest()


def test_agrees_with_the_second_case_of_rfc_4231():
    inner, outer = key_pads(b"Jefe")
    message = b"what do ya want for nothing?"
    nested = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).hexdigest()

    assert nested == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40))
def test_is_letters_only(secret, value):
    assert re.fullmatch(f"[a-p]{{{LETTERS}}}", pseudonym(secret, "donor_id", value))


def test_differs_between_projects_kinds_values_and_keys(monkeypatch):
    one, two = project_secret("one"), project_secret("two")
    found = {
        pseudonym(one, "donor_id", "1"),
        pseudonym(two, "donor_id", "1"),
        pseudonym(one, "tube_barcode", "1"),
        pseudonym(one, "donor_id", "2"),
    }
    monkeypatch.setenv("JANUS_SECRET_KEY", "another key")
    get_settings.cache_clear()
    found.add(pseudonym(project_secret("one"), "donor_id", "1"))

    assert len(found) == 5


def test_is_the_same_every_time():
    assert project_secret("one") == project_secret("one")
    # Written down once: a change here would rename every donor in every running project.
    assert pseudonym(bytes(32), "donor_id", "donor-1") == "lehjbjlgbodobpeibiokhpla"
