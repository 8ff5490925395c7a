"""What became of tubes: accounts of projects, history of one tube, results there are already."""

from janus_warehouse.assays.tubes.errors import UnknownTubeError
from janus_warehouse.assays.tubes.figures import ProjectAccount, read_accounts
from janus_warehouse.assays.tubes.history import TubeHistory, tube_history
from janus_warehouse.assays.tubes.report import write_project_reports
from janus_warehouse.assays.tubes.reuse import Reuse, Wish, find_reuse

__all__ = [
    "ProjectAccount",
    "Reuse",
    "TubeHistory",
    "UnknownTubeError",
    "Wish",
    "find_reuse",
    "read_accounts",
    "tube_history",
    "write_project_reports",
]
