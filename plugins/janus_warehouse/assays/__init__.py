"""Returned assay results: any laboratory's file as the same four tables, and the gate they pass."""
