"""The ways in which a synthetic tumour is suspicious: what is changed, and which rules it breaks.

Each starts from a row that breaks no rule, of a person with that tumour alone (or with two), so
that the flags are those of the change and no others. Breast and prostate keep their numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

Changes = Mapping[str, str | pl.Expr]
_DAY_AFTER_BOTH_LINKAGES = "2023-06-30"


@dataclass(frozen=True)
class Suspicion:
    """One way of being suspicious.

    Attributes:
        rules: Codes of the rules that the changed row breaks.
        changes: What the row gets, by column.
        where: Which clean rows it can be planted in.
        others: Codes of the rules that the person's other tumour then breaks.
        of_two: Whether the person has two tumours, of which the second is changed; else one.
    """

    rules: tuple[str, ...]
    changes: Changes
    where: pl.Expr
    others: tuple[str, ...] = ()
    of_two: bool = False


def _site(*codes: str) -> pl.Expr:
    return pl.col("topography_code").str.slice(0, 3).is_in(codes)


def _histology(*codes: str) -> pl.Expr:
    return pl.col("morphology_code").is_in(codes)


def _iso(date: pl.Expr) -> pl.Expr:
    return date.dt.strftime("%Y-%m-%d")


def _aged(years: int) -> pl.Expr:
    """Return the day on which a person is some years and a fortnight old."""
    return _iso(pl.col("born").dt.offset_by(f"{years}y") + pl.duration(days=14))


def _born_from(year: int) -> pl.Expr:
    return pl.col("born") >= pl.date(year, 1, 1)


_MAN, _WOMAN = pl.col("sex_code") == "1", pl.col("sex_code") == "2"
_SURE = (
    (pl.col("basis_code") == "7")
    & (pl.col("behaviour_code") == "3")
    & (pl.col("found_at_autopsy") == "0")
)
_COLON = _site("C18") & _histology("8140", "8480") & _SURE
_SKIN = _site("C44") & _histology("8070", "8071") & _SURE
_UNKNOWN = _site("C80") & _histology("8010", "8140") & _SURE
_ANYBODYS = _site("C18", "C20", "C34", "C44", "C64", "C67", "C71", "C73") & _SURE
_UNSEEN = {"morphology_code": "8000", "grade_code": "9"}
_NOT_COUNTED_EXACTLY = ~_site("C50", "C61")
_LIVES, _DEAD = pl.col("lives_on"), pl.col("dead_early")
_TUMOUR = (
    "incidence_date", "incidence_date_quality", "municipality_code", "basis_code",
    "topography_code", "morphology_code", "behaviour_code", "grade_code", "laterality_code",
    "stage_code", "found_at_autopsy", "icd7_code",
)  # fmt: skip


def _kind(rules: str, changes: Changes, where: pl.Expr, others: str = "") -> Suspicion:
    return Suspicion(
        tuple(rules.split()), changes, where, tuple(others.split()), of_two=bool(others)
    )


_CODES = (
    _kind("IARC-TOPOGRAPHY", {"topography_code": "C999"}, _SKIN),
    _kind("IARC-MORPHOLOGY", {"morphology_code": "8999"}, _SKIN),
    _kind("ENCR-MORPHOLOGY-EDITION", {"morphology_code": "9425"},
          _site("C71") & _SURE & (pl.col("found") < pl.date(2010, 1, 1))),
)  # fmt: skip

_DATES = (
    _kind("IARC-BIRTH-INCIDENCE JANUS-REGISTER-BIRTH",
          {"birth_date": _iso(pl.col("found") + pl.duration(days=30))}, _SKIN),
    _kind("IARC-INCIDENCE-FOLLOW-UP",
          {"follow_up_date": _iso(pl.col("found") - pl.duration(days=30))}, _SKIN),
    _kind("IARC-INCIDENCE-FUTURE IARC-INCIDENCE-FOLLOW-UP",
          {"incidence_date": _DAY_AFTER_BOTH_LINKAGES},
          _SKIN & (pl.col("found") >= pl.date(1993, 1, 1))),
    _kind("IARC-FOLLOW-UP-FUTURE", {"follow_up_date": _DAY_AFTER_BOTH_LINKAGES},
          _SKIN & _LIVES),
    _kind("ENCR-REGISTRATION-START", {"incidence_date": "1951-06-30"},
          _SKIN & ~_born_from(1930)),
)  # fmt: skip

_SEXES = (
    _kind("IARC-SEX-SITE-MEN", {"topography_code": "C539"}, _SKIN & _MAN),
    _kind("IARC-SEX-SITE-WOMEN", {"topography_code": "C609"}, _SKIN & _WOMAN),
    _kind("IARC-SEX-MORPHOLOGY-MEN", {"morphology_code": "8441"}, _UNKNOWN & _MAN),
    _kind("IARC-SEX-MORPHOLOGY-WOMEN IARC-SITE-MORPHOLOGY", {"morphology_code": "9061"},
          _UNKNOWN & _WOMAN),
)  # fmt: skip

_AGES = (
    _kind("IARC-AGE-SITE-5 IARC-AGE-SITE-20", {"incidence_date": _aged(4)},
          _site("C53") & _SURE & _born_from(1948)),
    _kind("IARC-AGE-SITE-20", {"incidence_date": _aged(15)},
          _site("C20") & _histology("8140") & _SURE & _born_from(1938)),
    _kind("IARC-AGE-MORPHOLOGY-25", {"incidence_date": _aged(25)},
          _site("C42") & _histology("9823") & _SURE & _born_from(1927)),
    _kind("IARC-AGE-MORPHOLOGY-CHILD", {"morphology_code": "8960"}, _site("C64") & _SURE),
    _kind("IARC-AGE-MORPHOLOGY-ADULT", {"incidence_date": _aged(14)},
          _site("C42") & _histology("9732") & _SURE & _born_from(1939)),
    _kind("IARC-AGE-PROSTATE", {"incidence_date": _aged(39)},
          _site("C61") & _histology("8140") & _SURE & _born_from(1913)),
    _kind("IARC-AGE-SMALL-INTESTINE",
          {"incidence_date": _aged(19), "topography_code": "C170"}, _COLON & _born_from(1934)),
    _kind("IARC-AGE-LUNG-COLON", {"incidence_date": _aged(19)}, _COLON & _born_from(1934)),
    _kind("IARC-AGE-EYE", {"topography_code": "C692", "morphology_code": "9510"}, _SKIN),
    _kind("IARC-AGE-PLACENTA", {"topography_code": "C589", "morphology_code": "9100"},
          _SKIN & _WOMAN & (pl.col("found") > pl.col("born").dt.offset_by("46y"))),
)  # fmt: skip

_HISTOLOGIES = (
    _kind("IARC-SITE-MORPHOLOGY", {"morphology_code": "8120"}, _COLON),
    # Melanoma is the one in situ tumour that the families of histologies know of the meninges.
    _kind("IARC-SITE-BEHAVIOUR",
          {"topography_code": "C709", "behaviour_code": "2", "grade_code": "9"},
          _site("C44") & _histology("8720") & _SURE),
    _kind("IARC-BASIS-MORPHOLOGY", {"basis_code": "2"}, _COLON),
    _kind("IARC-GRADE-CELL-TYPE", {"grade_code": "6"}, _COLON),
    _kind("IARC-GRADE-SOLID", {"grade_code": "2"}, _site("C77") & _SURE),
    _kind("IARC-GRADE-BEHAVIOUR", {"grade_code": "2"},
          _site("C67") & (pl.col("behaviour_code") == "2")),
    _kind("ENCR-LATERALITY", {"laterality_code": "1"}, _COLON),
)  # fmt: skip

_DEATHS = (
    _kind("ENCR-AUTOPSY-BASIS", {"basis_code": "1", **_UNSEEN},
          (pl.col("found_at_autopsy") == "1") & ~_site("C77", "C42")),
    _kind("IARC-AUTOPSY-VITAL", {"found_at_autopsy": "1"}, _COLON & _LIVES),
    _kind("ENCR-AUTOPSY-DATE", {"found_at_autopsy": "1"}, _COLON & _DEAD),
    _kind("IARC-DCO-VITAL", {"basis_code": "0", **_UNSEEN}, _SKIN & _LIVES),
    _kind("ENCR-DCO-DATE", {"basis_code": "0", **_UNSEEN}, _SKIN & _DEAD),
)  # fmt: skip

_PERSONS = (
    _kind("JANUS-PERSON-SEX JANUS-REGISTER-SEX",
          {"sex_code": pl.when(_MAN).then(pl.lit("2")).otherwise(pl.lit("1"))},
          _ANYBODYS, others="JANUS-PERSON-SEX"),
    _kind("JANUS-PERSON-BIRTH JANUS-REGISTER-BIRTH",
          {"birth_date": _iso(pl.col("born") + pl.duration(days=1))},
          _ANYBODYS, others="JANUS-PERSON-BIRTH"),
    _kind("JANUS-REGISTER-SEX",
          {"sex_code": pl.when(_MAN).then(pl.lit("2")).otherwise(pl.lit("1"))}, _ANYBODYS),
    _kind("JANUS-REGISTER-BIRTH", {"birth_date": _iso(pl.col("born") + pl.duration(days=1))},
          _ANYBODYS),
)  # fmt: skip

_REPEATED = Suspicion(
    ("JANUS-REPEATED-TUMOUR",),
    {name: pl.col(f"{name}_first") for name in _TUMOUR},
    _NOT_COUNTED_EXACTLY & ~pl.col("topography_code_first").str.slice(0, 3).is_in(["C50", "C61"])
    & (pl.col("found_at_autopsy_first") == "0") & (pl.col("basis_code_first") != "0")
    & (pl.col("incidence_date_first") < pl.col("incidence_date")),
    of_two=True,
)  # fmt: skip

KINDS: tuple[Suspicion, ...] = (
    *_DEATHS, *_PERSONS, _REPEATED, *_CODES, *_DATES, *_SEXES, *_AGES, *_HISTOLOGIES,
)  # fmt: skip
"""All ways, those first that fewest tumours can have."""
