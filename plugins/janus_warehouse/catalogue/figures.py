"""Figures of a dataset that may be published: every one has passed the small-count rule."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from janus_warehouse.catalogue.inputs import Counts, Table
from janus_warehouse.disclosure import safe_count, suppress_small_counts

SAMPLE_ROWS = 3

DATATYPES = {
    "bigint": "integer",
    "boolean": "boolean",
    "character varying": "string",
    "date": "date",
    "double precision": "double",
    "integer": "integer",
    "jsonb": "json",
    "numeric": "decimal",
    "real": "float",
    "smallint": "integer",
    "text": "string",
    "text[]": "string",
    "timestamp with time zone": "dateTimeStamp",
    "timestamp without time zone": "datetime",
    "timestamptz": "dateTimeStamp",
}
"""PostgreSQL's name of a type → the datatype of CSV on the Web."""


def typical_bounds(
    first: Mapping[int, int], last: Mapping[int, int], minimum: int
) -> tuple[int | None, int | None]:
    """Return the typical lowest and highest value: `minimum` individuals lie there or beyond.

    The true extremes would point at one person (the oldest donor), so they are not published.
    Both are None when fewer than `minimum` individuals have a value.

    Args:
        first: Individuals by their lowest value.
        last: Individuals by their highest value.
        minimum: The smallest count that may be shown.
    """
    return _reached(sorted(first.items()), minimum), _reached(
        sorted(last.items(), reverse=True), minimum
    )


def _reached(histogram: list[tuple[int, int]], minimum: int) -> int | None:
    seen = 0
    for value, individuals in histogram:
        seen += individuals
        if seen >= minimum:
            return value
    return None


def published_figures(counts: Counts, minimum: int, released: datetime) -> dict:
    """Return the counts, ages and period of a dataset as the mapping names them.

    A figure that is withheld, or that the dataset has no data for, has no key.
    """
    individuals = safe_count(counts.individuals, minimum)
    low_age, high_age = typical_bounds(counts.first_ages, counts.last_ages, minimum)
    first_year, last_year = typical_bounds(counts.first_years, counts.last_years, minimum)
    figures = {
        # Few people with many records are still few people.
        "number_of_records": None if individuals is None else counts.records,
        "number_of_individuals": individuals,
        "min_typical_age": low_age,
        "max_typical_age": high_age,
        "temporal": _period(first_year, last_year, released),
    }
    return {key: value for key, value in figures.items() if value is not None}


def _period(first: int | None, last: int | None, released: datetime) -> dict | None:
    """Return whole calendar years: a date of one person is nobody's business."""
    if first is None or last is None:
        return None
    end = min(datetime(last, 12, 31, tzinfo=UTC), released.astimezone(UTC))
    end = end.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"start": datetime(first, 1, 1, tzinfo=UTC), "end": end}


def counts_csv(counts: Counts, minimum: int) -> bytes | None:
    """Return individuals by group and sex, with margins; None when there is nothing to count.

    A withheld count is empty and its `status` says so.
    """
    if not counts.cells:
        return None
    safe = suppress_small_counts(dict(sorted(counts.cells.items())), minimum)
    rows = [
        (group, sex, "" if (count := safe.counts[group, sex]) is None else count)
        for group in safe.rows
        for sex in safe.columns
    ]
    return csv_bytes(
        ("group", "sex", "individuals", "status"),
        [(*row, "withheld" if row[2] == "" else "shown") for row in rows],
    )


def variables_csv(tables: list[Table]) -> bytes:
    """Return the data dictionary: one row per column of each table."""
    header = ("table", "column", "datatype", "unit", "title_nb", "title_en", "description_nb")
    rows = [
        (
            *(table.name, column.name, datatype(column.type), column.unit or ""),
            *(column.title.get(language, "") for language in ("nb", "en")),
            *(column.description.get(language, "") for language in ("nb", "en")),
        )
        for table in tables
        for column in table.columns
    ]
    return csv_bytes((*header, "description_en"), rows)


def sample_csv(table: Table) -> bytes:
    """Return rows that were made up from the column types alone; no row of data is read."""
    rows = [
        [_made_up(datatype(column.type), i) for column in table.columns] for i in range(SAMPLE_ROWS)
    ]
    return csv_bytes([column.name for column in table.columns], rows)


def datatype(postgresql_type: str) -> str:
    """Return the CSV on the Web datatype; numbers of digits do not matter to it."""
    return DATATYPES.get(postgresql_type.split("(")[0].strip().lower(), "string")


def _made_up(kind: str, i: int) -> str:
    return {
        "boolean": "false" if i % 2 else "true",
        "date": f"2000-01-0{i + 1}",
        "datetime": f"2000-01-0{i + 1}T00:00:00",
        "dateTimeStamp": f"2000-01-0{i + 1}T00:00:00Z",
        "decimal": f"{i}.5",
        "double": f"{i}.5",
        "float": f"{i}.5",
        "integer": str(i + 1),
    }.get(kind, f"example_{i + 1}")


def csv_bytes(header: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """Return a table as CSV in UTF-8, the same bytes on every machine."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
