"""Random numbers that are the same on every machine and with every release of NumPy.

NumPy promises the raw words of a bit generator for ever, but not what its distributions make
of them. So only raw words are taken, and everything else is integer arithmetic on them.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BELL_MEAN = 4 * 65535 / 2
_BELL_SD = 37837.22
"""Standard deviation of the sum of four whole numbers drawn evenly from 0 to 65535."""


class Stream:
    """Random draws that depend on the seed and the stream's name, and on nothing else.

    Args:
        seed: The user's seed, zero or above.
        name: What the draws are for; another name gives independent draws.
    """

    def __init__(self, seed: int, name: str) -> None:
        entropy = np.random.SeedSequence([seed, zlib.crc32(name.encode())])
        self._bits = np.random.PCG64(entropy)

    def words(self, count: int) -> npt.NDArray[np.uint64]:
        """Return `count` words of 64 even bits."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64)

    def below(self, count: int, limit: int | npt.NDArray[Any]) -> Ints:
        """Return whole numbers from 0 to `limit` - 1; `limit` may be one per draw, below 2**31."""
        words = self.words(count) >> np.uint64(32)
        return ((words * np.asarray(limit, dtype=np.uint64)) >> np.uint64(32)).astype(np.int64)

    def between(self, count: int, low: int, high: int) -> Ints:
        """Return whole numbers from `low` to `high`, both included."""
        return low + self.below(count, high - low + 1)

    def chance(self, count: int, share: float) -> Bools:
        """Return true for about a `share` of the draws."""
        return self.below(count, 1_000_000) < round(share * 1_000_000)

    def pick(self, count: int, weights: Sequence[int]) -> Ints:
        """Return positions in `weights`, each about as often as its whole-number weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(count, int(edges[-1])), side="right")

    def bell(self, count: int) -> Floats:
        """Return roughly normal numbers of mean 0 and deviation 1, never beyond 3.5."""
        halves = self.words(count).view(np.uint16).reshape(count, 4)
        return (halves.sum(axis=1, dtype=np.int64) - _BELL_MEAN) / _BELL_SD

    def whole_bell(self, count: int, mean: float | npt.NDArray[Any], deviation: float) -> Ints:
        """Return roughly normal whole numbers."""
        return np.rint(mean + deviation * self.bell(count)).astype(np.int64)

    def order(self, count: int) -> Ints:
        """Return the positions 0 to `count` - 1 in random order."""
        return np.argsort(self.words(count), kind="stable")

    def sample(self, population: int, count: int) -> Ints:
        """Return `count` different positions below `population`, in random order."""
        return self.order(population)[:count]


def shares(total: int, weights: Sequence[int] | npt.NDArray[Any]) -> list[int]:
    """Return whole numbers in proportion to `weights` that add up to `total` exactly.

    The largest remainders get what rounding down has left; ties go to the earlier place.
    """
    whole = sum(int(weight) for weight in weights)
    exact = [(total * int(weight)) // whole for weight in weights]
    rest = [(total * int(weight)) % whole for weight in weights]
    by_rest = sorted(range(len(rest)), key=lambda place: (-rest[place], place))
    for place in by_rest[: total - sum(exact)]:
        exact[place] += 1
    return exact
