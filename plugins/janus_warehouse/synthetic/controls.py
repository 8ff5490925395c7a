"""What laboratories put on each plate beside the bank's samples: a pooled serum and blanks."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from janus_warehouse.synthetic.streams import Bools, Ints, Stream

WELLS, OF_SAMPLES = 96, 88
"""Of a plate; the last eight wells hold controls."""
_CODES = ("POOL",) * 6 + ("BLANK",) * 2
"""Six values of a pool are enough for limits in its chart, even on one plate."""


@dataclass(frozen=True)
class Controls:
    """The controls of a run, plate by plate.

    Attributes:
        codes: What the laboratory calls each.
        plate: Plate of each, from 0.
        place: Well of each, row by row from 0.
        is_blank: Whether it holds nothing; the others hold the usual amount of everything.
    """

    codes: list[str]
    plate: Ints
    place: Ints
    is_blank: Bools

    @classmethod
    def beside(cls, samples: int) -> Self:
        """Return the controls on the plates that so many samples fill."""
        plates = -(-samples // OF_SAMPLES)
        return cls(
            codes=list(_CODES) * plates,
            plate=np.repeat(np.arange(plates), len(_CODES)),
            place=np.tile(np.arange(OF_SAMPLES, WELLS), plates),
            is_blank=np.tile(np.array(_CODES) == "BLANK", plates),
        )

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
        return np.where(self.is_blank[:, None], 0, usual * (900 + off) // 1000)
