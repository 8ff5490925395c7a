"""Forms and check digits of identifiers, and molar masses of formulas.

Sources:
    CAS: https://www.cas.org/support/documentation/chemical-substances/checkdig.
    LOINC: check digit modulo 10 as of Luhn, LOINC Users' Guide, appendix C.
    UniProt: https://www.uniprot.org/help/accession_numbers.
    Atomic weights: IUPAC, abridged standard atomic weights of 2021.
"""

import re
from decimal import Decimal
from types import MappingProxyType

FORMS = MappingProxyType({
    "CAS": r"[1-9]\d{1,6}-\d\d-\d",
    "ChEBI": r"CHEBI:[1-9]\d*",
    "GENCODE": r"ENS[GT]\d{11}",
    "HMDB": r"HMDB\d{7}",
    "InChIKey": r"[A-Z]{14}-[A-Z]{10}-[A-Z]",
    "LOINC": r"[1-9]\d{0,6}-\d",
    "miRBase": r"MI(MAT)?\d{7}",
    "miRBase name": r"[a-z]{3}-(miR|mir|let)-\d+[a-z0-9-]*\*?",
    "OlinkID": r"OID\d{5}",
    "SeqId": r"\d+-\d+",
    "UniProt": r"[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d([A-Z][A-Z0-9]{2}\d){1,2}",
})  # fmt: skip
"""System → what its identifiers look like."""

OF_ONE_ANALYTE = frozenset({"GENCODE", "LOINC", "miRBase", "miRBase name", "OlinkID", "SeqId"})
"""Systems whose identifiers name a variable, so that two analytes never share one. A protein or a
chemical may be measured as several variables."""

_WEIGHTS = MappingProxyType({
    "C": "12.011", "H": "1.008", "N": "14.007", "O": "15.999", "F": "18.998", "P": "30.974",
    "S": "32.06", "Cl": "35.45", "Br": "79.904", "I": "126.90",
})  # fmt: skip
_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")


def canonical(system: str, text: str) -> str:
    """Return an identifier as its system writes it today.

    HMDB had five digits before 4.0; Ensembl and SomaLogic put a version behind the identifier of
    the same thing, and R writes aptamers as `seq.10000.28`.
    """
    text = text.strip()
    if system == "SeqId" and (found := re.fullmatch(r"seq\.(\d+)\.(\d+)", text)):
        text = f"{found[1]}-{found[2]}"
    if system == "HMDB" and (found := re.fullmatch(r"HMDB(\d{5})", text)):
        return f"HMDB00{found[1]}"
    if system == "GENCODE":
        return re.sub(r"\.\d+$", "", text)
    return re.sub(r"_\d+$", "", text) if system == "SeqId" else text


def identifier_problem(system: str, identifier: str) -> str | None:
    """Return what is wrong with an identifier, or None."""
    if system not in FORMS:
        return f"expected a system among {', '.join(FORMS)}, found {system!r}"
    if not re.fullmatch(FORMS[system], identifier):
        return f"{identifier!r} does not look like an identifier of {system}"
    if system == "CAS" and not _is_cas(identifier):
        return f"the check digit of CAS {identifier} is wrong"
    if system == "LOINC" and not _is_loinc(identifier):
        return f"the check digit of LOINC {identifier} is wrong"
    return None


def _is_cas(identifier: str) -> bool:
    *digits, check = (int(digit) for digit in identifier.replace("-", ""))
    return sum(place * digit for place, digit in enumerate(reversed(digits), start=1)) % 10 == check


def _is_loinc(identifier: str) -> bool:
    number, _, check = identifier.partition("-")
    doubled = (
        2 * int(digit) if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(number))
    )
    return (-sum(digit // 10 + digit % 10 for digit in doubled)) % 10 == int(check)


def molar_mass(formula: str) -> Decimal:
    """Return grams a mole of a formula such as `C8HF15O2`.

    Raises:
        ValueError: It is no formula of these elements.
    """
    parts = _ELEMENT.findall(formula)
    if not parts or "".join(element + count for element, count in parts) != formula:
        raise ValueError
    if unknown := {element for element, _ in parts} - set(_WEIGHTS):
        raise ValueError(unknown)
    return sum(
        (Decimal(_WEIGHTS[element]) * int(count or 1) for element, count in parts), Decimal(0)
    )
