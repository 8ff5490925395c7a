"""Planting faults in a clean table, and knowing exactly which rules they break and where."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.contracts import Contract
from janus_warehouse.synthetic.streams import Stream

SMALLEST_TABLE = 400
"""In a smaller table one bad row could be more than its rule's tolerance, so none is planted."""
LISTED_LINES = 50


@dataclass(frozen=True)
class DirtRates:
    """Shares of a table's rows that get each kind of fault; the answer key repeats them."""

    invalid_number: float = 0.0004
    unknown_person: float = 0.0005
    bad_code: float = 0.0005
    impossible_date: float = 0.0004
    implausible_value: float = 0.0005
    contradiction: float = 0.0004
    missing_required: float = 0.0003
    repeated_key: float = 0.0002
    bad_form: float = 0.0003
    suspicious: float = 0.0004
    unknown_reference: float = 0.0003


RATES = DirtRates()


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        kind: The field of `DirtRates` that says how often.
        rules: Ids of the rules such a row breaks, warnings included.
        changes: What the row gets, by column: a text, or an expression over a clean row.
        where: Which clean rows it can be planted in; they must break no rule by being changed
            but `rules`.
        warns: Whether the row is only warned about and still enters.
        pairs: Whether each fault is two rows that share a key.
        twin: What the second row of a pair has otherwise.
    """

    kind: str
    rules: tuple[str, ...]
    changes: Mapping[str, str | pl.Expr | None] = field(default_factory=dict)
    where: pl.Expr | None = None
    warns: bool = False
    pairs: bool = False
    twin: Mapping[str, pl.Expr] = field(default_factory=dict)


@dataclass
class Planted:
    """What a written table holds besides clean rows."""

    rows: int
    quarantined: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    flags: dict[str, list[str]] = field(default_factory=dict)
    """Numbers of the tumours that each rule over cases must flag; they enter."""
    lost: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Places of the rows, from 0, that are quarantined."""
    primaries: int | None = None
    """Primaries among the tumours that enter, by the rules of IARC/IACR."""

    @property
    def accepted(self) -> int:
        return self.rows - self.quarantined


def wrong_check_digit(column: str = "person_number") -> pl.Expr:
    """Return a number whose last digit is one too high: no rule makes it valid."""
    last = (pl.col(column).str.slice(10, 1).cast(pl.Int32) + 1) % 10
    return pl.concat_str(pl.col(column).str.slice(0, 10), last.cast(pl.String))


def stranger(numbers: pl.Series) -> pl.Expr:
    """Return numbers of people who are not in the bank, one after the other."""
    return pl.lit(numbers).gather(pl.int_range(pl.len()) % len(numbers))


def plant(
    frame: pl.DataFrame,
    contract: Contract,
    faults: list[Fault],
    stream: Stream,
    *,
    new_key: Callable[[pl.DataFrame, int], pl.DataFrame] | None = None,
    rates: DirtRates = RATES,
) -> tuple[pl.DataFrame, Planted]:
    """Return the table with faults planted, and what was planted.

    Args:
        frame: Clean rows, columns named like the contract's.
        contract: The table's contract.
        faults: Kinds of fault, each planted in rows of its own.
        stream: Chooses the rows.
        new_key: When given, faulty rows are additional: copies of clean rows that get new keys
            from this function (rows, number of rows already keyed), so that the clean rows
            all stay. Otherwise the clean rows themselves are spoilt.
        rates: How often each kind occurs.
    """
    size = frame.height
    if size < SMALLEST_TABLE:
        return frame, Planted(size)
    free = np.ones(size, dtype=bool)
    order = stream.order(size)
    spoilt: list[tuple[Fault, pl.DataFrame, npt.NDArray]] = []
    extra_so_far = 0
    for fault in faults:
        count = max(round(getattr(rates, fault.kind) * size), 1)
        chosen = _eligible(frame, fault, free, order)[:count]
        free[chosen] = False
        rows = frame[chosen]
        extra = new_key is not None and not fault.warns
        if extra and new_key is not None:
            rows = new_key(rows, extra_so_far)
            extra_so_far += len(chosen)
        rows = _spoil(rows, fault, twins=extra and fault.pairs)
        spoilt.append((fault, rows, np.full(rows.height, -1) if extra else chosen))
    return _assembled(frame, contract, spoilt, stream)


def _spoil(rows: pl.DataFrame, fault: Fault, *, twins: bool) -> pl.DataFrame:
    rows = rows.with_columns(
        (pl.lit(text, dtype=pl.String) if not isinstance(text, pl.Expr) else text).alias(name)
        for name, text in fault.changes.items()
    )
    return pl.concat([rows, rows.with_columns(**fault.twin)]) if twins else rows


def _eligible(
    frame: pl.DataFrame, fault: Fault, free: npt.NDArray[np.bool_], order: npt.NDArray
) -> npt.NDArray:
    fits = free
    if fault.where is not None:
        fits = free & frame.select(fault.where.fill_null(False)).to_series().to_numpy()
    return order[fits[order]]


def _assembled(
    frame: pl.DataFrame,
    contract: Contract,
    spoilt: list[tuple[Fault, pl.DataFrame, npt.NDArray]],
    stream: Stream,
) -> tuple[pl.DataFrame, Planted]:
    """Put clean and spoilt rows together: spoilt in place, additional ones anywhere."""
    size = frame.height
    label = np.full(size, -1)
    source = np.arange(size)
    parts, at, inserted, inserted_label = [frame], size, [], []
    for number, (fault, rows, places) in enumerate(spoilt):
        positions = np.arange(at, at + rows.height)
        parts.append(rows)
        at += rows.height
        if fault.pairs and places.size and places[0] >= 0:
            # A key is repeated by sending a clean row a second time: both rows fail.
            label[places] = number
            inserted.append(positions)
            inserted_label.append(np.full(len(positions), number))
        elif places.size and places[0] >= 0:
            source[places] = positions
            label[places] = number
        else:
            inserted.append(positions)
            inserted_label.append(np.full(len(positions), number))
    extra = np.concatenate(inserted) if inserted else np.empty(0, np.int64)
    before = np.sort(stream.below(len(extra), size + 1))
    mixed = stream.order(len(extra))
    labels = np.concatenate(inserted_label)[mixed] if inserted else np.empty(0, np.int64)
    order = np.insert(source, before, extra[mixed])
    label = np.insert(label, before, labels)
    made = pl.concat(parts)[order]
    return made, _counted(contract, label, [fault for fault, _, _ in spoilt])


def _counted(contract: Contract, label: npt.NDArray, faults: list[Fault]) -> Planted:
    planted = Planted(rows=len(label))
    first_line = 2 if contract.format.kind == "csv" else 1
    for number, fault in enumerate(faults):
        lines = np.flatnonzero(label == number) + first_line
        if not len(lines):
            continue
        if not fault.warns:
            planted.quarantined += len(lines)
        for rule in fault.rules:
            (planted.warnings if fault.warns else planted.by_rule)[rule] += len(lines)
            planted.lines.setdefault(rule, []).extend(lines.tolist())
    quarantining = [number for number, fault in enumerate(faults) if not fault.warns]
    planted.lost = np.flatnonzero(np.isin(label, quarantining))
    for rule, listed in planted.lines.items():
        planted.lines[rule] = sorted(listed) if len(listed) <= LISTED_LINES else []
    return planted
