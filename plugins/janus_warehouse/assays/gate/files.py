"""Rules about the files of a package: whole, and not against each other."""

from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.findings import Finding, counted, listed
from janus_warehouse.assays.gate.landed import PLACE, Landed

_CELL = ("sample_code", "replicate", "panel", "analyte_code")
_LIMITS = ("lod", "lloq", "uloq", "unit")


def judge_files(landed: Landed) -> Iterator[Finding]:
    """Yield what is found about the files of a return that has results."""
    files = landed.samples["native_file"].unique()
    if len(files) > 1:
        yield _cells(landed)
        yield _limits(landed)
    else:
        yield Finding("gate.files_agree_on_cells", 0, 0)
        yield Finding("gate.files_agree_on_limits", 0, 0)
    yield from _ends(landed)


def _cells(landed: Landed) -> Finding:
    twice = (
        landed.measured.group_by(_CELL)
        .agg(
            files=pl.col("native_file").unique(),
            is_different=pl.struct("value", "value_text", "status_code").n_unique() > 1,
        )
        .filter(pl.col("files").list.len() > 1, pl.col("is_different"))
        .collect()
    )
    files = twice["files"].explode().unique().drop_nulls().sort()
    samples = twice["sample_code"].unique().sort()
    told = (
        f"{counted(twice.height, 'result')} of {counted(len(samples), 'sample')} "
        f"({listed(samples)}) differ between {' and '.join(files)}."
    )
    seen = landed.measured.select(pl.len()).collect().item()
    return Finding("gate.files_agree_on_cells", seen, twice.height, told)


def _limits(landed: Landed) -> Finding:
    assert landed.results is not None
    key = [*PLACE, "panel", "analyte_code"]
    stated = (
        landed.results.group_by(*key, "native_file")
        .agg(pl.col(_LIMITS).drop_nulls().first())
        .group_by(key)
        .agg(
            pl.col("native_file").unique().alias("files"),
            *(pl.col(name).drop_nulls().n_unique().alias(name) for name in _LIMITS),
        )
        .filter(pl.col("files").list.len() > 1)
        .collect()
    )
    against = stated.filter(pl.any_horizontal(pl.col(name) > 1 for name in _LIMITS))
    files = against["files"].explode().unique().drop_nulls().sort()
    which = [name for name in _LIMITS if len(against) and (against[name] > 1).any()]
    names = against["analyte_code"].unique().sort()
    told = f"{' and '.join(files)} state different {', '.join(which)} for {listed(names)}."
    analytes = landed.analytes["analyte_code"].n_unique()
    return Finding("gate.files_agree_on_limits", analytes, len(names), told)


def _ends(landed: Landed) -> Iterator[Finding]:
    """Yield which files break off, and which samples lack analytes elsewhere.

    The analytes of a file are those of most of its samples. A file that lists sample by sample
    and was cut short ends with a sample that has the first of them and lacks the last; one that
    lists analyte by analyte ends with an analyte that lacks samples.
    """
    analyte = pl.struct("panel", "analyte_code")
    sample = pl.struct("sample_code", "replicate", "plate_id", "well")
    cells = landed.measured.select("native_file", "line", analyte=analyte, sample=sample)
    samples = _short(cells, "sample", "analyte")
    analytes = _short(cells, "analyte", "sample").filter("is_block")
    at_end = pl.col("last") == pl.col("end")
    broken = [
        f"{row['native_file']} ends with line {row['last']:,}, after {row['n']} of {row['usual']} "
        f"analytes of sample {row['sample']['sample_code']}"
        for row in samples.filter(at_end, "is_block").iter_rows(named=True)
    ] + [
        f"{row['native_file']} ends with line {row['last']:,}, after {row['n']} of {row['usual']} "
        f"samples of analyte {row['analyte']['analyte_code']}"
        for row in analytes.filter(at_end).iter_rows(named=True)
    ]
    files = landed.samples["native_file"].n_unique()
    yield Finding("gate.sheets_whole", files, len(broken), f"{'; '.join(broken)}.")
    rest = samples.filter(~(at_end & pl.col("is_block")))
    codes = rest["sample"].struct.field("sample_code").unique().sort()
    yield Finding(
        "gate.cells_complete", landed.of_bank.height, rest.height,
        f"{counted(rest.height, 'sample')} without a line for some analytes: {listed(codes)}.",
    )  # fmt: skip


def _short(cells: pl.LazyFrame, of: str, lacking: str) -> pl.DataFrame:
    """Return samples with fewer analytes than most of their file have, or analytes likewise.

    `is_block` tells that its lines follow one another and do not end as whole ones do, so that the
    file may end within them.
    """
    return (
        cells.group_by("native_file", of)
        .agg(
            n=pl.col(lacking).n_unique(), last=pl.col("line").max(), first=pl.col("line").min(),
            lines=pl.len(), ending=pl.col(lacking).sort_by("line").last(),
        )
        .with_columns(
            usual=pl.col("n").mode().max().over("native_file"),
            end=pl.col("last").max().over("native_file"),
        )
        .with_columns(
            is_block=(pl.col("last") - pl.col("first") + 1 == pl.col("lines"))
            & (pl.col("ending") != pl.col("ending").filter(pl.col("n") == pl.col("usual")).first())
            .over("native_file"),
        )
        .filter(pl.col("n") < pl.col("usual"))
        .sort("native_file", "last")
        .collect()
    )  # fmt: skip
