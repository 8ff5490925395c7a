"""How much there is of everything at a scale: the bank's published totals, times the scale.

Source:
    Langseth et al., Norsk Epidemiologi 2022;30(1-2), doi:10.5324/nje.v30i1-2.4983, and the
    bank's web pages: donors, tubes, cases of two linkages, the ranking of sites by sex.
    NCI's page of 2009 on the number of draws. The rest is plausible, not published.
"""

from dataclasses import dataclass
from typing import Self

from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.streams import shares

SMALLEST_SCALE, LARGEST_SCALE = 0.0004, 10

ENTRY_SHARES = {
    "oslo_1972": 44, "counties_1974": 195, "counties_1985": 85,
    "age40_1990": 510, "hubro_2000": 45, "red_cross": 121,
}  # fmt: skip
"""Donors per thousand by the survey or programme that they first gave blood in."""

CASES_BY_SITE = {
    "1": {
        "prostate": 17948, "lung": 6612, "colon": 5905, "bladder": 4412, "melanoma": 3105,
        "rectum": 2980, "skin": 2950, "kidney": 2550, "lymphoma": 2500, "leukaemia": 2350,
        "stomach": 2000, "brain": 1850, "pancreas": 1950, "myeloma": 1300, "mouth": 1250,
        "testis": 1150, "unknown": 1500, "liver": 740, "oesophagus": 620, "larynx": 560,
        "soft_tissue": 250, "thyroid": 237,
    },
    "2": {
        "breast": 11962, "lung": 4905, "colon": 4884, "corpus": 2913, "melanoma": 2802,
        "unknown": 2600, "skin": 2450, "rectum": 2020, "ovary": 2130, "brain": 2000,
        "lymphoma": 2100, "pancreas": 1700, "leukaemia": 1700, "cervix": 1500, "bladder": 1450,
        "kidney": 1300, "thyroid": 1050, "stomach": 900, "myeloma": 900, "mouth": 620,
        "liver": 420, "vulva": 420, "gallbladder": 380, "soft_tissue": 330, "oesophagus": 250,
    },
}  # fmt: skip
"""Tumours by sex code and site in the linkage of 2022, the whole bank."""


@dataclass(frozen=True)
class Plan:
    """The number of each thing. At scale 1 the published totals come out exactly."""

    scale: float
    donors: int
    draws: int
    tubes: int
    cases_2020: int
    cases_2022: int
    retracted: int
    registered_twice: int
    farmers: int
    toxicology_samples: int
    refused_toxicology_samples: int
    serology_samples: int
    rna_samples: int
    rna_analytes: int

    @classmethod
    def at(cls, scale: float) -> Self:
        """Return the plan of a scale.

        Raises:
            InvalidPlanError: A scale that gives next to no donors, or more than ten banks.
        """
        if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
            raise InvalidPlanError(
                f"expected a scale from {SMALLEST_SCALE} to {LARGEST_SCALE}, found {scale}; "
                "1 is the whole bank"
            )

        def part(whole: int, least: int = 0) -> int:
            return max(round(whole * scale), least)

        return cls(
            scale=scale,
            donors=part(318_628),
            draws=part(454_770),
            tubes=part(770_000),
            cases_2020=part(107_366),
            cases_2022=part(118_405),
            retracted=part(214, 1),
            registered_twice=part(24, 1),
            farmers=part(40_000),
            toxicology_samples=part(3_000, 12),
            refused_toxicology_samples=part(240, 6),
            serology_samples=part(1_500, 12),
            rna_samples=part(2_304, 8),
            rna_analytes=300,
        )

    @property
    def kept(self) -> int:
        """Tumours that both linkages know."""
        return self.cases_2020 - self.retracted

    def entries(self) -> dict[str, int]:
        """Return the donors by the survey or programme that they came through."""
        counts = shares(self.donors, list(ENTRY_SHARES.values()))
        return dict(zip(ENTRY_SHARES, counts, strict=True))

    def cases_by_site(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Return (kept, new in 2022, retracted) tumours by sex code and site."""
        keys = [(sex, site) for sex, sites in CASES_BY_SITE.items() for site in sites]
        weights = [CASES_BY_SITE[sex][site] for sex, site in keys]
        final = shares(self.cases_2022, weights)
        kept = shares(self.kept, final)
        retracted = shares(self.retracted, weights)
        rows = zip(keys, final, kept, retracted, strict=True)
        return {key: (k, f - k, r) for key, f, k, r in rows}
