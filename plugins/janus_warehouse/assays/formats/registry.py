"""All formats that are read, in the order in which a file is tried."""

from janus_warehouse.assays.formats import count_matrix, long_csv, luminex, olink
from janus_warehouse.assays.formats.format import Format

FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        olink.FORMAT,
        luminex.FORMAT,
        count_matrix.FORMAT,
        long_csv.FORMAT,  # last: its columns have the most general names
    )
}
