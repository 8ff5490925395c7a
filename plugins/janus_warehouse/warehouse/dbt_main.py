"""The dbt command line as a module, so that it runs in the very Python that called it."""

from dbt.cli.main import cli

if __name__ == "__main__":
    cli()
