"""A bank with two wide returns and marts by hand, taken in once for the tests of releases."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.conftest import Warehouse
from tests.warehouse.assays.bank_of_returns import lay_bank
from tests.warehouse.lake.matrices import counts, lay_matrix, rna, tsv

FIRST, SECOND = range(40), range(20, 60)
"""Which RNAs the two returns have: twenty of them are in both."""

MARTS = """
drop table if exists marts.dim_donors, marts.dim_shipments;
create table marts.dim_donors as
select collection_id, donor_id, sex_code, false as is_withdrawn from raw.biobank__donors;
alter table marts.dim_donors add primary key (collection_id, donor_id);
create table marts.dim_shipments as
select collection_id, study_code, donor_id, tube_barcode, project_id, is_blinded_duplicate
from raw.biobank__shipments;
alter table marts.dim_shipments add primary key (collection_id, study_code);
insert into ops.builds (build_id, state, code_version, deliveries)
select 'build-' || (select count(*) from ops.builds), 'succeeded', 'code-1', array_agg(delivery_id)
from ops.deliveries where state = 'accepted';
"""

SPECIFICATION = """\
specification: 1
project_id: small-rna
title: A made-up study of small RNAs
ethics_reference: REK example 2026/0009
legal_basis: GDPR Art. 6(1)(e)
purpose: Shows what of the lake leaves.
valid_until: 2099-12-31
recipients:
  - {name: Some Body, institution: Some Place}
cohort:
  collection: janus
datasets:
  - name: samples
    mart: dim_shipments
    description: One row per sample sent.
    columns: [study_code, is_blinded_duplicate]
lake_datasets:
  - name: small_rnas
    lake: small_rna_sequencing
    description: One row per sample and RNA.
    columns: [delivery_id, study_code, analyte_code, value_reported, status_code]
    analytes: [ANALYTES]
formats: [csv, parquet]
"""


def as_built(warehouse: Warehouse) -> None:
    """Make the marts by hand from what is accepted now, and say that a build made them."""
    warehouse.query(MARTS)


@dataclass(frozen=True)
class WideBank:
    """Where the wide bank lies, and the deliveries of its two returns."""

    home: Path
    lake: Path
    database: str
    first: str
    second: str


@pytest.fixture(scope="module")
def wide_bank(server: str, tmp_path_factory) -> Iterator[WideBank]:
    """Take in a bank with two returns of small RNAs."""
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    folder, name = tmp_path_factory.mktemp("wide"), f"wide_{os.getpid()}"
    url = server.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template janus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANUS_HOME", str(folder / "home"))
        patch.setenv("JANUS_LAKE_URL", str(folder / "lake"))
        patch.setenv("JANUS_DATABASE_URL", url)
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        bank = Warehouse(folder / "home", url)
        lay_bank(bank, duplicates=(2,))
        returned = [
            lay_matrix(bank, "2019", {"mirna.tsv": tsv(counts(len(FIRST)))}),
            lay_matrix(bank, "2020", {"more.tsv": tsv(
                counts(len(SECOND), seed=8), names=[rna(k) for k in SECOND]
            )}),
        ]  # fmt: skip
        assert [ingest(one).state for one in returned] == ["accepted", "accepted"]
        as_built(bank)
        database._engine.cache_clear()
    get_settings.cache_clear()
    shutil.copytree(folder / "lake", folder / "kept")
    yield WideBank(folder / "home", folder / "lake", name, *returned)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def wide(wide_bank: WideBank, warehouse: Warehouse, monkeypatch) -> WideBank:
    """Give the test a copy of the wide bank as its warehouse; its lake is where it was."""
    from janus_warehouse.platform.settings import get_settings

    warehouse.become_copy_of(wide_bank.database)
    # The lake's catalogue names its files by where they are.
    shutil.rmtree(wide_bank.lake)
    shutil.copytree(wide_bank.lake.with_name("kept"), wide_bank.lake)
    monkeypatch.setenv("JANUS_LAKE_URL", str(wide_bank.lake))
    get_settings.cache_clear()
    return wide_bank


@pytest.fixture
def specified(tmp_path: Path, monkeypatch) -> Callable[..., str]:
    """Give a function that writes the specification of the project, with some words replaced."""
    from janus_warehouse.projects import loading

    folder = tmp_path / "specifications"
    folder.mkdir()
    monkeypatch.setattr(loading, "projects_folder", lambda: folder)

    def write(analytes: list[str], changes: dict[str, str] | None = None) -> str:
        text = SPECIFICATION.replace("ANALYTES", ", ".join(analytes))
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        (folder / "small-rna.yaml").write_text(text, encoding="utf-8")
        return "small-rna"

    return write
