"""The commands: what they print, and their exit status."""

import json

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app


@pytest.fixture
def janus(marts, projects):
    projects()
    runner = CliRunner(env={"COLUMNS": "200"})

    def run(*arguments):
        done = runner.invoke(app, list(arguments))
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    return run


def test_from_marts_to_a_verified_extract(janus):
    steps = [
        (("release", "cut", "2022.1"), "9 tables"),
        (("release", "list"), "2022.1"),
        (("release", "show", "2022.1"), "fct_measurements"),
        (("release", "verify", "2022.1"), "all as cut"),
        (("project", "check", "study-one"), "150 donors meet the cohort"),
        (("project", "list"), "A made-up study"),
        (("extract", "build", "study-one", "2022.1"), "written: 15 files"),
        (("extract", "build", "study-one", "2022.1"), "was there, unchanged"),
        (("extract", "verify", "study-one", "2022.1"), "every file is as delivered"),
        (("extract", "list"), "study-one@2022.1"),
    ]
    for arguments, expected in steps:
        done = janus(*arguments)
        assert (done.exit_code, expected in done.output) == (0, True), (arguments, done.output)


def test_shows_the_manifest_to_programs(janus):
    janus("release", "cut", "2022.1")

    manifest = json.loads(janus("release", "show", "2022.1", "--json").stdout)

    assert manifest["tables"]["dim_donors"]["rows"] == 300


def test_difference_counts_what_changed(janus, marts):
    janus("release", "cut", "2022.1")
    marts.query("delete from marts.fct_cancer_cases where tumour_id = 'tumour-1'")
    janus("release", "cut", "2022.2")

    done = janus("release", "diff", "2022.1", "2022.2")

    line = next(line for line in done.stdout.splitlines() if "fct_cancer_cases" in line)
    assert "changed" in line and " 1 " in line


def test_a_name_that_is_not_there_is_wrong_usage(janus):
    janus("release", "cut", "2022.1")
    for arguments in [
        ("release", "cut", "spring"),
        ("release", "verify", "2021.1"),
        ("release", "show", "2021.1"),
        ("release", "diff", "2022.1", "2021.1"),
        ("project", "check", "nobody"),
        ("extract", "build", "nobody", "2022.1"),
        ("extract", "build", "study-one", "2021.1"),
        ("extract", "verify", "study-one", "2022.1"),
    ]:
        done = janus(*arguments)
        assert done.exit_code == 2, arguments
        assert done.stderr and "Traceback" not in done.output


def test_data_that_refuse_exit_with_one(janus, marts, projects):
    janus("release", "cut", "2022.1")
    janus("extract", "build", "study-one", "2022.1")
    folder = next((marts.home / "extracts" / "study-one").glob("2022.1"))
    (folder / "donors.csv").write_text("changed")
    verified = janus("extract", "verify", "study-one", "2022.1")
    projects("ended", valid_until="2020-01-01")
    ended = janus("extract", "build", "ended", "2022.1")
    marts.query(
        "update ops.releases set manifest = manifest - 'deliveries' || '{\"deliveries\":[]}'"
    )
    tampered = janus("release", "verify", "2022.1")
    marts.query("update ops.builds set state = 'failed'")
    failed = janus("release", "cut", "2022.2")

    assert [done.exit_code for done in (verified, ended, tampered, failed)] == [1, 1, 1, 1]
    assert "donors.csv: has other content" in verified.output
    assert "ended on 2020-01-01" in ended.output
    assert "manifest" in tampered.output
    assert "run `janus build`" in failed.output


def test_no_database_exits_with_three(janus, monkeypatch):
    from janus_warehouse.platform.settings import get_settings

    monkeypatch.setenv("JANUS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/janus")
    get_settings.cache_clear()

    assert janus("release", "list").exit_code == 3


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        ("release", ["cut", "list", "show", "diff", "verify"]),
        ("project", ["check", "list"]),
        ("extract", ["build", "verify", "list"]),
    ],
)
def test_help_gives_an_example_of_every_command(group, commands):
    runner = CliRunner(env={"COLUMNS": "200"})
    for command in commands:
        done = runner.invoke(app, [group, command, "--help"])
        assert done.exit_code == 0
        assert f"janus {group} {command}" in done.output


def test_a_catalogue_of_an_unknown_release_is_wrong_usage(janus):
    done = janus("catalogue", "build", "2099.1")

    assert done.exit_code == 2
    assert "2099.1" in done.output
