"""The demonstration: the whole warehouse on made-up deliveries, watched while it works."""
