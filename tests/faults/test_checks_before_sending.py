"""janus deliver --check: the same verdict as when the return comes, and nothing left behind."""

import json
from contextlib import contextmanager, suppress

import polars as pl
import psycopg
import pytest
import yaml
from returned_files import SENT, code, of, place, results, text
from returned_matrices import counts, matrix
from tests.warehouse.assays.bank_of_returns import FORM, lay_return
from tests.warehouse.lake.matrices import FORM as MATRIX_FORM
from typer.testing import CliRunner

from janus_warehouse.cli import app

STATUS_LINE = 7
"""Of the file postmaster.pid, counted from 0."""


@pytest.fixture
def quick(server, monkeypatch):
    """Let checks use a database of the tests' server instead of starting one of their own."""
    from pydantic import SecretStr

    from janus_warehouse.assays.precheck import apart, running

    name, real = "checked_apart", apart.settings_apart

    @contextmanager
    def on_the_server():
        import shutil
        import tempfile
        from pathlib import Path

        from janus_warehouse.contracts.sync import sync_contracts
        from janus_warehouse.platform.settings import working_with

        home = Path(tempfile.mkdtemp(prefix="checked-"))
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"drop database if exists {name} with (force)")
            admin.execute(f"create database {name} template janus")
        url = server.rsplit("/", 1)[0] + f"/{name}"
        known = {"database_url": url, "secret_key": SecretStr("a key for tests only")}
        try:
            with working_with(real(home).model_copy(update=known)):
                sync_contracts()
                yield home
        finally:
            shutil.rmtree(home)
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f"drop database if exists {name} with (force)")

    monkeypatch.setattr(running, "warehouse_apart", on_the_server)


def lay(tmp_path, files, form=None):
    """Lay a return outside of the landing zone, with the list of what was sent."""
    folder = tmp_path / "mine"
    (folder / "returned").mkdir(parents=True)
    for name, content in files.items():
        (folder / "returned" / name).write_text(content)
    (folder / "return.yaml").write_text(yaml.safe_dump(FORM | (form or {})))
    sent = tmp_path / "samples_sent.csv"
    lines = [",".join([code(n), *place(n), "50"]) for n in range(1, SENT + 1)]
    sent.write_text("\n".join(["study_code,plate_id,well,volume_ul", *lines]) + "\n")
    return folder, sent


def check(folder, *more):
    """Run the command and return exit status and what it tells a program."""
    return told_to_programs(folder, "--as-of", "2019-06-30", *more)


def told_to_programs(folder, *more):
    done = CliRunner().invoke(app, ["deliver", str(folder), "--check", "--json", *map(str, more)])
    return done.exit_code, json.loads(done.stdout)


def name_shipment(sent, project, platform):
    """Write project and platform into every row of a list, as lists have them today."""
    pl.read_csv(sent, infer_schema=False).with_columns(
        project=pl.lit(project), platform=pl.lit(platform)
    ).write_csv(sent)


def everything(warehouse):
    """Return the rows of every table of the warehouse, and its files."""
    tables = warehouse.query(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables "
        "where table_type = 'BASE TABLE' and table_schema not in "
        "('pg_catalog', 'information_schema')"
    )
    rows = {name: warehouse.query(f"select count(*) from {name}")[0][0] for (name,) in tables}
    return rows, sorted(map(str, warehouse.home.rglob("*")))


def broken(content):
    return {(one["rule_id"], one["outcome"]) for one in content["to_do"]}


RETURNS = {
    "clean": lambda: results(),
    "never issued": lambda: results().with_columns(
        SampleID=pl.when(of(3)).then(pl.lit("S99999999")).otherwise("SampleID")
    ),
    "well": lambda: results().with_columns(
        Well=pl.when(of(4)).then(pl.lit("Z99")).otherwise("Well")
    ),
    "cut": lambda: results().filter(pl.col("n") <= 40),
    "copied": lambda: results().with_columns(Result=pl.lit("1.5")),
}
KNOWN_TO_THE_BANK = {
    "gate.sent_to_laboratory", "gate.approval_in_force", "gate.duplicates_agree",
    "gate.sexes_agree", "gate.codes_of_project", "gate.donors_consent",
    "gate.marker_of_other_sex", "gate.approval_named",
}  # fmt: skip


@pytest.mark.parametrize("name", RETURNS)
def test_a_check_says_what_the_ingest_will_say_and_leaves_nothing(
    laboratory, quick, tmp_path, name
):
    files = {"run.csv": text(RETURNS[name]())}
    folder, sent = lay(tmp_path, files)
    before = everything(laboratory.warehouse)
    status, at_bank = check(folder)
    status_there, there = check(folder, "--shipment", sent)
    assert everything(laboratory.warehouse) == before
    assert sorted(p.name for p in folder.rglob("*")) == ["return.yaml", "returned", "run.csv"]

    outcome = laboratory.send(files)
    report = laboratory.report(outcome)
    assert status == {"accepted": 0, "refused": 1}[outcome.state]
    assert broken(at_bank) == broken(report)
    assert at_bank["returned"]["state"] == there["returned"]["state"] == outcome.state
    assert status_there == status
    asked = {one for one in broken(report) if one[0] not in KNOWN_TO_THE_BANK}
    assert broken(there) == asked
    assert {one["rule_id"] for one in there["not_asked"]} >= KNOWN_TO_THE_BANK
    assert not KNOWN_TO_THE_BANK & {one["rule_id"] for one in there["kept"]}


