"""How many primaries a linkage holds by IARC/IACR, worked out apart from the warehouse's SQL.

The rules are followed person by person as a registrar would, with the groups of the few sites
and histologies that the bank knows. Only persons of two or more tumours need a walk.
"""

from collections.abc import Iterator
from itertools import groupby

import polars as pl

_HISTOLOGY_GROUPS = {
    "8010": 5, "8000": 17, "9590": 14, "9591": 14, "8012": 5, "8041": 4, "8070": 1, "8071": 1,
    "8120": 1, "8130": 1, "8140": 3, "8170": 4, "8260": 3, "8310": 3, "8312": 3, "8330": 3,
    "8380": 3, "8441": 3, "8480": 3, "8500": 3, "8520": 3, "8550": 3, "8720": 16, "8721": 16,
    "8743": 16, "8800": 6, "8850": 6, "8890": 6, "8930": 16, "8960": 16, "8999": 17, "9061": 16,
    "9070": 16, "9080": 16, "9100": 16, "9400": 16, "9413": 16, "9425": 16, "9440": 16,
    "9450": 16, "9510": 16, "9680": 9, "9690": 9, "9732": 9, "9823": 9, "9861": 8, "9863": 8,
}  # fmt: skip
_LESS_SPECIFIC = {5: {1, 2, 3, 4}, 14: set(range(8, 14)), 17: {*range(1, 8), 15, 16}}
_BODY = set(range(8, 16))


def count_primaries(cases: pl.DataFrame) -> int:
    """Return the number of primaries among the clean and suspicious rows of a linkage.

    A bladder tumour counts whatever its behaviour, any other when it is malignant and of a site
    that exists. Two tumours of one person are one primary when place and histology agree.
    """
    bladder = pl.col("topography_code").str.starts_with("C67")
    exists = pl.col("topography_code") <= "C809"
    counted = cases.filter((bladder | (pl.col("behaviour_code") == "3")) & exists)
    rows = counted.sort(
        "person_number", "incidence_date", pl.col("tumour_sequence").cast(pl.Int32), "tumour_id"
    ).select("person_number", "topography_code", "morphology_code")
    return sum(
        len(_walk([(_site(site), _HISTOLOGY_GROUPS[histology]) for _, site, histology in tumours]))
        for tumours in _of_each_person(rows)
    )


def _of_each_person(rows: pl.DataFrame) -> Iterator[list[tuple[str, str, str]]]:
    for _, tumours in groupby(rows.iter_rows(), key=lambda row: row[0]):
        yield list(tumours)


def _site(topography: str) -> str:
    three = topography[:3]
    if three in ("C00", "C03", "C04", "C05", "C06"):
        return "mouth"
    joined = {"C01": "C02", "C09": "C10", "C12": "C10", "C13": "C10", "C14": "C10", "C19": "C20",
              "C23": "C24", "C33": "C34", "C40": "C41", "C65": "C67", "C66": "C67",
              "C68": "C67"}  # fmt: skip
    return joined.get(three, three)


def _walk(tumours: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return the primaries of a person's tumours in order; Kaposi sarcoma does not occur."""
    primaries: list[tuple[str, int]] = []
    for site, group in tumours:
        place = "body" if group in _BODY else site
        for at, (known_place, known) in enumerate(primaries):
            if known_place == place and _is_one(known, group):
                primaries[at] = (place, group if group in _LESS_SPECIFIC.get(known, ()) else known)
                break
        else:
            primaries.append((place, group))
    return primaries


def _is_one(one: int, other: int) -> bool:
    return (
        one == other or other in _LESS_SPECIFIC.get(one, ()) or one in _LESS_SPECIFIC.get(other, ())
    )
