"""Rules about analytes and units: known, stated, agreed, and of a size that the numbers can be."""

import difflib
from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.agreed import Agreed, read_agreed
from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked, counted, listed
from janus_warehouse.assays.gate.landed import Landed


def judge_units(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield what is found about analytes and units of a return that has results."""
    assert landed.results is not None
    agreed = read_agreed(
        landed.form.platform, landed.form.laboratory, landed.analytes,
        context.medians["analyte_code"].to_list(),
    )  # fmt: skip
    used = (
        landed.measured.group_by("analyte_code", "unit")
        .agg(
            numbers=pl.col("value").is_finite().sum(),
            median=pl.col("value").filter(pl.col("status_code") == "detected").median(),
            detected=(pl.col("status_code") == "detected").sum(),
        )
        .sort("analyte_code", "unit")
        .collect()
    )
    yield _unknown(used, agreed)
    yield _unstated(used)
    yield _not_agreed(used, agreed)
    yield _implausible(used, agreed, context.medians)


def _unknown(used: pl.DataFrame, agreed: Agreed) -> Finding | NotAsked:
    rule_id = "gate.analytes_known"
    if not agreed.names:
        return NotAsked(rule_id, "the dictionary has no analytes of the platform")
    codes = used["analyte_code"].unique().sort().to_list()
    unknown = [code for code in codes if agreed.code_of(code) is None]
    named = []
    for code in unknown:
        near = difflib.get_close_matches(code.upper(), agreed.names, n=1, cutoff=0.75)
        named.append(f"{code} ({near[0]}?)" if near else code)
    told = f"{counted(len(unknown), 'analyte')} not in the dictionary: {listed(named)}."
    return Finding(rule_id, len(codes), len(unknown), told)


def _unstated(used: pl.DataFrame) -> Finding:
    without = used.filter(pl.col("numbers") > 0, pl.col("unit").is_null())
    names = without["analyte_code"].unique().sort()
    told = (
        f"{counted(int(without['numbers'].sum()), 'number')} without a unit, of "
        f"{counted(len(names), 'analyte')}: {listed(names)}."
    )
    return Finding("gate.units_stated", used["analyte_code"].n_unique(), len(names), told)


def _not_agreed(used: pl.DataFrame, agreed: Agreed) -> Finding:
    named = []
    stated = used.filter(pl.col("unit").is_not_null())
    for code, unit in stated.select("analyte_code", "unit").iter_rows():
        if agreed.factor(code, unit) is None:
            named.append(f"{code} in {unit} (agreed: {agreed.unit_of(code)})")
    told = f"{counted(len(named), 'analyte')} in a unit that is not the analyte's: {listed(named)}."
    return Finding("gate.units_known", stated["analyte_code"].n_unique(), len(named), told)


def _implausible(used: pl.DataFrame, agreed: Agreed, medians: pl.DataFrame) -> Finding | NotAsked:
    """Return analytes whose median lies about a factor of 1,000 off what is usual."""
    rule_id = "gate.units_plausible"
    usual: dict[str, float] = {}
    for code, unit, median in medians.iter_rows():
        factor = agreed.factor(code, unit)
        if factor is not None:
            usual.setdefault(agreed.code_of(code) or code, median * factor)
    asked, named = 0, []
    measured = used.filter(pl.col("median").is_not_null(), pl.col("unit").is_not_null())
    for code, unit, median in measured.select("analyte_code", "unit", "median").iter_rows():
        earlier = usual.get(agreed.code_of(code) or code)
        suspect = agreed.suspect(code, unit, median, earlier)
        asked += suspect.is_asked
        if suspect.factor is not None:
            named.append(f"{code} in {unit}: the numbers look {suspect.words}")
    if not asked:
        return NotAsked(rule_id, "neither the dictionary nor an earlier return tells what is usual")
    told = f"{counted(len(named), 'analyte')} of another size than is usual: {listed(named)}."
    return Finding(rule_id, asked, len(named), told)
