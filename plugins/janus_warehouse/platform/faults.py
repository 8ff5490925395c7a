"""Errors of the database and its drivers, told by their kind: their messages quote values.

Nothing is imported here but the standard library, so that `janus --help` stays quick.
"""

import traceback
from collections.abc import Iterator

from janus_warehouse.errors import NotAvailableError

_DRIVERS = {"psycopg", "psycopg2", "sqlalchemy"}
_NAMES = ("schema_name", "table_name", "column_name", "constraint_name", "datatype_name")


class DatabaseFaultError(NotAvailableError):
    """The database did not do what it was asked, for a reason that nobody foresaw."""


def database_fault(error: BaseException) -> DatabaseFaultError | None:
    """Return what to tell of an error that the database is behind, None of any other error.

    An error that was raised from one of the database, or while one was handled, counts too: its
    traceback would show both.
    """
    found = next((link for link in _chain(error) if _is_of_driver(link)), None)
    if found is None:
        return None
    origin = getattr(found, "orig", None) or found
    state = getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None)
    code = f" (SQLSTATE {state})" if state else ""
    return DatabaseFaultError(
        f"the database answered with {type(origin).__name__}{code}{_place(origin)}; its message "
        "may quote values and is not shown. Nothing of the interrupted step was kept: see that "
        "`janus doctor` finds nothing wrong, then run the same again. If it comes back, report "
        "the kind of error with the places that `janus --traceback …` lists"
    )


def places(error: BaseException) -> str:
    """Return the traceback of an error and of those before it: kinds and places, no message."""
    parts = []
    for link in _chain(error):
        frames = "".join(traceback.format_tb(link.__traceback__))
        parts.append(f"{type(link).__module__}.{type(link).__qualname__}\n{frames}")
    return "\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _is_of_driver(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] in _DRIVERS for kind in type(error).__mro__)


def _place(error: BaseException) -> str:
    """Return the names of the table and constraint at fault, where the server tells them."""
    diagnosis = getattr(error, "diag", None)
    told = [
        f"{name.removesuffix('_name')} {value}"
        for name in _NAMES
        if (value := getattr(diagnosis, name, None))
    ]
    return f" at {', '.join(told)}" if told else ""
