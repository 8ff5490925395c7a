"""What the NHANES files and their official codebooks are known to differ in."""

KNOWN_DIFFERENCES = {
    ("pfas_c", "LBDMPAHL"): {"code 0": (504, 562), "code 1": (1590, 1532)},
    ("pfas_c", "LBXMPAH"): {"lowest": (0.37, 0.3)},
}
"""(table, variable) → what differs: (codebook, file).

The codebook of PFAS 2003–2004 was revised in December 2022, when the detection limit of
2-(N-methyl-perfluorooctane sulfonamido) acetic acid was raised to 0.52 ug/L; our file is the
edition before. The 57 results of 0.5 and the one of 0.3 that counted as detected are below the
new limit, and the stand-in for "below" became 0.52 / sqrt(2) = 0.37 instead of 0.3.
"""
