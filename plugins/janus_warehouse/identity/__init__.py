"""Persons: identity numbers and the vault that keeps them apart from everything else."""
