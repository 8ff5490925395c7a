"""Concepts of LOINC and SNOMED CT: whether an IRI can be one of theirs, by its check digit.

A concept says in a language that others know what a variable is about. A disease that was asked
about is the disease itself. Where none truly fits there is none.

Source:
    LOINC: check digit modulo 10 ("LOINC Users' Guide"). SNOMED CT: Verhoeff's dihedral check and
    the partition 00 or 10 of concepts ("SNOMED CT Release File Specifications", SCTID).
"""

import re

LOINC = "http://loinc.org/rdf/"
SNOMED_CT = "http://snomed.info/id/"

# Verhoeff: products in the dihedral group of ten elements, and the permutation by position.
_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = "1576283094"


def concept_problem(iri: str) -> str | None:
    """Return what is wrong with the IRI of a concept; None where nothing is known to be."""
    if iri.startswith(LOINC):
        return _loinc_problem(iri.removeprefix(LOINC))
    if iri.startswith(SNOMED_CT):
        return _snomed_problem(iri.removeprefix(SNOMED_CT))
    if re.match(r"https?://(www\.)?(loinc\.org|snomed\.info)", iri):
        return f"write a LOINC concept as {LOINC}<code>, one of SNOMED CT as {SNOMED_CT}<code>"
    return None


def _loinc_problem(code: str) -> str | None:
    if not re.fullmatch(r"[1-9]\d{0,6}-\d", code):
        return "expected a LOINC code such as 8302-2"
    number, digit = code.split("-")
    doubled = "".join(
        str(int(one) * (2 if place % 2 == 0 else 1)) for place, one in enumerate(reversed(number))
    )
    if (10 - sum(map(int, doubled)) % 10) % 10 != int(digit):
        return "the check digit of the LOINC code is wrong: look the code up again"
    return None


def _snomed_problem(code: str) -> str | None:
    if not re.fullmatch(r"[1-9]\d{5,17}", code) or code[-3:-1] not in ("00", "10"):
        return "expected the number of a SNOMED CT concept such as 22298006"
    check = 0
    for place, one in enumerate(reversed(code)):
        digit = int(one)
        for _ in range(place % 8):
            digit = int(_PERMUTED[digit])
        check = int(_PRODUCT[check][digit])
    return "the check digit of the SNOMED CT concept is wrong: look it up again" if check else None
