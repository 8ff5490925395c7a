"""Projects: approved studies, and exactly what their approval lets them have."""

from janus_warehouse.projects.checking import CheckedProject, check_project, projects_for
from janus_warehouse.projects.errors import (
    ProjectError,
    ProjectExpiredError,
    ProjectRefusedError,
    ProjectSpecificationError,
    UnknownProjectError,
)
from janus_warehouse.projects.loading import load_project, load_projects
from janus_warehouse.projects.register import register_project
from janus_warehouse.projects.specification import Project

__all__ = [
    "CheckedProject",
    "Project",
    "ProjectError",
    "ProjectExpiredError",
    "ProjectRefusedError",
    "ProjectSpecificationError",
    "UnknownProjectError",
    "check_project",
    "load_project",
    "load_projects",
    "projects_for",
    "register_project",
]
