"""The rules of the contract `matrix`, counted over blocks of cells instead of rows in SQL.

A block's verdict has one bit for each rule that a cell breaks. The counts of the check, the
cells that enter and the reasons in the quarantine all come from the same verdict.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.stage import DETECTED, MISSING, UNSEEN
from janus_warehouse.assays.platforms import COUNTING, platform_limits
from janus_warehouse.assays.tables import NO_NUMBER
from janus_warehouse.contracts import Contract
from janus_warehouse.errors import WarehouseError

RULES = (
    "key.unique", "sample_enters", "analyte_enters", "analyte_varies", "sample_varies",
    "value_is_not_negative", "value_is_whole", "status_fits_the_value", "value_in_limits",
)  # fmt: skip
"""In the order of their bits."""
Verdict = npt.NDArray[np.uint16]
BIT = {rule: np.uint16(1 << place) for place, rule in enumerate(RULES)}
OF_THE_ARROW_TABLES = ("type", "encoding")
"""Kinds of rules that cannot fail here: readers give typed columns, and the texts are those of
the tables `samples` and `analytes`, whose own rules look at them and keep cells out by
`sample_enters` and `analyte_enters`."""


def require_known_rules(contract: Contract) -> None:
    """Raise when the contract has a rule that nobody here counts.

    Raises:
        WarehouseError: A check that does not run is a failure.
    """
    unknown = [
        rule.rule_id
        for rule in contract.rules
        if rule.rule_id not in BIT and rule.kind not in OF_THE_ARROW_TABLES
    ]
    if unknown:
        raise WarehouseError(
            f"{contract.contract_id}: rule {unknown[0]} is not counted in the lake; write it in "
            "assays/lake/rules.py or take it out of the contract"
        )


def verdict(
    bounds: tuple[int, int],
    numbers: npt.NDArray[Any],
    statuses: npt.NDArray[np.uint8],
    platform: str,
    flags: "Flags",
) -> Verdict | None:
    """Return the broken rules of each cell of a block as bits, or None if no rule is broken."""
    of_rows = flags.of_analytes[slice(*bounds)]
    found = np.zeros(numbers.shape, np.uint16)
    broken = _judge_numbers(numbers, statuses, platform, found)
    if of_rows.any() or flags.of_samples.any():
        found |= of_rows[:, None] | flags.of_samples[None, :]
        broken = True
    if not broken:
        return None
    found[statuses == UNSEEN] = 0
    return found


@dataclass(frozen=True)
class Flags:
    """Broken rules of whole samples and whole analytes of a group, as bits."""

    of_samples: Verdict
    of_analytes: Verdict


def flags_of(
    group: Group,
    alike_analytes: npt.NDArray[np.bool_],
    alike_samples: npt.NDArray[np.bool_],
) -> Flags:
    """Return the rules that whole samples and analytes of a group break.

    Args:
        group: The group.
        alike_analytes: Analytes that have one and the same number in all samples.
        alike_samples: Samples that have one and the same number for all analytes.
    """
    again = pl.struct("sample_code", "sample_kind", "replicate").is_duplicated()
    doubled = group.samples.select(again).to_series().to_numpy()
    samples = _bits(doubled, "key.unique") | _bits(alike_samples, "sample_varies")
    samples |= _bits(~group.samples["enters"].to_numpy(), "sample_enters")
    twice = group.analytes["analyte_code"].is_duplicated().to_numpy()
    twice |= group.analytes["again"].to_numpy() > 0
    analytes = _bits(twice, "key.unique") | _bits(alike_analytes, "analyte_varies")
    analytes |= _bits(~group.analytes["enters"].to_numpy(), "analyte_enters")
    return Flags(samples, analytes)


def _bits(where: npt.NDArray[np.bool_], rule: str) -> Verdict:
    return np.where(where, BIT[rule], np.uint16(0))


def _judge_numbers(
    numbers: npt.NDArray[Any],
    statuses: npt.NDArray[np.uint8],
    platform: str,
    found: Verdict,
) -> bool:
    """Write the broken rules of single cells into `found`; tell whether there is any."""
    whole, limits = numbers.dtype == np.int32, platform_limits()[platform]
    if (
        whole and numbers.size and numbers.min() >= max(0, limits.lowest)
        and numbers.max() <= limits.highest and statuses.max() < MISSING
    ):  # fmt: skip
        return False  # every cell is a count and says so: what nearly every block is
    empty = (numbers == NO_NUMBER) if whole else ~np.isfinite(numbers)
    with np.errstate(invalid="ignore"):
        negative = ~empty & (numbers < 0)
        outside = ~empty & ((numbers < limits.lowest) | (numbers > limits.highest))
        found |= _bits(negative, "value_is_not_negative")
        found |= _bits(outside & ~negative, "value_in_limits")
        if not whole and platform in COUNTING:
            found |= _bits(~empty & (numbers != np.trunc(numbers)), "value_is_whole")
    unfit = (statuses == DETECTED) & empty | (statuses == MISSING) & ~empty
    found |= _bits(unfit, "status_fits_the_value")
    return bool(found.any())


def counted(found: Verdict | None) -> npt.NDArray[np.int64]:
    """Return how many cells of a block break each rule, in the order of `RULES`."""
    if found is None:
        return np.zeros(len(RULES), np.int64)
    return np.array([np.count_nonzero(found & bit) for bit in BIT.values()], np.int64)
