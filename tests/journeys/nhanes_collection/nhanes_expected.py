"""What each harmonised variable of NHANES must be, said by hand from the publisher's codebooks.

Nothing here is read from a rule file. An answer is named by its variable and code in the codebook,
and how often it occurs is looked up there.
"""

from dataclasses import dataclass, field

ALL = (1999, 2001, 2003, 2005, 2007, 2009)
Answers = tuple[tuple[str, str], ...]
"""(variable, code) pairs of the codebooks; a code that a cycle does not have occurs never."""


@dataclass(frozen=True)
class Coded:
    """A variable whose values are codes.

    Attributes:
        values: Value → the answers that it stands for.
        from_years: Age from which it was asked; None where whoever has no answer was not asked.
        cycles: First years of the cycles that have it.
    """

    table: str
    values: dict[str, Answers]
    refused: Answers = ()
    unknown: Answers = ()
    not_applicable: Answers = ()
    from_years: int | dict[int, int] | None = 0
    cycles: tuple[int, ...] = ALL


@dataclass(frozen=True)
class Number:
    """A variable whose values are the numbers of one variable of the codebook.

    Attributes:
        source: The variable, or (first year → variable) where it was renamed.
        special: Codes among its numbers that are no values, by reason.
        factor: From the codebook's unit to ours.
        from_months: Age from which it was measured.
        not_asked: Answers after which it was not asked.
        skipped: Condition over the file, beside the age, under which it was not asked.
        tolerance: How far the lowest and highest may be from the codebook's; None where the
            codebook's numbers are in several units.
        tells_reasons: Whether the codebook tells why a value is missing.
    """

    table: str
    source: str | dict[int, str]
    special: dict[str, tuple[str, ...]] = field(default_factory=dict)
    factor: float = 1
    tolerance: float | None = 0.0005
    tells_reasons: bool = True
    skipped: str = "false"
    from_months: int | dict[int, int] = 0
    from_years: int = 0
    refused: Answers = ()
    unknown: Answers = ()
    not_applicable: Answers = ()
    not_asked: Answers = ()
    out_of_range: Answers = ()
    cycles: tuple[int, ...] = ALL


def _yes_no(variable: str) -> dict[str, Answers]:
    return {"yes": ((variable, "1"),), "no": ((variable, "2"),)}


def _told(variable: str, **more) -> Coded:
    return Coded(
        "medical_conditions",
        _yes_no(variable),
        refused=((variable, "7"),),
        unknown=((variable, "9"),),
        **({"from_years": 20} | more),
    )


_NEVER, _REFUSED, _UNKNOWN = ("SMQ020", "2"), ("SMQ020", "7"), ("SMQ020", "9")
_EVERY_DAY, _SOME_DAYS, _STOPPED = ("SMQ040", "1"), ("SMQ040", "2"), ("SMQ040", "3")
_SMOKING = {
    "table": "smoking",
    "from_years": 20,
    "refused": (_REFUSED, ("SMQ040", "7")),
    "unknown": (_UNKNOWN, ("SMQ040", "9")),
}
_COUNTED = {"refused": ("777",), "unknown": ("999",)}
_ABROAD = tuple((name, code) for name in ("DMDBORN", "DMDBORN2") for code in ("2", "3", "4", "5"))

CODED = {
    "smoking_status": Coded(
        values={"never": (_NEVER,), "current": (_EVERY_DAY, _SOME_DAYS), "former": (_STOPPED,)},
        **_SMOKING,
    ),
    "education": Coded(
        "demographics",
        {
            "basic": (("DMDEDUC2", "1"), ("DMDEDUC2", "2")),
            "upper_secondary": (("DMDEDUC2", "3"),),
            "tertiary_short": (("DMDEDUC2", "4"),),
            "tertiary_long": (("DMDEDUC2", "5"),),
        },
        refused=(("DMDEDUC2", "7"),),
        unknown=(("DMDEDUC2", "9"),),
        from_years=20,
    ),
    "marital_status": Coded(
        "demographics",
        {
            value: (("DMDMARTL", code),)
            for code, value in zip(
                "123456",
                ("married", "widowed", "divorced", "separated", "unmarried", "cohabiting"),
                strict=True,
            )
        },
        refused=(("DMDMARTL", "77"),),
        unknown=(("DMDMARTL", "99"),),
        from_years={1999: 14, 2001: 14, 2003: 14, 2005: 14, 2007: 20, 2009: 20},
    ),
    "born_in_country": Coded(
        "demographics",
        {"yes": (("DMDBORN", "1"), ("DMDBORN2", "1")), "no": _ABROAD},
        refused=(("DMDBORN", "7"), ("DMDBORN2", "7")),
        unknown=(("DMDBORN", "9"), ("DMDBORN2", "9")),
    ),
    "pregnant": Coded(
        "demographics",
        _yes_no("RIDEXPRG"),
        unknown=(("RIDEXPRG", "3"),),
        not_applicable=(("RIAGENDR", "1"),),
        from_years=None,
    ),
    "myocardial_infarction": _told("MCQ160E"),
    "angina": _told("MCQ160D"),
    "stroke": _told("MCQ160F"),
    "asthma": _told("MCQ010", from_years=1),
    "cancer": _told("MCQ220"),
    "family_heart_attack": Coded(
        "medical_conditions",
        {
            value: (("MCQ250G", code), ("MCQ300A", code))
            for value, code in (("yes", "1"), ("no", "2"))
        },
        refused=(("MCQ250G", "7"), ("MCQ300A", "7")),
        unknown=(("MCQ250G", "9"), ("MCQ300A", "9")),
        from_years=20,
    ),
}
"""Harmonised variable → what its codes are. Pregnancy is published for women of some ages."""

