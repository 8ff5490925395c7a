"""What the page of a linkage report shows of one table, made from its figures."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from janus_warehouse.linkages import charts
from janus_warehouse.linkages.cancer import RATIO_YEARS
from janus_warehouse.linkages.site_names import labelled
from janus_warehouse.linkages.store import Figure

MOST_SITES = 20
MOST_YEARS = 12
LEAST_CASES_SHOWN = 20
CHANGES = {
    "new": "new", "changed": "changed", "renumbered": "renumbered, same content",
    "retracted": "retracted", "set_aside": "known before, now in quarantine",
    "unchanged": "unchanged",
}  # fmt: skip
SHOWN_CHANGES = {name: CHANGES[name] for name in ("new", "changed", "renumbered", "retracted")}
ANSWERS = {
    "new": "persons who were not there before", "gone": "persons who are no longer there",
    "set_aside": "there before, now in quarantine", "changed": "persons who answer otherwise",
    "unchanged": "persons who answer the same",
}  # fmt: skip
MATCHES = {
    "current_number": "by the current number", "earlier_number": "by an earlier number",
    "earlier_d_number": "by an earlier D-number", "unknown": "no such person in the bank",
    "ill_formed": "ill-formed number", "wrong_check_digits": "wrong check digits",
}  # fmt: skip
PERSONS = {
    ("persons", "now"): "persons in this linkage",
    ("persons", "before"): "persons in the linkage before",
    ("persons_changed", "sex_code"): "persons whose sex changed since the linkage before",
    ("persons_changed", "birth_date"): "persons whose birth date changed since the linkage before",
    ("draws", "before_first_draw"): "rows whose event is before the person's first draw",
    ("draws", "before_last_draw"): "rows whose event is before the person's last draw",
    ("draws", "never_sampled"): "rows about donors who were never sampled",
    ("draws", "persons_never_sampled"): "donors who were never sampled",
}  # fmt: skip
_ATTRIBUTES = {"sex_code": "sex", "birth_date": "birth date"}
_AUTHORITIES = {"population_register": "the population register", "bank": "the bank"}


class _Figures:
    """The figures of one table, by section."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self.sections: dict[str, list[Figure]] = defaultdict(list)
        for figure in figures:
            self.sections[figure.section].append(figure)

    def items(self, section: str) -> dict[str, float]:
        """Return value by item of a section without dimensions."""
        return {f.item: f.value for f in self.sections[section]}

    def by(self, section: str, dimension: str) -> dict[Any, dict[str, float]]:
        """Return value by item, by dimension."""
        found: dict[Any, dict[str, float]] = defaultdict(dict)
        for f in self.sections[section]:
            found[f.dimensions[dimension]][f.item] = f.value
        return dict(found)


def table_sections(table: str, figures: Sequence[Figure]) -> dict[str, Any]:
    """Return everything that the page shows of a table; what there is no figure for is empty."""
    found = _Figures(figures)
    named: Callable[[str], str] = labelled if found.sections["quality"] else str
    changes = found.items("changes")
    previous = found.sections["previous"]
    return {
        "table": table,
        "rows": found.items("rows"),
        "previous": previous[0].dimensions if previous else None,
        "rows_before": found.items("previous").get("rows_received", 0),
        "changes": [(words, changes[key]) for key, words in CHANGES.items() if key in changes],
        "matching": _parts(found.items("matching"), MATCHES),
        "matching_chart": _matching_chart(found),
        "changes_chart": _changes_chart(found, named),
        "changed_years_chart": _changed_years_chart(found),
        "years_chart": _years_chart(found),
        "sites": _site_rows(found, named),
        "persons_compared": _parts(found.items("answers"), ANSWERS),
        "answers": _answer_rows(found),
        "fields": sorted(found.items("changed_fields").items(), key=lambda pair: -pair[1]),
        "persons": _person_rows(found),
        "quality": _quality(found.items("quality")),
        "quality_chart": _quality_chart(found, named),
        "ratios": _ratio_rows(found, named),
        "ratio_years": RATIO_YEARS,
        "most_sites": MOST_SITES,
        "least_cases": LEAST_CASES_SHOWN,
        "rules": sorted(
            ((f.item, f.dimensions["consequence"], f.value) for f in found.sections["rules"]),
            key=lambda row: -row[2],
        ),
    }


def _parts(counts: dict[str, float], words: dict[str, str]) -> list[tuple[str, float]]:
    return [(told, counts[key]) for key, told in words.items() if key in counts]


def _matching_chart(found: _Figures) -> Markup:
    counts = found.items("matching")
    return charts.share_bar([(k, w, counts[k]) for k, w in MATCHES.items() if k in counts])


def _changes_chart(found: _Figures, named: Callable[[str], str]) -> Markup:
    """Draw what became new, changed, renumbered and retracted, for the sites with most of it."""
    ordered = sorted(
        _changes_by(found, "site").items(), key=lambda row: (-sum(row[1].values()), row[0])
    )
    shown = [(named(site), counts) for site, counts in ordered[:MOST_SITES]]
    if rest := ordered[MOST_SITES:]:
        shown.append((f"{len(rest)} others", _added([counts for _, counts in rest])))
    return charts.stacked_bars(shown, SHOWN_CHANGES) if shown else Markup("")


