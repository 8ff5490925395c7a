"""What tumours of each site look like: age, place, histology, lethality."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """One site group of the generator.

    Attributes:
        topography: ICD-O-3 site, three characters.
        subsites: Fourth digits that occur.
        morphologies: ICD-O-3 morphology and its weight.
        cause: ICD-10 cause of death.
        icd7: Code of the time before 1993.
        ages: (first age, age from which the risk no longer rises).
        fatal_pct: Percent of patients who die of it.
        paired: Whether it is a paired organ.
        is_blood: Whether it is a lymphoma, myeloma or leukaemia.
        not_malignant_pct: Percent that are not malignant; `other_behaviour` is theirs, and
            `other_morphology` where their histology differs.
        whole: Topography of the site without a subsite.
        by_smoking: Risk of those who never smoked, did formerly, smoke daily; 100 the highest.
    """

    topography: str
    subsites: str
    morphologies: tuple[tuple[str, int], ...]
    cause: str
    icd7: str
    ages: tuple[int, int]
    fatal_pct: int
    paired: bool = False
    is_blood: bool = False
    not_malignant_pct: int = 0
    other_behaviour: str = "2"
    other_morphology: str | None = None
    by_smoking: tuple[int, int, int] = (100, 100, 100)

    @property
    def whole(self) -> str:
        return _WITHOUT_SUBSITE.get(self.topography, self.topography + "9")


# The fourth digit of a site that is not told closer, where it is not 9.
_WITHOUT_SUBSITE = {"C22": "C220", "C42": "C424"}
_ADENO = (("8140", 80), ("8480", 10), ("8010", 10))
_SQUAMOUS = (("8070", 75), ("8071", 15), ("8010", 10))

SITES = {
    "prostate": Site("C61", "9", (("8140", 96), ("8550", 4)), "C61", "177", (47, 74), 22),
    "breast": Site("C50", "1234589", (("8500", 80), ("8520", 14), ("8480", 6)), "C509", "170",
                   (28, 62), 22, paired=True),
    "lung": Site("C34", "12389", (("8140", 45), ("8070", 25), ("8041", 18), ("8012", 12)),
                 "C349", "162", (40, 76), 78, paired=True, by_smoking=(8, 45, 100)),
    "colon": Site("C18", "024679", _ADENO, "C189", "153", (35, 80), 42),
    "rectum": Site("C20", "9", _ADENO, "C20", "154", (36, 78), 38),
    "corpus": Site("C54", "19", (("8380", 85), ("8480", 10), ("8140", 5)), "C541", "172",
                   (38, 68), 18),
    "melanoma": Site("C44", "34567", (("8720", 55), ("8743", 35), ("8721", 10)), "C439", "190",
                     (25, 72), 18),
    "skin": Site("C44", "234", _SQUAMOUS, "C449", "191", (45, 85), 3),
    "bladder": Site("C67", "0249", (("8120", 60), ("8130", 40)), "C679", "181", (42, 80), 25,
                    not_malignant_pct=12, by_smoking=(40, 70, 100)),
    "kidney": Site("C64", "9", (("8310", 65), ("8312", 25), ("8260", 10)), "C64", "180",
                   (35, 72), 36, paired=True),
    "lymphoma": Site("C77", "01589", (("9680", 50), ("9690", 28), ("9591", 22)), "C859", "200",
                     (28, 76), 36, is_blood=True),
    "leukaemia": Site("C42", "1", (("9823", 45), ("9861", 30), ("9863", 25)), "C911", "204",
                      (32, 80), 50, is_blood=True),
    "myeloma": Site("C42", "1", (("9732", 100),), "C900", "203", (40, 78), 62, is_blood=True),
    "stomach": Site("C16", "0239", _ADENO, "C169", "151", (38, 80), 72),
    "pancreas": Site("C25", "0129", _ADENO, "C259", "157", (40, 78), 92),
    "brain": Site("C71", "12349", (("9440", 60), ("9400", 20), ("9450", 20)), "C719", "193",
                  (26, 70), 60, not_malignant_pct=20, other_behaviour="0",
                  other_morphology="9413"),
    "mouth": Site("C06", "09", _SQUAMOUS, "C069", "144", (35, 72), 36,
                  by_smoking=(40, 60, 100)),
    "testis": Site("C62", "19", (("9061", 60), ("9070", 25), ("9080", 15)), "C629", "178",
                   (22, 30), 4, paired=True),
    "liver": Site("C22", "0", (("8170", 80), ("8140", 20)), "C220", "155", (40, 78), 88),
    "oesophagus": Site("C15", "459", _SQUAMOUS, "C159", "150", (40, 76), 84),
    "larynx": Site("C32", "019", _SQUAMOUS, "C329", "161", (40, 70), 30,
                   by_smoking=(10, 40, 100)),
    "soft_tissue": Site("C49", "12349", (("8800", 40), ("8850", 30), ("8890", 30)), "C499",
                        "197", (28, 72), 42, paired=True),
    "thyroid": Site("C73", "9", (("8260", 70), ("8330", 30)), "C73", "194", (25, 55), 8),
    "ovary": Site("C56", "9", (("8441", 60), ("8380", 20), ("8480", 20)), "C56", "175",
                  (30, 70), 60, paired=True),
    "cervix": Site("C53", "019", _SQUAMOUS, "C539", "171", (25, 42), 28),
    "vulva": Site("C51", "09", _SQUAMOUS, "C519", "176", (45, 82), 30),
    "gallbladder": Site("C23", "9", _ADENO, "C23", "155", (42, 80), 80),
    "unknown": Site("C80", "9", (("8010", 60), ("8140", 40)), "C80", "199", (40, 82), 88),
}  # fmt: skip
