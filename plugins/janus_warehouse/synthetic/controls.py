"""What laboratories put on each plate beside the bank's samples: two pooled sera and blanks."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from janus_warehouse.synthetic.streams import Bools, Ints, Stream

WELLS, OF_SAMPLES = 96, 88
"""Of a plate; the last eight wells hold controls."""
_CODES = ("POOL 1", "POOL 1", "POOL 1", "POOL 2", "POOL 2", "POOL 2", "BLANK", "BLANK")
_TIMES = (1, 1, 1, 3, 3, 3, 0, 0)
"""How much of everything each well has: of the usual amount, three times it, nothing."""


@dataclass(frozen=True)
class Controls:
    """The controls of a run, plate by plate.

    Attributes:
        codes: What the laboratory calls each.
        plate: Plate of each, from 0.
        place: Well of each, row by row from 0.
        times: How much of the usual amount each holds; 0 is a blank.
    """

    codes: list[str]
    plate: Ints
    place: Ints
    times: Ints

    @classmethod
    def beside(cls, samples: int) -> Self:
        """Return the controls on the plates that so many samples fill."""
        plates = -(-samples // OF_SAMPLES)
        return cls(
            codes=list(_CODES) * plates,
            plate=np.repeat(np.arange(plates), len(_CODES)),
            place=np.tile(np.arange(OF_SAMPLES, WELLS), plates),
            times=np.tile(np.array(_TIMES), plates),
        )

    @property
    def is_blank(self) -> Bools:
        return self.times == 0

    def numbered(self) -> list[str]:
        """Return codes that differ, as programs number the columns of one name: A, A.1, A.2."""
        seen: dict[str, int] = {}
        made = []
        for code in self.codes:
            number = seen.setdefault(code, 0)
            seen[code] += 1
            made.append(f"{code}.{number}" if number else code)
        return made

    def measured(self, stream: Stream, usual: Ints) -> Ints:
        """Return amounts of controls by analytes, about 4 percent off; those of blanks are 0.

        Args:
            stream: Of chances.
            usual: The usual amount of each analyte.
        """
        shape = (len(self.codes), len(usual))
        off = sum(stream.below(shape[0] * shape[1], 101).reshape(shape) for _ in range(2))
        return self.times[:, None] * usual[None] * (900 + off) // 1000
