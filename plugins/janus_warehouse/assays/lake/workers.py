"""How many blocks of cells are worked on at once in one process."""

import os

WORKERS = min(4, os.cpu_count() or 1)
"""Numpy and Arrow let go of the interpreter, so threads are enough; more would only use memory."""
