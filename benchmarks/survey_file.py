"""A full-size survey delivery for the benchmarks, made from its contract alone."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from janus_warehouse.contracts import Column, Contract
from janus_warehouse.identity.numbers import FIRST_WEIGHTS, SECOND_WEIGHTS

_SAMPLES = {"^[0-9]{4}$": "1234", "^(0[1-9]|1[0-9]|20)$": "12"}
"""Text for columns that only a pattern describes."""


_SETTLED = {"ROYKDAG": "2", "ROYKTID": "1", "AVHOLD": "2"}
"""Answers that the rules across columns lean on; the rest is drawn at random."""


def identity_numbers(rows: int, seed: int = 1) -> np.ndarray:
    """Return `rows` different valid test-population numbers (month + 80), shape (rows,)."""
    generator = np.random.default_rng(seed)
    found = np.empty(0, dtype=np.int64)
    while found.size < rows:
        n = rows * 2
        day, month = generator.integers(1, 29, n), generator.integers(81, 93, n)
        year, individual = generator.integers(20, 70, n), generator.integers(0, 500, n)
        nine = ((day * 100 + month) * 100 + year) * 1000 + individual
        digits = [nine // 10**power % 10 for power in range(8, -1, -1)]
        first = -sum(w * d for w, d in zip(FIRST_WEIGHTS, digits, strict=False)) % 11
        digits.append(first)
        second = -sum(w * d for w, d in zip(SECOND_WEIGHTS, digits, strict=False)) % 11
        valid = (first < 10) & (second < 10)
        numbers = (nine * 100 + first * 10 + second)[valid]
        found = np.unique(np.concatenate([found, numbers]))
    chosen = generator.permutation(found)[:rows]
    return np.char.zfill(chosen.astype("U11"), 11)


def write_survey(contract: Contract, numbers: np.ndarray, path: Path, seed: int = 2) -> None:
    """Write a clean file of one row per number, as the contract's sender would."""
    generator = np.random.default_rng(seed)
    columns = {
        column.physical_name: _values(column, numbers, generator) for column in contract.columns
    }
    frame = pl.DataFrame(columns)
    frame.write_csv(path, separator=contract.format.delimiter)


def _values(column: Column, numbers: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    spec, rows = column.spec, numbers.size
    options = spec.logical_type_options
    if column.is_identifier:
        return numbers
    if column.physical_name in _SETTLED:
        return np.full(rows, _SETTLED[column.physical_name])
    if spec.custom_properties.codes:
        return generator.choice(np.array(spec.custom_properties.codes), rows)
    if spec.physical_type == "date":
        days = generator.integers(0, 1800, rows) + np.datetime64(date(1994, 6, 1))
        text = np.datetime_as_string(days)
        return np.char.replace(text, "-", "") if options.format == "yyyyMMdd" else text
    if options.minimum is not None or options.maximum is not None:
        low = float(options.minimum if options.minimum is not None else 0)
        high = float(options.maximum if options.maximum is not None else low + 50)
        # The lower middle of each range keeps the rules between columns (BMI, pressures).
        share = generator.uniform(0.28, 0.34, rows)
        return np.ceil(low + share * (high - low)).astype(np.int64)
    if options.pattern:
        return np.full(rows, _SAMPLES.get(options.pattern, "1234"))
    return generator.integers(0, 100, rows)
