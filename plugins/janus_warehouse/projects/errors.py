"""What can be wrong with a project; messages name file and line, never a person."""

from janus_warehouse.errors import WarehouseError


class ProjectError(WarehouseError):
    """A project that cannot be used."""


class ProjectSpecificationError(ProjectError):
    """A specification file that says something impossible; all its problems are listed."""


class UnknownProjectError(ProjectError):
    """No specification of that id."""


class ProjectRefusedError(ProjectError):
    """A specification that is well written and asks for what it must not or cannot get."""


class ProjectExpiredError(ProjectRefusedError):
    """The approval has ended."""
