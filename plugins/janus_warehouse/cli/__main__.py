"""`python -m janus_warehouse.cli` is the command `janus`."""

from janus_warehouse.cli import app

if __name__ == "__main__":
    app()
