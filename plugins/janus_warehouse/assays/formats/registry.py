"""All formats that are read, in the order in which a file is tried."""

from janus_warehouse.assays.formats import (
    biocrates,
    concentrations,
    count_matrix,
    long_csv,
    luminex,
    metabolon,
    nhanes_lab,
    nightingale,
    olink,
    somascan,
)
from janus_warehouse.assays.formats.format import Format

FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        olink.FORMAT,
        somascan.FORMAT,
        nightingale.FORMAT,
        metabolon.FORMAT,
        biocrates.FORMAT,
        luminex.FORMAT,
        nhanes_lab.FORMAT,
        count_matrix.FORMAT,
        long_csv.FORMAT,  # late: its columns have general names
        concentrations.FORMAT,  # last: it is known by little
    )
}
