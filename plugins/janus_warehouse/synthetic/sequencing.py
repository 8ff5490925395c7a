"""What the sequencing laboratory returned: counts of small RNAs, one matrix for each class."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.controls import Controls
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.labs import measured, places, plates, samples_by_analytes, spread
from janus_warehouse.synthetic.people import day
from janus_warehouse.synthetic.returns import LabReturn, as_csv
from janus_warehouse.synthetic.shipments import study_codes
from janus_warehouse.synthetic.streams import Ints, Stream
from janus_warehouse.synthetic.world import World
from janus_warehouse.synthetic.writing import stored_gzip

_CLASSES = {
    "miRNA": ("miR", 150), "piRNA": ("piR", 40), "tRF": ("tRF", 60), "snoRNA": ("snoR", 30),
    "YRNA": ("Y", 20),
}  # fmt: skip
"""File of a class → how its RNAs are called, and how many there are."""
_FORM = {
    "project": "small-rna-early-detection", "approval": "REK 2016/1290",
    "laboratory": "sequencing_lab", "platform": "small_rna_sequencing",
    "platform_version": "HiSeq 2500", "method": "Reads of 17 to 47 nucleotides",
    "format": "count_matrix",
}  # fmt: skip
_NEVER_SENT = "S0000UNKN"
_ENOUGH_SAMPLES = 334
"""With fewer, one sample that was never sent could be more than its rule's tolerance."""


def small_rna(world: World) -> LabReturn:
    """Return the count matrices, with columns of controls.

    Larger returns have a column of a code that was never sent.
    """
    rows, stream = world.shipments.of("rna"), world.stream("small rna")
    codes = study_codes(world.shipments.code_number[rows])
    names = [f"{kind}-{n + 1:04d}" for kind, size in _CLASSES.values() for n in range(size)]
    usual = spread(stream, np.full(len(names), 260))
    usual = usual * spread(stream, np.full(len(names), 8)) // 8 + 1
    sample, analyte = samples_by_analytes(len(codes), len(names))
    amount = measured(stream, world.shipments.person[rows], usual, sample, analyte)
    depth = 60 + stream.below(len(codes), 90)
    counts = (amount * depth[sample] // 100).reshape(len(codes), len(names))
    strangers = [_NEVER_SENT] if len(codes) >= _ENOUGH_SAMPLES else []
    counts = np.vstack([counts, *([usual[None]] if strangers else [])])
    controls = Controls.beside(len(codes))
    counts = np.vstack([counts, _of_controls(controls, world.stream("small rna controls"), usual)])
    known = [*codes, *controls.numbered()]
    columns = dict(zip([*codes, *strangers, *controls.numbered()], counts, strict=True))
    whole = pl.DataFrame({"ID": names, **columns})
    return LabReturn(
        form=_FORM,
        files={**_matrices(whole), "samples.csv": as_csv(_sheet(codes, controls), ",")},
        planted=_planted(len(known), len(names), len(strangers)),
    )


def _of_controls(controls: Controls, stream: Stream, usual: Ints) -> Ints:
    """Return the counts of controls by RNAs; a blank has the odd read that got astray."""
    amount = controls.measured(stream, usual)
    depth = 60 + stream.below(len(controls.codes), 90)
    astray = stream.below(amount.size, 3).reshape(amount.shape)
    return np.where(controls.is_blank[:, None], astray, amount * depth[:, None] // 100)


def _matrices(whole: pl.DataFrame) -> dict[str, bytes]:
    """Return the file of each class of RNA."""
    files, first = {}, 0
    for name, (_, size) in _CLASSES.items():
        text = as_csv(whole.slice(first, size), "\t")
        files[f"{name}.tsv.gz"] = b"".join(stored_gzip([text]))
        first += size
    return files


def _sheet(codes: list[str], controls: Controls) -> pl.DataFrame:
    """Return what the laboratory tells of its libraries: where and when they were run."""
    first_run, form = day(2017, 9, 4), "yyyy-MM-dd"
    samples = pl.DataFrame({
        "sample_code": codes,
        **plates(np.arange(len(codes)), first_run, form),
        "volume_used_ul": texts.whole(np.full(len(codes), 200)),
        "thaws_after": texts.whole(np.ones(len(codes), dtype=np.int64)),
    })  # fmt: skip
    beside = pl.DataFrame({
        "sample_code": controls.numbered(),
        **places(controls.plate, controls.place, first_run, form),
    })  # fmt: skip
    return pl.concat([samples, beside], how="diagonal")


def _planted(samples: int, analytes: int, strangers: int) -> dict[str, Planted]:
    # A sample stands in the file of every class.
    rows = strangers * len(_CLASSES)
    of_codes = {"study_code_was_issued": rows, "study_code_is_of_the_project": rows}
    of_samples = Planted(rows=(samples + strangers) * len(_CLASSES), quarantined=rows)
    of_samples.by_rule.update({rule: n for rule, n in of_codes.items() if n})
    cells = Planted(rows=(samples + strangers) * analytes, quarantined=strangers * analytes)
    whole = Planted(rows=0)
    if strangers:
        cells.by_rule["sample_enters"] = strangers * analytes
        whole.by_rule["gate.codes_issued"] = rows
    return {
        "analytes": Planted(rows=analytes), "matrix": cells, "samples": of_samples,
        "return": whole,
    }  # fmt: skip
