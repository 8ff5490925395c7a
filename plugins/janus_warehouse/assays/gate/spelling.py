"""Which issued code a wrong one probably stands for: one letter off, or two letters crossed."""

import polars as pl

CODE, LIKELY = "sample_code", "likely"
MOST_CODES = 5_000
"""With more unknown codes than this the file is another one, and no guess helps."""


def likely_codes(unknown: pl.Series, candidates: pl.Series) -> dict[str, str]:
    """Return the one candidate that each unknown code is an error away from.

    An error is a letter replaced, left out, added, or two neighbours crossed. A code for which
    two candidates would do has no entry: a guess between two is none.

    Args:
        unknown: Codes that were never issued.
        candidates: Issued codes that nothing has come back for.
    """
    if unknown.is_empty() or candidates.is_empty() or len(unknown) > MOST_CODES:
        return {}
    wrong = _shortened(unknown.unique().rename(CODE), CODE)
    right = _shortened(candidates.unique().rename(LIKELY), LIKELY)
    # Two texts that are one error apart are alike after at most one letter is left out of each.
    near = wrong.join(right, on="rest").select(CODE, LIKELY).unique()
    pairs = [(a, b) for a, b in near.iter_rows() if is_one_error(a, b)]
    found: dict[str, set[str]] = {}
    for code, candidate in pairs:
        found.setdefault(code, set()).add(candidate)
    return {code: next(iter(which)) for code, which in found.items() if len(which) == 1}


def is_one_error(first: str, second: str) -> bool:
    """Tell whether two texts differ by one letter replaced, missing, added, or two crossed."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    short, long = sorted((first, second), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    crossed = short[at : at + 2] == long[at : at + 2][::-1]
    return short[at + 1 :] == long[at + 1 :] or (crossed and short[at + 2 :] == long[at + 2 :])


def _shortened(codes: pl.Series, name: str) -> pl.DataFrame:
    """Return each code with each rest that is left when one letter or none is taken out."""
    frame = codes.drop_nulls().to_frame()
    places = frame.with_columns(at=pl.int_ranges(pl.col(name).str.len_chars() + 1)).explode("at")
    rest = pl.concat_str(
        pl.col(name).str.slice(0, pl.col("at")), pl.col(name).str.slice(pl.col("at") + 1)
    )
    return places.select(name, rest=rest).unique()