def _changed_years_chart(found: _Figures) -> Markup:
    """Draw the same by year of the event, newest first: late registrations are seen here."""
    by_year = {int(year): counts for year, counts in _changes_by(found, "year").items()}
    if not by_year:
        return Markup("")
    first = max(max(by_year) - MOST_YEARS + 1, min(by_year))
    shown = [(str(year), by_year.get(year, {})) for year in range(max(by_year), first - 1, -1)]
    if earlier := [counts for year, counts in by_year.items() if year < first]:
        shown.append((f"before {first}", _added(earlier)))
    return charts.stacked_bars(shown, SHOWN_CHANGES)


def _changes_by(found: _Figures, dimension: str) -> dict[Any, dict[str, float]]:
    """Return what became of rows, by site or year; without those where nothing did."""
    return {
        group: counts
        for group, all_counts in found.by(f"changes_by_{dimension}", dimension).items()
        if (counts := {key: all_counts[key] for key in SHOWN_CHANGES if key in all_counts})
    }


def _added(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: sum(counts.get(key, 0) for counts in rows) for key in SHOWN_CHANGES}


def _years_chart(found: _Figures) -> Markup:
    years = found.by("totals_by_year", "year")
    series = [
        (key, words, {int(y): counts[key] for y, counts in years.items() if key in counts})
        for key, words in (("now", "this linkage"), ("before", "the linkage before"))
    ]
    return charts.lines([entry for entry in series if entry[2]])


def _site_rows(found: _Figures, named: Callable[[str], str]) -> list[dict[str, Any]]:
    changes = found.by("changes_by_site", "site")
    rows: list[dict[str, Any]] = [
        {"site": named(site), "now": counts.get("now", 0), "before": counts.get("before", 0),
         "difference": counts.get("now", 0) - counts.get("before", 0),
         **{key: changes.get(site, {}).get(key, 0) for key in SHOWN_CHANGES}}
        for site, counts in sorted(found.by("totals_by_site", "site").items())
    ]  # fmt: skip
    if rows:
        rows.append({"site": "all", **{k: sum(r[k] for r in rows) for k in rows[0] if k != "site"}})
    return rows


def _answer_rows(found: _Figures) -> list[tuple[str, dict[str, float]]]:
    """Return how many persons answer a column otherwise, the column with most of them first."""
    rows = found.by("answers_by_column", "column").items()
    return sorted(rows, key=lambda row: (-sum(row[1].values()), row[0]))


def _person_rows(found: _Figures) -> list[tuple[str, float]]:
    rows = [
        (words, found.items(section)[item])
        for (section, item), words in PERSONS.items()
        if item in found.items(section)
    ]
    for figure in found.sections["persons_disagreeing"]:
        attribute = _ATTRIBUTES[figure.item]
        authority = _AUTHORITIES[figure.dimensions["with"]]
        rows.append((f"persons whose {attribute} differs from that of {authority}", figure.value))
    return rows


def _quality(counts: dict[str, float]) -> list[tuple[str, str, str]]:
    malignant = counts.get("malignant", 0)
    if not malignant:
        return []
    return [
        (words, _percent(counts[item], malignant), f"{counts[item]:,.0f} of {malignant:,.0f}")
        for item, words in (
            ("microscopic", "%MV, microscopically verified"),
            ("death_certificate_only", "%DCO, known from the death certificate only"),
            ("unknown_primary", "unknown primary site"),
        )
    ]


def _quality_chart(found: _Figures, named: Callable[[str], str]) -> Markup:
    sites = [
        (site, counts)
        for site, counts in found.by("quality_by_site", "site").items()
        if counts["malignant"] >= LEAST_CASES_SHOWN
    ]
    sites.sort(key=lambda row: -row[1]["malignant"])
    rows = [
        (named(site), 100 * c["microscopic"] / c["malignant"],
         f"{_percent(c['microscopic'], c['malignant'])} of {c['malignant']:,.0f}, "
         f"DCO {_percent(c['death_certificate_only'], c['malignant'])}")
        for site, c in sites[:MOST_SITES]
    ]  # fmt: skip
    return charts.dots(rows) if rows else Markup("")


def _ratio_rows(
    found: _Figures, named: Callable[[str], str]
) -> list[tuple[str, float, float, str]]:
    rows = found.by("mortality_by_site", "site").items()
    if not any(counts["deaths"] for _, counts in rows):
        return []  # no deaths have come in yet, and a ratio of none would look like a finding
    return [
        (
            named(site),
            counts["cases"],
            counts["deaths"],
            f"{counts['deaths'] / counts['cases']:.2f}",
        )
        for site, counts in sorted(rows, key=lambda row: -row[1]["cases"])
        if counts["cases"] >= LEAST_CASES_SHOWN
    ]


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"
