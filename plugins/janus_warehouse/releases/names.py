"""Names of releases and of the schemas that hold them.

A release is called `<year>.<number>`, the year of the newest linkage and a running number:
`2022.1`. Its schema is `release_2022_1`, so that nobody has to quote it in SQL. A name has no
underscore, so two names never meet in one schema.
"""

import re

from janus_warehouse.releases.errors import InvalidReleaseNameError

RELEASE_NAME = re.compile(r"[0-9]{4}\.(0|[1-9][0-9]{0,3})")


def schema_name(release_name: str) -> str:
    """Return the schema of a release: `release_2022_1` for `2022.1`.

    Raises:
        InvalidReleaseNameError: The name is not a year, a point and a number.
    """
    if not RELEASE_NAME.fullmatch(release_name):
        raise InvalidReleaseNameError(
            "expected a release name of a year, a point and a number without leading zeros, such "
            f"as 2022.1; found {release_name[:40]!r}"
        )
    return "release_" + release_name.replace(".", "_")
