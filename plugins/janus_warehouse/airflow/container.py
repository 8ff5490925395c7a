"""What each container of docker-compose.yaml runs: one image, one entry, one role each.

secrets            make the password of the database once, into the shared volume
init               create databases, roles and tables
healthy PART       exit status 0 when the web server calls that part healthy
janus ARGUMENTS    the command line, with the address of the database
PART ARGUMENTS     a part of Airflow: api-server, scheduler, dag-processor, triggerer
"""

import os
import secrets
import sys
from pathlib import Path

PASSWORD_FILE = Path(os.environ.get("JANUS_PASSWORD_FILE", "/run/janus/database_password"))
ADDRESS = "postgresql://janus_admin:{password}@{host}/janus"


def main(arguments: list[str]) -> None:
    """Run one role; most of them replace this process."""
    role, *rest = arguments
    if role == "secrets":
        make_password(PASSWORD_FILE)
        return
    if role == "healthy":
        sys.exit(0 if is_healthy(rest[0]) else 1)
    host = os.environ.get("JANUS_DATABASE_HOST", "database:5432")
    address = ADDRESS.format(password=PASSWORD_FILE.read_text().strip(), host=host)
    os.environ.setdefault("JANUS_DATABASE_URL", address)
    if role == "init":
        initialise()
    elif role == "janus":
        os.execvp("janus", ["janus", *rest])
    else:
        from janus_warehouse.airflow.environment import airflow_environment

        os.execvpe("airflow", ["airflow", role, *rest], airflow_environment())


def make_password(path: Path) -> None:
    """Write a random password unless there is one; the database server reads it as well."""
    if not path.exists():
        path.write_text(secrets.token_hex(24))
        # The volume is seen by these containers only; the server runs as another user.
        path.chmod(0o444)


def initialise() -> None:
    """Create what the other containers wait for."""
    from janus_warehouse.airflow.metadata_database import ensure_metadata_database
    from janus_warehouse.cli.stack import init

    init()
    ensure_metadata_database()


def is_healthy(part: str) -> bool:
    """Tell what the web server says of a part; light enough to be asked every few seconds."""
    from janus_warehouse.airflow.rest import AirflowApi
    from janus_warehouse.errors import NotAvailableError

    address = os.environ["AIRFLOW__API__BASE_URL"]
    try:
        return AirflowApi(address).health().get(part) == "healthy"
    except NotAvailableError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])
