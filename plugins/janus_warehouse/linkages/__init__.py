"""Linkages: a restatement compared with the one before, held for a person, told in a report."""