NUMBERS = {
    "cigarettes_per_day": Number(
        source="SMD070",
        special=_COUNTED,
        not_applicable=(_NEVER, _STOPPED),
        not_asked=(_SOME_DAYS,),
        cycles=(1999, 2001, 2003, 2005),
        **_SMOKING,
    ),
    "smoking_start_age_years": Number(
        "smoking",
        "SMD030",
        special=_COUNTED | {"not_applicable": ("0",)},
        not_applicable=(_NEVER,),
        refused=(_REFUSED,),
        unknown=(_UNKNOWN,),
        from_years=20,
    ),
    "height_cm": Number("body_measures", "BMXHT", from_months=24),
    "weight_kg": Number("body_measures", "BMXWT"),
    "waist_cm": Number("body_measures", "BMXWAIST", from_months=24),
    "arm_circumference_cm": Number("body_measures", "BMXARMC", from_months=2),
    "triceps_skinfold_mm": Number(
        "body_measures", "BMXTRI", from_months=2, out_of_range=(("BMITRI", "2"),)
    ),
    "bmi_kg_m2": Number("body_measures", "BMXBMI", tolerance=0.05, tells_reasons=False),
    "total_cholesterol_mmol_l": Number(
        "cholesterol",
        "LBDTCSI",
        from_months={1999: 36, 2001: 36, 2003: 36, 2005: 72, 2007: 72, 2009: 72},
    ),
    "hdl_cholesterol_mmol_l": Number(
        "cholesterol",
        {1999: "LBDHDLSI", 2001: "LBDHDLSI", 2003: "LBDHDDSI", 2005: "LBDHDDSI"},
        from_months={1999: 36, 2001: 36, 2003: 36, 2005: 72},
        cycles=(1999, 2001, 2003, 2005),
    ),
    "crp_mg_l": Number(
        "crp",
        "LBXCRP",
        factor=10,
        from_months={1999: 36, 2001: 36, 2003: 12, 2005: 12, 2007: 36, 2009: 36},
    ),
    "cotinine_ng_ml": Number("cotinine", "LBXCOT", from_months=36),
    "household_size": Number("demographics", "DMDHHSIZ"),
    "former_cigarettes_per_day": Number(
        source="SMD057",
        special=_COUNTED,
        not_applicable=(_NEVER, _EVERY_DAY, _SOME_DAYS),
        skipped="asked.quit_duration_unit_code in ('1', '2')"
        " or (asked.quit_duration_unit_code = '3' and asked.quit_duration < 12)",
        **_SMOKING
        | {
            "refused": (_REFUSED, ("SMQ040", "7"), ("SMQ050Q", "77777")),
            "unknown": (_UNKNOWN, ("SMQ040", "9"), ("SMQ050Q", "99999")),
        },
    ),
    "years_since_stopping": Number(
        source="SMQ050Q",
        special={"refused": ("77777",), "unknown": ("99999",)},
        tolerance=None,
        not_applicable=(_NEVER, _EVERY_DAY, _SOME_DAYS),
        **_SMOKING,
    ),
}
"""Harmonised variable → the numbers it is. Body mass index is worked out from height and weight."""

NO_CODEBOOK = {
    "diabetes": ("diabetes", "diabetes_code", {"1": "yes", "2": "no", "3": "no"}),
    "pulse_per_minute": ("blood_pressure", "pulse_per_minute", None),
}
"""Harmonised variable of 2003 and 2005 → table, column and codes; to be compared with the file."""

KNOWN_DIFFERENCES = {(2007, "total_cholesterol_mmol_l"): {"lowest": (1.14, 2.02)}}
"""(first year, variable) → what differs: (codebook, ours). As in the file, see `nhanes_known`."""
