"""What can be wrong with a release; every message says what to do next."""

from janus_warehouse.errors import WarehouseError


class ReleaseError(WarehouseError):
    """A release that cannot be cut, read or trusted."""


class InvalidReleaseNameError(ReleaseError):
    """A name that is no release name, such as `2022-1`."""


class UnknownReleaseError(ReleaseError):
    """No release of that name has been cut."""


class BuildNotReadyError(ReleaseError):
    """The marts are not the result of a build that succeeded, so they must not be frozen."""


class ReleaseDiffersError(ReleaseError):
    """The name is taken by a release with other content; a release never changes."""
