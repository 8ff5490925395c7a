"""What this installation needs: each point examined, told, and with its mend when it is wrong."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from janus_warehouse.errors import WarehouseError
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.platform.storage import fsspec_options

LEAST_FREE_GIB = 2
ROOM_FOR_WHOLE_BANK_GIB = 30
PYTHONS = ((3, 11), (3, 13))
PACKAGES = ("apache-airflow", "dbt-core", "dbt-postgres", "great-expectations", "psycopg", "rdflib")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TELEMETRY_SWITCHES = {
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}


@dataclass(frozen=True)
class Finding:
    """One point: how it stands, in words, and what to do about it."""

    point: str
    state: Literal["ok", "warn", "fail"]
    told: str
    mend: str = ""


def examine() -> list[Finding]:
    """Return a finding for every point; a point that cannot be examined has failed."""
    findings: list[Finding] = []
    for point in POINTS:
        server = next((found for found in findings if found.point == "server"), None)
        if point in NEED_SERVER and server and server.state == "fail":
            told = "not examined, because no server answers"
            findings.append(Finding(_name(point), "fail", told))
        else:
            findings.append(_examined(point))
    return findings


def _name(point: Callable[[], Finding]) -> str:
    return point.__name__.lstrip("_").replace("_", " ")


def _examined(point: Callable[[], Finding]) -> Finding:
    name = _name(point)
    try:
        return point()
    except WarehouseError as error:
        return Finding(name, "fail", str(error).splitlines()[0], "`janus init`")
    except Exception as error:
        # Whatever goes wrong here is what the user asked about; it must not hide the rest.
        told = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return Finding(name, "fail", told, "run `make install`, then `janus init`")


def _python() -> Finding:
    found = sys.version_info[:2]
    told = f"{found[0]}.{found[1]} at {sys.executable}"
    if PYTHONS[0] <= found <= PYTHONS[1]:
        return Finding("python", "ok", told)
    return Finding("python", "fail", told, "install Python 3.11, 3.12 or 3.13; `make install`")


def _packages() -> Finding:
    found, lacking = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            lacking.append(package)
    if lacking:
        return Finding("packages", "fail", f"lacking: {', '.join(lacking)}", "`make install`")
    return Finding("packages", "ok", ", ".join(found))


def _server() -> Finding:
    from janus_warehouse.platform.database import connect

    kind = "configured" if get_settings().database_url else "embedded"
    with connect() as connection:
        server = connection.info.parameter_status("server_version")
        where = f"{connection.info.host}:{connection.info.port}"
    return Finding("server", "ok", f"PostgreSQL {server} ({kind}) at {where}")


def _migrations() -> Finding:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from janus_warehouse.platform.database import connect

    config = Config()
    config.set_main_option("script_location", "janus_warehouse.platform:migrations")
    wanted = ScriptDirectory.from_config(config).get_current_head()
    with connect() as connection:
        known = connection.execute("select to_regclass('ops.alembic_version')").fetchone()
        row = None
        if known and known[0]:
            row = connection.execute("select version_num from ops.alembic_version").fetchone()
    found = row[0] if row else "none"
    if found == wanted:
        return Finding("migrations", "ok", f"schema {found}")
    return Finding(
        "migrations", "fail", f"schema {found}, the program needs {wanted}", "`janus db migrate`"
    )


def _roles() -> Finding:
    from janus_warehouse.platform.database import Role, connect

    for role in Role:
        with connect(role) as connection:
            connection.execute("select 1")
    return Finding("roles", "ok", f"{len(Role)} roles can log in")


def _audit_chain() -> Finding:
    from janus_warehouse.platform.audit import broken_links

    broken = broken_links()
    if not broken:
        return Finding("audit chain", "ok", "every row follows the row before it")
    told = f"{len(broken)} broken links, the first at audit_id {broken[0]}"
    mend = (
        "rows were changed or taken out: change nothing, compare ops.audit with the newest backup "
        "that is whole, and find out who could log in as administrator"
    )
    return Finding("audit chain", "fail", told, mend)


def _held_deliveries() -> Finding:
    from janus_warehouse.deliveries.decisions import held_questions
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        held = [question.delivery_id for question in held_questions(connection)]
    if not held:
        return Finding("held deliveries", "ok", "nothing waits for a decision")
    told = f"{len(held)} wait for a decision: {', '.join(held)}"
    return Finding("held deliveries", "warn", told, "`janus decide`")


def _leftovers() -> Finding:
    from janus_warehouse.assays.lake.strays import strays

    found = strays()
    if not found:
        return Finding("leftovers", "ok", "killed runs left nothing in the lake or unpacked")
    told = f"{len(found)} of killed runs, {sum(one.bytes for one in found) / 2**20:,.1f} MiB"
    return Finding("leftovers", "warn", told, "`janus assay lake clean`")


def _airflow_database() -> Finding:
    from janus_warehouse.airflow.metadata_database import schema_revision

    revision = schema_revision()
    if revision:
        return Finding("airflow database", "ok", f"schema {revision}")
    return Finding("airflow database", "warn", "has no tables yet", "`janus up`")


def _airflow() -> Finding:
    from janus_warehouse.airflow import stack

    found = stack.status()
    if found.is_up:
        return Finding("airflow", "ok", f"healthy at {found.address}")
    down = [name for name, pid in found.processes.items() if pid is None]
    told = f"not running: {', '.join(down)}" if down else "runs, but is not healthy yet"
    return Finding("airflow", "warn", told, "`janus up`")


def _dbt() -> Finding:
    project = get_settings().dbt_project_dir / "dbt_project.yml"
    program = Path(sys.executable).with_name("dbt")
    if not program.exists():
        return Finding("dbt", "fail", "the program dbt is not installed", "`make install`")
    if not project.exists():
        return Finding("dbt", "fail", f"no project at {project}", "use a complete checkout")
    return Finding("dbt", "ok", f"dbt-core {version('dbt-core')}, {project.parent.name}/")


def _disk() -> Finding:
    home = get_settings().home
    existing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 2**30
    told = f"{free:.1f} GiB free at {home}"
    if free < LEAST_FREE_GIB:
        return Finding("disk", "fail", told, "free some, or set JANUS_HOME to a larger disk")
    if free < ROOM_FOR_WHOLE_BANK_GIB:
        mend = f"the whole bank (SCALE=1) needs about {ROOM_FOR_WHOLE_BANK_GIB} GiB"
        return Finding("disk", "warn", told, mend)
    return Finding("disk", "ok", told)


def _landing_zone() -> Finding:
    import fsspec

    landing = get_settings().landing
    files, folder = fsspec.url_to_fs(landing, **fsspec_options(landing))
    files.makedirs(folder, exist_ok=True)
    probe = f"{folder}/.doctor-{os.getpid()}"
    try:
        files.pipe_file(probe, b"")
        files.rm_file(probe)
    except OSError as error:
        mend = "let this user write there, or set JANUS_LANDING_URL"
        return Finding("landing zone", "fail", f"{landing}: {error.strerror}", mend)
    return Finding("landing zone", "ok", f"{landing} can be written")


def _browser() -> Finding:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return Finding("browser", "ok", found)
    return Finding(
        "browser", "warn", "no chromium; only the browser tests use it", "apt-get install chromium"
    )


def _telemetry() -> Finding:
    from janus_warehouse.airflow.environment import airflow_environment

    environment = airflow_environment()
    on = [
        name
        for name, off in TELEMETRY_SWITCHES.items()
        if environment.get(name, "").lower() != off.lower()
    ]
    if on:
        mend = ", ".join(f"{name}={TELEMETRY_SWITCHES[name]}" for name in on)
        return Finding("telemetry", "warn", f"switched on by {', '.join(on)}", f"set {mend}")
    return Finding("telemetry", "ok", "off in Airflow, dbt and Great Expectations")


POINTS: tuple[Callable[[], Finding], ...] = (
    _python,
    _packages,
    _disk,
    _landing_zone,
    _server,
    _migrations,
    _roles,
    _audit_chain,
    _held_deliveries,
    _leftovers,
    _airflow_database,
    _airflow,
    _dbt,
    _telemetry,
    _browser,
)
NEED_SERVER = (
    _migrations, _roles, _audit_chain, _held_deliveries, _leftovers, _airflow_database,
)  # fmt: skip
