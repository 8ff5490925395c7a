"""Facts of the codebooks of NHANES: units, limits of detection, and numbers that stand for them."""

from collections.abc import Mapping

_PFAS = ("PFOA", "PFOS", "PFHS", "EPAH", "MPAH", "PFDE", "PFBS", "PFHP", "PFNA", "PFSA", "PFUA",
         "PFDO")  # fmt: skip


def _limits(lead: str, *limits: float) -> dict[str, float]:
    return {f"{lead}{name}": limit for name, limit in zip(_PFAS, limits, strict=False)}


_COTININE = {"LBXCOT": 0.015}
LIMITS: Mapping[str, Mapping[str, float]] = {
    "L24PFC_C": _limits("LBX", 0.1, 0.4, 0.3, 0.4, 0.52, 0.3, 0.4, 0.3, 0.1, 0.2, 0.3, 1),
    "PFC_D": _limits("LBX", 0.1, 0.2, 0.1, 0.2, 0.2, 0.2, 0.1, 0.4, 0.1, 0.1, 0.2, 0.2),
    "PFC_E": _limits("LBX", 0.1, 0.2, 0.1, 0.2, 0.2, 0.2, 0.1, 0.4, 0.082, 0.1, 0.2, 0.2),
    "PFC_F": _limits("LBX", 0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.082, 0.1, 0.1, 0.1),
    "SSPFC_A": {
        "SEPAH": 0.2, "SMPAH": 0.17, "SPFDE": 0.2, "SPFDO": 0.2, "SPFHP": 0.4, "SPFHS": 0.1,
        "SPFNA": 0.1, "SPFOA": 0.1, "SPFOS": 0.2, "SPFSA": 0.05, "SPFUA": 0.2,
    },
    "L06COT_C": _COTININE,
    "COT_D": _COTININE,
}  # fmt: skip
"""Table → column → limit of detection, where it is one for the whole table. The organochlorines
have one for each serum, which the tables do not give."""

FILL_VALUES: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "L06COT_C": {"LBXCOT": (0.011,)},
    "COT_D": {"LBXCOT": (0.011,)},
    "L11_C": {"LBXCRP": (0.01,), "LBXPT21": (6,)},
    "CRP_D": {"LBXCRP": (0.01,)},
    "L11PSA_C": {"LBXP1": (0.1,), "LBXP2": (0.04,)},
    "PSA_D": {"LBXP1": (0.07,), "LBXP2": (0.04,)},
}
"""Table → column → numbers that the codebook names as `below the limit of detection`. Only where
it does: in other tables without a comment nobody can tell."""

UNITS: Mapping[str, str] = {
    "LBXCRP": "mg/dL", "LBXFB": "mg/dL", "LBDFBSI": "g/L", "LBXBAP": "ug/L", "LBDBAP": "ug/L",
    "LBXPT21": "pg/mL", "LBXHP1": "{ISR}", "URXNT": "nmol{BCE}", "URDNT": "nmol{BCE}",
    "LBXP1": "ng/mL", "LBXP2": "ng/mL", "LBXPS4": "ng/mL", "LBDP3": "%",
    "LBXCOT": "ng/mL", "LBDCOTSI": "nmol/L", "URXUCR": "mg/dL",
    "LBXBPB": "ug/dL", "LBDBPBSI": "umol/L", "LBXBCD": "ug/L", "LBDBCDSI": "nmol/L",
    "LBXEPP": "ug/dL{RBC}", "LBDEPPSI": "umol/L{RBC}", "LBXIRN": "ug/dL", "LBDIRNSI": "umol/L",
    "LBXTIB": "ug/dL", "LBDTIBSI": "umol/L", "LBXPCT": "%", "LBXFER": "ng/mL",
    "LBDFERSI": "ug/L", "LBXFOL": "ng/mL", "LBDFOLSI": "nmol/L", "LBXB12": "pg/mL",
    "LBDB12SI": "pmol/L", "LBXHCY": "umol/L", "LBDHCY": "umol/L", "LBXMMA": "umol/L",
    "LBXTHG": "ug/L", "LBDTHGSI": "umol/L", "LBXIHG": "ug/L", "LBDIHGSI": "umol/L",
    "LBXRBF": "ng/mL{RBC}", "LBDRBFSI": "nmol/L{RBC}", "LBXSEL": "ng/mL", "LBDSELSI": "nmol/L",
    "LBXGTC": "ug/dL", "LBDGTCSI": "umol/L", "LBXRPL": "ug/dL", "LBDRPLSI": "umol/L",
    "LBXRST": "ug/dL", "LBDRSTSI": "umol/L", "LBXVIA": "ug/dL", "LBDVIASI": "umol/L",
    "LBXVIE": "ug/dL", "LBDVIESI": "umol/L", "URXUHG": "ng/mL",
}  # fmt: skip
"""Column of a single analysis → its unit."""
