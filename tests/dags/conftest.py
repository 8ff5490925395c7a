"""DAG tests read the DAG files with a throw-away Airflow that has no database of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DAGS_FOLDER = REPOSITORY / "dags"

# Airflow writes its defaults into this folder when it is imported: not into the user's home.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-of-tests-"))


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory):
    """Return all DAGs, read as Airflow's DAG processor reads them."""
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AIRFLOW__")]:
            patch.delenv(name)
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(DAGS_FOLDER))
        patch.setenv("AIRFLOW__CORE__PLUGINS_FOLDER", str(REPOSITORY / "plugins"))
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home}/unused.db")
        from airflow.dag_processing.dagbag import DagBag

        return DagBag(dag_folder=DAGS_FOLDER)


@pytest.fixture
def run_python(tmp_path):
    """Return a function that runs code in a new interpreter and returns what it prints."""

    def run(code: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if "AIRFLOW__" not in name},
            "AIRFLOW_HOME": str(tmp_path),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    return run
