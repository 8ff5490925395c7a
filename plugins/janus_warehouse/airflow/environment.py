"""Airflow's whole configuration, as environment variables: there is no airflow.cfg to drift."""

import base64
import os
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from janus_warehouse.platform import embedded
from janus_warehouse.platform.ports import any_free_port, port_is_free
from janus_warehouse.platform.settings import get_settings

DATABASE = "airflow"
ROLE = "janus_airflow"
PREFERRED_PORT = 8080
BASE_URL_VARIABLE = "AIRFLOW__API__BASE_URL"
PARALLEL_TASKS = 4
"""LocalExecutor keeps this many processes; 4 suit 2 cores, its own default of 32 does not."""


def airflow_home() -> Path:
    """Return Airflow's folder: logs, pid files and the chosen port."""
    return get_settings().home / "airflow"


def logs_folder() -> Path:
    """Return the folder of the component logs and, below it, the task logs."""
    return airflow_home() / "logs"


def server_port() -> int:
    """Return the port of Airflow's web server, choosing it at the first call.

    The choice is kept, so that bookmarks and running tasks go on working after a restart.
    """
    kept = airflow_home() / "port"
    if kept.exists():
        return int(kept.read_text())
    port = PREFERRED_PORT if port_is_free(PREFERRED_PORT) else any_free_port()
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(str(port))
    return port


def choose_another_port() -> int:
    """Forget the kept port, because another program took it, and return a free one."""
    (airflow_home() / "port").unlink(missing_ok=True)
    return server_port()


def base_url() -> str:
    """Return the address of Airflow's pages and of its REST API.

    Ours is on this machine; one that runs elsewhere (in another container) is told by the
    variable that its own processes read.
    """
    return os.environ.get(BASE_URL_VARIABLE) or f"http://127.0.0.1:{server_port()}"


def database_url() -> str:
    """Return the address of Airflow's own database, on the warehouse's server."""
    settings = get_settings()
    server = urlsplit(settings.database_url or embedded.info().url())
    host = server.netloc.rsplit("@", 1)[-1]
    return f"postgresql+psycopg2://{ROLE}:{quote(database_password())}@{host}/{DATABASE}"


def database_password() -> str:
    """Return the password of Airflow's database role."""
    return get_settings().derived_secret("postgres:airflow")[:32]


def airflow_environment() -> dict[str, str]:
    """Return the environment in which every Airflow process runs.

    An `AIRFLOW__…` variable that is already set wins, so that an operator can change anything.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "AIRFLOW_HOME"}
    return {**_defaults(), **inherited, **_fixed()}


def _fixed() -> dict[str, str]:
    settings = get_settings()
    return {
        "AIRFLOW_HOME": str(airflow_home()),
        "JANUS_HOME": str(settings.home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        # A proxy for the outer world must not stand between our own processes.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        # Great Expectations and dbt run inside tasks.
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _defaults() -> dict[str, str]:
    return {
        f"AIRFLOW__{section}__{name}": value
        for section, values in _configuration().items()
        for name, value in values.items()
    }


def _configuration() -> dict[str, dict[str, str]]:
    settings = get_settings()
    return {
        "CORE": {
            "DAGS_FOLDER": str(settings.repo_root / "dags"),
            "PLUGINS_FOLDER": str(settings.repo_root / "plugins"),
            "EXECUTOR": "LocalExecutor",
            "PARALLELISM": str(PARALLEL_TASKS),
            "LOAD_EXAMPLES": "False",
            "DAGS_ARE_PAUSED_AT_CREATION": "True",
            "FERNET_KEY": _fernet_key(),
            "EXECUTION_API_SERVER_URL": f"{base_url()}/execution/",
            # The server listens on this machine only: whoever reaches it may see everything.
            "SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(airflow_home() / "passwords.json"),
        },
        "DATABASE": {"SQL_ALCHEMY_CONN": database_url()},
        "API": {
            "BASE_URL": base_url(),
            "SECRET_KEY": settings.derived_secret("airflow:api"),
            "EXPOSE_CONFIG": "False",
            "INSTANCE_NAME": "Janus data warehouse",
        },
        "API_AUTH": {"JWT_SECRET": settings.derived_secret("airflow:jwt")},
        "LOGGING": {
            "BASE_LOG_FOLDER": str(logs_folder()),
            "DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs_folder() / "dag_processor"),
        },
        "USAGE_DATA_COLLECTION": {"ENABLED": "False"},
        "SCHEDULER": {"SCHEDULER_IDLE_SLEEP_TIME": "0.5", "CATCHUP_BY_DEFAULT": "False"},
        # A changed file is read within seconds (its modification time tells); unchanged ones
        # are read again rarely, because reading all of them costs a core for some seconds.
        "DAG_PROCESSOR": {
            "REFRESH_INTERVAL": "10",
            "MIN_FILE_PROCESS_INTERVAL": "300",
            "PARSING_PROCESSES": "2",
        },
    }


def _fernet_key() -> str:
    digits = get_settings().derived_secret("airflow:fernet")
    return base64.urlsafe_b64encode(bytes.fromhex(digits)[:32]).decode()
