"""An Airflow plugin: the scheduler imports slow libraries once, and its tasks inherit them.

LocalExecutor makes every task by forking, and importing Great Expectations takes 6 s of a core:
as much as checking a small delivery. Other people's libraries only, never ours, so that a change
of ours takes effect with the next task.
"""

import importlib
import logging
import sys

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

SLOW_TO_IMPORT = ("great_expectations", "pandas", "psycopg", "jinja2", "yaml")


class ImportsBeforeFork:
    """Listens for the start of the scheduler."""

    @hookimpl
    def on_starting(self, component):
        # The component is asked before it knows its own kind; the command line knows.
        if type(component).__name__ == "Job" and "scheduler" in sys.argv:
            logging.getLogger("great_expectations").setLevel(logging.ERROR)
            for name in SLOW_TO_IMPORT:
                importlib.import_module(name)


class ImportsBeforeForkPlugin(AirflowPlugin):
    name = "imports_before_fork"
    listeners = [ImportsBeforeFork()]  # noqa: RUF012
