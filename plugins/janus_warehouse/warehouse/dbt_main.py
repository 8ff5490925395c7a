"""The dbt command line as a module, so that it runs in the very Python that called it.

dbt writes its manifest after parsing and once more at the end, and the first one, of which nobody
has need, takes as long as all of a small model. So the project is parsed without writing, and
the command is given what was parsed.
"""

import sys

from dbt.cli.main import cli, dbtRunner


def main(arguments: list[str]) -> None:
    """Run dbt and end the process with its exit status.

    Args:
        arguments: As on dbt's own command line.
    """
    manifest = None
    if "parse" not in arguments:
        parsed = dbtRunner().invoke(["--quiet", "--no-write-json", "parse"])
        # What is wrong with the project is told by the command itself, which then parses again.
        manifest = parsed.result if parsed.success else None
    cli(arguments, obj={"manifest": manifest, "callbacks": []})


if __name__ == "__main__":
    main(sys.argv[1:])
