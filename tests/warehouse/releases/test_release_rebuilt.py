"""The same deliveries, code and key, built from nothing on another database: the same release."""

import csv
import io
import os

import psycopg
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.conftest import take_in_what_waits

from janus_warehouse.extracts import build_extract
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.releases import cut_release
from janus_warehouse.warehouse import build

NOT_EMPTY = [
    "fct_case_flags", "fct_multiple_primaries", "fct_lead_times", "fct_cancer_case_changes",
    "fct_cancer_cases_as_known", "fct_follow_up_history", "fct_vital_status_history",
    "fct_residence_history", "fct_migration_history", "fct_death_history", "fct_person_years",
]  # fmt: skip


def to_release_and_extract():
    """Ingest what waits, build, release and extract in the warehouse of the environment."""
    take_in_what_waits()
    with without_unit_tests():
        build()
    release = cut_release("2022.1")
    extract = build_extract("smoking-lung-cancer", "2022.1")
    return release, {path.name: path.read_bytes() for path in extract.folder.iterdir()}


def test_a_release_made_again_from_its_deliveries_is_the_same(
    server, made_up, made_up_bank, tmp_path, monkeypatch
):
    """The first is built again when the last delivery comes, the second at once from nothing."""
    name = f"again_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template janus")
    made_up_bank.copy_landing(tmp_path / "other" / "landing")
    made = []
    for url, home in [(made_up.url, "home"), (f"{server.rsplit('/', 1)[0]}/{name}", "other")]:
        made_up_bank.lay_later(tmp_path / home / "landing")
        monkeypatch.setenv("JANUS_DATABASE_URL", url)
        monkeypatch.setenv("JANUS_HOME", str(tmp_path / home))
        get_settings.cache_clear()
        made.append(to_release_and_extract())
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")

    (first, first_files), (again, again_files) = made
    assert first.build_id != again.build_id
    assert first.rows > 5000 and len(first.deliveries) > 10
    assert [mart for mart in NOT_EMPTY if first.tables[mart].rows == 0] == []
    assert {t.name: (t.rows, t.sha256) for t in again.tables.values()} == {
        t.name: (t.rows, t.sha256) for t in first.tables.values()
    }
    assert [(pinned.name, pinned.rows > 0) for pinned in first.lake.values()] == [
        ("assay.small_rna_sequencing", True)
    ]
    assert again.manifest_sha256 == first.manifest_sha256
    assert len(first_files) == 23
    assert again_files == first_files
    check_reasons(first_files)


def check_reasons(files: dict[str, bytes]) -> None:
    """Every missing answer left with its reason, and no answer with one; long and wide agree."""
    long, wide = (
        list(csv.DictReader(io.StringIO(files[name].decode())))
        for name in ("survey_answers.csv", "surveys.csv")
    )
    told = {
        (row["donor_pseudonym"], row["survey_id"], row["variable"]):
        (without_zeros(row["value"]), row["missing_reason"])
        for row in long
    }  # fmt: skip
    assert len(told) == len(long) == 3 * len(wide) > 3000
    assert {(value == "") == (reason != "") for value, reason in told.values()} == {True}
    assert told == {
        (row["donor_pseudonym"], row["survey_id"], name): (
            without_zeros(row[name]),
            row[f"{name}_missing"],
        )
        for row in wide
        for name in ("smoking_status", "cigarettes_per_day", "bmi_kg_m2")
    }
    reasons = {reason for _, reason in told.values()}
    assert {"", "not_asked", "not_answered"} <= reasons


def without_zeros(value: str) -> str:
    """Return a number as the long table writes it: the wide one keeps its decimals."""
    return value.rstrip("0").rstrip(".") if "." in value else value
