"""Every DAG keeps the house rules, and there are as many DAGs as we think there are."""

import ast
from pathlib import Path

import pytest

DAGS_FOLDER = Path(__file__).parents[2] / "dags"
DAG_FILES = sorted(DAGS_FOLDER.glob("*.py"))
EXPECTED = {
    "build_warehouse",
    "cut_release",
    "decide_linkages",
    "deliver_extracts",
    "ingest_assay_results",
    "ingest_registry_linkages",
    "ingest_sample_inventory",
    "ingest_survey_variables",
    "publish_catalogue",
}
BULLETS = ("- **Reads**", "- **Writes**", "- **Runs again safely**", "- **When it fails**")
LIGHT_IMPORTS = {"airflow.sdk", "datetime", "pendulum", "janus_warehouse"}
LIGHT_PREFIXES = ("janus_warehouse.airflow", "janus_warehouse.assets")
LONGEST_FILE_LINES = 60
WAITS_FOR_PEOPLE = {"decide_linkages"}
"""A question can stand open for days, and each run asks about other deliveries."""


def test_every_file_imports(dag_bag):
    assert dag_bag.import_errors == {}


def test_every_file_defines_the_dag_it_is_named_after(dag_bag):
    assert {path.stem for path in DAG_FILES} == EXPECTED
    assert set(dag_bag.dags) == EXPECTED


def test_no_file_is_unread_because_airflow_takes_it_for_something_else():
    # Safe mode skips a file that does not contain both words.
    for path in DAG_FILES:
        text = path.read_text().lower()
        assert "airflow" in text and "dag" in text, path.name


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
def test_dag_can_be_operated(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]

    assert [bullet for bullet in BULLETS if bullet not in dag.doc_md] == []
    assert {tag.split(":")[0] for tag in dag.tags} >= {"layer", "source"}
    is_alone = dag.max_active_runs == 1
    assert is_alone != (dag_id in WAITS_FOR_PEOPLE), "two runs at once would write the same rows"
    assert dag.catchup is False
    assert dag.tasks
    assert all(task.retries >= 1 for task in dag.tasks), "a lost connection is tried again"


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_dag_file_is_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST_FILE_LINES


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_dag_file_imports_nothing_heavy_when_it_is_read(path):
    heavy = [
        name
        for name in top_level_imports(path)
        if name not in LIGHT_IMPORTS and not name.startswith(LIGHT_PREFIXES)
    ]

    assert heavy == []


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_dag_file_reads_no_environment_when_it_is_read(path):
    forbidden = ("os.getenv", "os.environ", "Variable.get", "get_settings")

    assert [word for word in forbidden if word in path.read_text()] == []


def test_reading_all_dags_leaves_the_heavy_libraries_unloaded(run_python):
    code = (
        "import sys; from airflow.dag_processing.dagbag import DagBag; "
        f"bag = DagBag({str(DAGS_FOLDER)!r}); assert len(bag.dags) == {len(EXPECTED)}; "
        "print([name for name in ('great_expectations', 'dbt', 'pandas', 'polars', 'rdflib', "
        "'pyarrow', 'janus_warehouse.deliveries') if name in sys.modules])"
    )

    assert run_python(code).splitlines()[-1] == "[]"


def top_level_imports(path: Path) -> list[str]:
    """Return the modules that a file imports outside functions."""
    names: list[str] = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names
