"""The demo through the real scheduler: from an empty folder to catalogue and extracts.

One home, one server, one Airflow for the whole module; the tests look at what the run left, run
it again, and stop it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import psutil
import pytest
import yaml

SCALE = "0.005"
LONGEST_DEMO_SECONDS = 900
MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
MARTS = [*(MODELS / "marts").rglob("*.sql"), *(MODELS / "_generated" / "marts").glob("*.sql")]
WIDE_RETURN = "laboratories/small-rna-2018-03-31"
NEVER_SENT = "S0000UNKN"
TOTALS_IN_THE_LAKE = """
import json, polars as pl
from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
from janus_warehouse.platform.database import Role
with open_lake(Role.transformer) as lake:
    rows = table_to_read(lake, "small_rna_sequencing").scan().to_arrow()
totals = pl.from_arrow(rows).group_by("analyte_code").agg(pl.col("value").cast(pl.Int64).sum())
print(json.dumps(dict(totals.iter_rows())))
"""
pytestmark = pytest.mark.timeout(LONGEST_DEMO_SECONDS + 300)


class Installation:
    """A home of its own, used through the command line as a user would."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def janus(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command of the program and return how it ended."""
        return self.python(
            "from janus_warehouse.cli import app; app()", *arguments, seconds=seconds
        )

    def python(
        self, code: str, *arguments: str, seconds: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run code that uses the library and return how it ended."""
        mine = {name: value for name, value in os.environ.items() if "AIRFLOW" not in name}
        mine.pop("JANUS_DATABASE_URL", None)
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={**mine, "JANUS_HOME": str(self.home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def status(self) -> dict:
        """Return the status document."""
        done = self.janus("status", "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    @property
    def summary(self) -> dict:
        return json.loads((self.home / "demo" / "summary.json").read_text())

    @property
    def answers(self) -> list[dict]:
        return yaml.safe_load((self.home / "landing" / "answer_key.yaml").read_text())["deliveries"]


@pytest.fixture(scope="module")
def installation():
    """Return an installation in which the demo has run; it is stopped at the end."""
    # Not below pytest's own folder: another pytest closes that to the user of the database.
    here = Installation(Path(tempfile.mkdtemp(prefix="janus-demo-")))
    try:
        done = here.janus("demo", "--scale", SCALE, seconds=LONGEST_DEMO_SECONDS)
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        yield here
    finally:
        here.janus("down")
        shutil.rmtree(here.home, ignore_errors=True)


@pytest.fixture(scope="module")
def document(installation) -> dict:
    """Return what the status says after the demo, before a test changes anything."""
    return installation.status()


@pytest.fixture
def api(installation):
    """Return a client of the Airflow that the demo started."""
    from janus_warehouse.airflow.rest import AirflowApi

    return AirflowApi(installation.status()["airflow"]["address"])


def test_every_delivery_came_out_as_it_was_made_to(installation, document):
    states = {row["delivery_id"]: row["state"] for row in document["deliveries"]}
    planted = {a["delivery_id"]: a["outcome"] for a in installation.answers if a["delivery_id"]}

    assert installation.summary["unexpected"] == []
    assert set(states) == set(planted)
    assert {name for name, state in states.items() if state == "refused"} == {
        name for name, outcome in planted.items() if outcome == "refused"
    }
    assert list(planted.values()).count("refused") >= 2


def test_every_row_is_accounted_for(document):
    deliveries = document["deliveries"]

    assert sum(row["rows_received"] for row in deliveries) > 10_000
    for row in [row for row in deliveries if row["state"] != "held"]:
        parts = row["rows_accepted"] + row["rows_quarantined"] + row["rows_refused"]
        assert row["rows_received"] == parts, row["delivery_id"]
    assert sum(row["rows_quarantined"] for row in deliveries) > 0


def test_half_a_linkage_is_held_and_nothing_waits_for_it(installation, document):
    [held] = [d for d in document["deliveries"] if d["state"] == "held"]

    assert held["folder"] == "cancer_registry/2021-12-31-half"
    assert held["rows_received"] > 100
    assert "fewer" in held["reason"] and "retracted" in held["reason"]
    assert held["delivery_id"] in installation.janus("decide").stdout
    assert "Held until somebody decides" in installation.janus("status").stdout
    doctor = installation.janus("doctor").stdout
    assert "wait for a decision" in doctor


def test_the_linkage_report_opens_in_a_browser_with_its_charts(
    installation, document, shown_in_browser
):
    [held] = [d for d in document["deliveries"] if d["state"] == "held"]
    page = installation.home / "reports" / "linkages" / held["delivery_id"] / "report.html"
    shown = shown_in_browser(page)

    assert "A person must decide whether it enters." in shown
    assert shown.count("<svg") >= 3
    assert "C61 prostate" in shown and "<script" not in shown
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", shown) == []


EMPTY_IN_THE_DEMO = {
    "fct_measurement_cautions",  # no quality study is about what the demo's laboratories measure
    "fct_reference_concentrations",  # of NHANES alone, which the demo does not take in
}


def test_all_marts_hold_rows(document):
    marts = document["marts"]

    assert {path.stem for path in MARTS} == set(marts)
    assert {name for name, rows in marts.items() if rows == 0} <= EMPTY_IN_THE_DEMO


def test_a_refused_delivery_left_nothing_in_the_marts_build(document):
    refused = {row["delivery_id"] for row in document["deliveries"] if row["state"] == "refused"}
    accepted = {row["delivery_id"] for row in document["deliveries"] if row["state"] == "accepted"}
    build = [build for build in document["builds"] if build["state"] == "succeeded"][-1]

    assert set(build["deliveries"]) == accepted
    assert refused.isdisjoint(build["deliveries"])


def test_release_catalogue_and_extracts_are_there(installation, document):

    assert [release["release_name"] for release in document["releases"]] == ["2022.1"]
    assert (installation.home / "catalogue" / "catalogue.ttl").stat().st_size > 1000
    assert len(document["extracts"]) >= 2
    for extract in document["extracts"]:
        folder = installation.home / "extracts" / extract["project_id"] / "2022.1"
        assert list(folder.glob("*.parquet")), folder
        assert list(folder.glob("*.csv")), folder


def test_airflow_stays_up_and_its_share_is_told(installation, document):

    assert document["airflow"]["is_up"]
    share = installation.summary["airflow_share"]
    assert 0 < share["work_seconds"] <= share["wall_seconds"]


def test_each_native_file_of_a_wide_return_was_staged_once_by_a_task_of_its_own(
    installation, document, api
):
    [wide] = [d for d in document["deliveries"] if d["folder"] == WIDE_RETURN]
    folder = installation.home / "landing" / WIDE_RETURN / "returned"
    matrices = {path.name: matrix_of(path) for path in folder.glob("*.tsv.gz")}
    runs = [run for run in api.runs() if run["dag_id"] == "ingest_assay_results"]
    tasks = [t for r in runs for t in api.task_instances(r["dag_id"], r["dag_run_id"])]

    mapped = [t for t in tasks if t["task_id"] == "stage_file" and t["map_index"] >= 0]
    assert sorted(t["rendered_map_index"] for t in mapped) == sorted(
        f"{name} of {wide['delivery_id']}" for name in matrices
    )
    assert len(matrices) > 1 and {t["state"] for t in mapped} == {"success"}
    logs = installation.home / "airflow" / "logs"
    told = [
        (name, "task_id=stage_file" in str(path.parent))
        for path in logs.rglob("attempt=*.log") for name in matrices
        if f"{name} is staged, " in path.read_text(errors="replace")
    ]  # fmt: skip
    assert sorted(told) == sorted((name, True) for name in matrices), "load staged nothing again"

    found = json.loads(installation.python(TOTALS_IN_THE_LAKE).stdout)
    expected = {code: total for matrix in matrices.values() for code, total in matrix.items()}
    assert found == expected


def test_no_identity_number_is_in_any_airflow_log(installation):
    donors = next((installation.home / "landing" / "biobank").glob("*/donors.csv*"))
    header, *rows = donors.read_text(encoding="utf-8").splitlines()
    column = header.split(";").index("person_number")
    numbers = {row.split(";")[column].strip('"') for row in rows}
    logs = list((installation.home / "airflow" / "logs").rglob("*.log"))
    assert len(numbers) > 1000 and len(logs) > 50

    told = [path.name for path in logs if numbers & words_of(path)]

    assert told == []


def test_running_the_demo_again_changes_nothing(installation, document):
    done = installation.janus("demo", "--scale", SCALE, seconds=180)

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert "Everything went as planted." in done.stdout
    assert re.search(r"Flags +\d+ flags of \d+ rules", done.stdout)
    after = installation.status()
    for part in ("deliveries", "builds", "marts", "releases", "extracts"):
        assert after[part] == document[part], part


def test_a_demo_of_another_size_asks_before_it_forgets_this_one(installation):
    done = installation.janus("demo", "--scale", "0.01")

    assert done.returncode == 1
    assert "--fresh" in done.stderr


def test_an_answer_in_airflow_is_kept_with_its_giver_and_carried_out(installation, api):
    [held] = [d for d in installation.status()["deliveries"] if d["state"] == "held"]
    # A run by hand asks about the same delivery again: one answer closes both questions.
    api.trigger("decide_linkages")
    asked, _ = wait_for_questions(api, 2)
    assert asked["subject"] == held["delivery_id"]
    assert "fewer" in asked["body"] and "report.html" in asked["body"]
    assert asked["options"] == ["Accept", "Refuse", "Leave held"]

    api.answer(asked, "Refuse", {"reason": "half of the file is missing"})

    state = wait_for_another_state(installation, held["delivery_id"], "held")
    assert state["state"] == "refused"
    assert "half of the file is missing" in state["reason"]
    assert "(Airflow)" in state["reason"]
    page = installation.home / "reports" / "linkages" / held["delivery_id"] / "report.html"
    assert "half of the file is missing" in page.read_text()
    wait_for_questions(api, 0)
    assert {run["state"] for run in api.runs() if run["dag_id"] == "decide_linkages"} <= {
        "success", "running",
    }  # fmt: skip


def test_down_stops_exactly_what_was_started(installation):
    started = processes_of(installation.home)
    assert {"api-server", "scheduler", "dag-processor", "triggerer"} <= set(started)

    done = installation.janus("down")

    assert done.returncode == 0, done.stderr
    assert [name for name, pid in started.items() if is_alive(pid)] == []
    assert installation.janus("status").returncode == 3
    assert "nothing was running" in installation.janus("down").stdout


def wait_for_questions(api, count: int) -> list[dict]:
    """Return the questions that nobody has answered, once there are so many."""
    for _ in range(60):
        if len(asked := api.open_questions()) == count:
            return asked
        time.sleep(2)
    raise AssertionError(f"{len(asked)} questions are open, {count} should be")


def wait_for_another_state(installation, delivery_id: str, state: str) -> dict:
    """Return a delivery's row of the status once it has left a state."""
    for _ in range(60):
        rows = {row["delivery_id"]: row for row in installation.status()["deliveries"]}
        if rows[delivery_id]["state"] != state:
            return rows[delivery_id]
        time.sleep(2)
    raise AssertionError(f"{delivery_id} is still {state}")


def matrix_of(path: Path) -> dict[str, int]:
    """Return the sum of the counts of each RNA in a file, of the samples that were sent."""
    frame = pl.read_csv(path, separator="\t")
    sent = [name for name in frame.columns if name not in ("ID", NEVER_SENT)]
    return dict(zip(frame["ID"], frame.select(pl.sum_horizontal(sent)).to_series(), strict=True))


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and was not collected yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def words_of(path: Path) -> set[str]:
    """Return every run of eleven digits in a file."""
    return set(re.findall(r"(?<!\d)\d{11}(?!\d)", path.read_text(errors="replace")))


def processes_of(home: Path) -> dict[str, int]:
    """Return the process numbers that the pid files name, and that of the database."""
    found = {
        path.stem: json.loads(path.read_text())["pid"]
        for path in (home / "airflow" / "pids").glob("*.json")
    }
    postmaster = (home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
    return {**found, "postgres": int(postmaster)}
