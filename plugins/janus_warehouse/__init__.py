"""The Janus data warehouse: deliveries in, checked and kept; releases and extracts out."""

__version__ = "0.1.0"
