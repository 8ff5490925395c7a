"""A checksum of values that does not depend on the order of rows or on the format of the file."""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from janus_warehouse.assays.tables import AssayFile

_Words = npt.NDArray[np.uint64]
_SEEDS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_STEPS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_NO_VALUE = np.uint64(0x7FF8000000000001)


class ValueChecksum:
    """Adds up cells; equal for the same cells in any order, in any layout.

    A cell counts with its sample's code and replicate, its analyte's panel and code, the bits of
    its number and its status.

    Source:
        The mixing steps are those of SplitMix64 (Steele, Lea & Flood 2014).
    """

    def __init__(self, samples: pa.Table, analytes: pa.Table) -> None:
        self._samples = _hashed(
            f"{code}|{replicate}"
            for code, replicate in zip(
                samples["sample_code"].to_pylist(), samples["replicate"].to_pylist(), strict=True
            )
        )
        self._analytes = _hashed(
            f"{panel or ''}|{code}"
            for panel, code in zip(
                analytes["panel"].to_pylist(), analytes["analyte_code"].to_pylist(), strict=True
            )
        )
        self._sums = [0, 0]

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the cells of a batch as `VALUES`."""
        cells = pl.DataFrame(pl.from_arrow(batch.select(["value", "status"])))
        # Minus zero is zero.
        values = cells["value"].fill_null(np.nan).to_numpy() + 0.0
        bits = np.where(np.isnan(values), _NO_VALUE, values.view(np.uint64))
        key = _mix(self._samples[batch["sample_row"].to_numpy()], _SEEDS[0])
        key = _mix(key ^ self._analytes[batch["analyte_row"].to_numpy()], _SEEDS[0])
        key = _mix(key ^ bits, _SEEDS[0])
        key = _mix(key ^ self._of_status(cells["status"]), _SEEDS[0])
        for at, seed in enumerate(_SEEDS):
            total = int(_mix(key, seed).sum(dtype=np.uint64))
            self._sums[at] = (self._sums[at] + total) % 2**64

    def hexdigest(self) -> str:
        """Return the checksum as 32 hexadecimal digits."""
        return "".join(f"{part:016x}" for part in self._sums)

    def _of_status(self, statuses: pl.Series) -> _Words:
        words = statuses.unique().to_list()
        hashes = dict(zip(words, _hashed(map(str, words)).tolist(), strict=True))
        return statuses.replace_strict(hashes, return_dtype=pl.UInt64).to_numpy()


def checksum_of(file: AssayFile) -> str:
    """Return the checksum of a file's values, which are read by this."""
    checksum = ValueChecksum(file.samples, file.analytes)
    for batch in file.values:
        checksum.add(batch)
    return checksum.hexdigest()


def _hashed(texts: Iterable[str] | Sequence[str]) -> _Words:
    digests = [hashlib.blake2b(t.encode(), digest_size=8).digest() for t in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _mix(words: _Words, seed: np.uint64) -> _Words:
    mixed = words + seed
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _STEPS[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _STEPS[1]
    return mixed ^ (mixed >> np.uint64(31))
