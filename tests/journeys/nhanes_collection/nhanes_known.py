"""What the NHANES files and their official codebooks are known to differ in."""

KNOWN_DIFFERENCES = {
    ("pfas_c", "LBDMPAHL"): {"code 0": (504, 562), "code 1": (1590, 1532)},
    ("pfas_c", "LBXMPAH"): {"lowest": (0.37, 0.3)},
    ("cholesterol_e", "LBXTC"): {"lowest": (44.0, 78.0)},
    ("cholesterol_e", "LBDTCSI"): {"lowest": (1.14, 2.02)},
    ("smoking_f", "SMD100TR"): {"missing": (6338, 6606), "in range": (1190, 922)},
    ("smoking_f", "SMD100NI"): {"missing": (6338, 6606), "in range": (1190, 922)},
    ("smoking_f", "SMD100CO"): {
        "missing": (6338, 6606),
        "in range": (1190, 922),
        "highest": (22.0, 19.0),
    },
}
"""(table, variable) → what differs: (codebook, file).

The codebook of PFAS 2003–2004 was revised in December 2022, when the detection limit of
2-(N-methyl-perfluorooctane sulfonamido) acetic acid was raised to 0.52 ug/L; our file is the
edition before. The 57 results of 0.5 and the one of 0.3 that counted as detected are below the
new limit, and the stand-in for "below" became 0.52 / sqrt(2) = 0.37 instead of 0.3.

Cholesterol 2007–2008: as many values and as many missing in both, the same highest, but another
lowest: one value at least was changed between the editions.

Smoking 2009–2010: tar, nicotine and carbon monoxide come from a list of brands, not from the
person. The codebook (revised in May 2015) has them for 268 packs more than the file.
"""

KNOWN_FAILING_ROWS = {("demographics_e", "age_agrees_with_months"): 1}
"""(table, rule) → how many rows of the published files fail one of our own rules.

One of 10,149 people of 2007–2008 has 12 months more than years: the two ages were taken around
a birthday.
"""