def test_a_matrix_is_checked_without_touching_the_lake(laboratory, quick, tmp_path):
    files = {"mirna.tsv": matrix(counts(30))}
    folder, sent = lay(tmp_path, files, MATRIX_FORM)
    before = everything(laboratory.warehouse)
    at_bank, there = check(folder), check(folder, "--shipment", sent)
    assert everything(laboratory.warehouse) == before
    assert (at_bank[0], there[0]) == (0, 0)
    assert not (laboratory.warehouse.home / "lake").exists()
    returned = lay_return(laboratory.warehouse, "2019", files, form=MATRIX_FORM)

    from janus_warehouse.deliveries import ingest

    outcome = ingest(returned)
    assert outcome.state == "accepted"
    assert broken(at_bank[1]) == broken(laboratory.report(outcome))


def test_a_withdrawn_donor_is_known_to_the_bank_alone(laboratory, quick, tmp_path):
    [(donor,)] = laboratory.warehouse.query(
        "select donor_id from raw.biobank__shipments where study_code = %s", code(3)
    )
    laboratory.warehouse.query(
        "insert into governance.withdrawals (donor_id, withdrawn_date) values (%s, '2019-01-01')",
        donor,
    )
    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    assert check(folder)[0] == 4
    assert check(folder, "--shipment", sent)[0] == 0


def test_a_file_that_cannot_be_read_gets_a_report_too(laboratory, quick, tmp_path):
    commas = results().with_columns(Result=pl.col("Result").str.replace(".", ",", literal=True))
    folder, sent = lay(tmp_path, {"run.csv": text(commas)})
    status, content = check(folder, "--shipment", sent)
    assert status == 1
    assert "decimal comma" in content["to_do"][0]["told"]
    assert (tmp_path / "mine-check" / "report.html").exists()


def test_the_list_of_another_project_is_told_as_such_and_not_as_unknown_codes(
    laboratory, quick, tmp_path
):
    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    name_shipment(sent, FORM["project"], "inflammation_panel")
    status, content = check(folder, "--shipment", sent)
    assert (status, content["to_do"]) == (0, [])
    [note] = content["check"]["notes"]
    assert "samples_sent.csv were sent for inflammation_panel" in note

    name_shipment(sent, "sir-example", FORM["platform"])
    status, content = check(folder, "--shipment", sent)
    assert status == 1
    [one] = content["to_do"]
    assert "samples_sent.csv is the list of project sir-example" in one["told"]
    assert f"the return is of project {FORM['project']}" in one["told"]


def test_the_steps_of_a_check_are_told_in_percent_that_rise(laboratory, quick, tmp_path):
    from janus_warehouse.assays.precheck import Asked, check_return

    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    told = []
    check_return(Asked(folder, (sent,)), lambda step, percent: told.append((percent, step)))
    assert told == sorted(told)
    assert (len(told), told[0], told[-1]) == (7, (0, "preparing"), (95, "writing the report"))


def test_wrong_folders_and_lists_are_wrong_usage(tmp_path):
    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("study_code,plate_id,well,project,platform\nS1,P1,A01,a,x\nS2,P1,A02,b,x\n")
    sent.write_text("code\nx\n")
    for arguments, words in (
        ([tmp_path], "did you mean"),
        ([tmp_path / "nowhere"], "no such folder"),
        ([folder, "--shipment", sent], "no column study_code"),
        ([folder, "--shipment", tmp_path / "none.csv"], "not readable as a list"),
        ([folder, "--shipment", mixed], "project differ from row to row"),
    ):
        done = CliRunner().invoke(app, ["deliver", *map(str, arguments), "--check"])
        assert done.exit_code == 2
        assert words in done.output.replace("\n", "")
        status, content = told_to_programs(*arguments)
        assert (status, content["exit_status"], content["verdict"]) == (2, 2, None)
        assert words in content["error"]


def test_a_check_that_could_not_be_made_is_no_refusal(tmp_path, monkeypatch):
    from janus_warehouse.assays.precheck import running
    from janus_warehouse.cli import deliver_check
    from janus_warehouse.errors import WarehouseError

    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    monkeypatch.setattr(running, "has_warehouse", lambda: False)
    status, content = told_to_programs(folder)
    assert (status, content["exit_status"], content["verdict"]) == (3, 3, None)
    assert "nothing says what the bank sent" in content["error"]

    def changed(*_):
        raise WarehouseError("the files changed while they were judged")

    monkeypatch.setattr(deliver_check, "check_return", changed)
    status, content = told_to_programs(folder, "--shipment", sent)
    assert (status, content["error"]) == (3, "the files changed while they were judged")


def server_that_is_up(temporary):
    """Return the process of the server of a check, once it takes connections.

    While a cluster is made its single backends write the same file and take it away again.
    """
    for path in temporary.glob("janus-check-*/postgres/data/postmaster.pid"):
        with suppress(FileNotFoundError):
            lines = path.read_text().split("\n")
            if len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready":
                return int(lines[0])
    return None


def test_a_check_that_is_killed_leaves_neither_server_nor_files(tmp_path):
    import os
    import signal
    import subprocess
    import sys
    import time
    from pathlib import Path

    temporary = tmp_path / "tmp"
    temporary.mkdir()
    folder, sent = lay(tmp_path, {"run.csv": text(results())})
    tmp_path.chmod(0o755)
    environment = os.environ | {"TMPDIR": str(temporary), "JANUS_HOME": str(tmp_path / "home")}
    command = ["-m", "janus_warehouse.cli", "deliver", str(folder), "--check", "--shipment"]
    process = subprocess.Popen([sys.executable, *command, str(sent)], env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    deadline, server = time.monotonic() + 60, None
    while server is None and time.monotonic() < deadline and process.poll() is None:
        server = server_that_is_up(temporary)
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert server is not None
    while (list(temporary.iterdir()) or Path(f"/proc/{server}").exists()) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert list(temporary.iterdir()) == []
    assert not Path(f"/proc/{server}").exists()
