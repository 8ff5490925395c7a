"""The Janus data warehouse: deliveries in, checked and kept; releases, catalogue and extracts out."""

__version__ = "0.1.0"
