"""The harmonised variables of six cycles against the codebooks, cell by cell.

What a value or a reason must count is said in `nhanes_expected`, by hand, and looked up in the
official codebooks. The rule files are asked only whether anything was forgotten.
"""

from collections import Counter, defaultdict

import nhanes_files as nhanes
import pytest
from nhanes_expected import CODED, KNOWN_DIFFERENCES, NO_CODEBOOK, NUMBERS, Coded, Number

COMPARED_CELLS = 1230
"""How many counts are compared; none may drop out unseen."""

EXPECTED = CODED | NUMBERS


@pytest.fixture(scope="module")
def answers(built) -> dict[tuple[int, str], tuple[Counter, Counter]]:
    """Return, by first year and variable, how often each value and each reason occurs."""
    cells = ", ".join(
        f"('{name}', {name}::text, {name}_missing)" for name in (*EXPECTED, *NO_CODEBOOK)
    )
    rows = built.query(
        "select right(survey_id, 4)::int, cell.variable, cell.value, cell.reason, count(*) "
        f"from marts.survey_answers_wide cross join lateral (values {cells}) "
        "as cell (variable, value, reason) where collection_id = 'nhanes' group by 1, 2, 3, 4"
    )
    found: dict = defaultdict(lambda: (Counter(), Counter()))
    for first_year, variable, value, reason, count in rows:
        values, reasons = found[first_year, variable]
        if value is not None:
            values[value] += count
        if reason is not None:
            reasons[reason] += count
    return found


class Codebooks:
    """The codebooks of one cycle, and the people that no codebook counts."""

    def __init__(self, collection, first_year: int) -> None:
        self.letter = nhanes.CYCLES[first_year]
        self.first_year = first_year
        self._collection = collection
        self._books = {
            table.removesuffix(f"_{self.letter}"): nhanes.read_codebook(name)
            for table, name in nhanes.CODEBOOKS.items()
            if table.endswith(f"_{self.letter}")
        }
        self._variables = {
            variable: (raw_table, column)
            for (raw_table, table), columns in nhanes.compared_columns().items()
            if table.endswith(f"_{self.letter}")
            for column, variable in columns
        }
        self.people = sum(self._books["demographics"]["SDDSRVYR"].codes.values())

    def variable(self, name: str) -> nhanes.CodebookVariable | None:
        found = [book[name] for book in self._books.values() if name in book]
        return found[0] if found else None

    def count(self, answers) -> int:
        """Return how often any of some (variable, code) occurs."""
        books = [(self.variable(name), code) for name, code in answers]
        return sum(book.codes.get(code, 0) for book, code in books if book is not None)

    def unasked(self, names: set[str], condition: str) -> int:
        """Return how many people of whom something holds have no answer to the first of `names`."""
        name = min(names & self._variables.keys())
        raw_table, column = self._variables[name]
        return self._collection.one(
            f"select count(*) from raw.nhanes_survey__demographics_{self.letter} as people "
            f"left join {raw_table} as asked using (donor_id) "
            f'where ({condition}) and asked."{column}" is null'
        )


def _this(limit, first_year: int):
    return limit[first_year] if isinstance(limit, dict) else limit


def _coded_cells(expected: Coded, books: Codebooks) -> dict[str, int]:
    cells = {value: books.count(answers) for value, answers in expected.values.items()}
    cells |= {
        reason: books.count(getattr(expected, reason))
        for reason in ("refused", "unknown", "not_applicable")
    }
    names = {name for answers in expected.values.values() for name, _ in answers}
    return _with_the_rest(cells, books, expected, names)


def _number_cells(expected: Number, books: Codebooks) -> dict[str, float]:
    name = _this(expected.source, books.first_year)
    book = books.variable(name)
    special = {code for codes in expected.special.values() for code in codes}
    codes = {code: count for code, count in book.codes.items() if code not in special}
    cells: dict[str, float] = {"values": sum(codes.values()) + sum(n for *_, n in book.ranges)}
    if expected.tolerance is not None:
        numbers = [float(code) for code, count in codes.items() if count]
        numbers += [limit for low, high, _ in book.ranges for limit in (low, high)]
        cells |= {"lowest": min(numbers), "highest": max(numbers)}
        cells["lowest"], cells["highest"] = (
            cells[limit] * expected.factor for limit in ("lowest", "highest")
        )
    if not expected.tells_reasons:
        return cells
    for reason in ("refused", "unknown", "not_applicable", "out_of_range"):
        own = tuple((name, code) for code in expected.special.get(reason, ()))
        cells[reason] = books.count((*own, *getattr(expected, reason, ())))
    return _with_the_rest(cells, books, expected, {name})


def _with_the_rest(cells: dict, books: Codebooks, expected, names: set[str]) -> dict:
    """Add who was not asked, and who did not answer: everybody else."""
    told = sum(count for cell, count in cells.items() if cell not in ("lowest", "highest"))
    months = _this(getattr(expected, "from_months", 0), books.first_year)
    years = _this(expected.from_years, books.first_year)
    if years is None:
        return cells | {"not_asked": books.people - told, "not_answered": 0}
    condition = f"coalesce(people.exam_age_months, people.age_years * 12) < {months}"
    if not months:
        condition = f"people.age_years < {years}"
    condition += f" or {getattr(expected, 'skipped', 'false')}"
    not_asked = books.unasked(names, condition) + books.count(getattr(expected, "not_asked", ()))
    return cells | {"not_asked": not_asked, "not_answered": books.people - told - not_asked}


def _found_cells(expected, values: Counter, reasons: Counter) -> dict[str, float]:
    if isinstance(expected, Coded):
        return {**values, **reasons}
    numbers = [float(value) for value in values]
    return {"values": sum(values.values()), "lowest": min(numbers), "highest": max(numbers)} | {
        **reasons
    }


def test_every_value_and_every_reason_is_as_often_as_the_codebooks_say(built, answers):
    differences, compared = {}, 0
    for first_year in nhanes.CYCLES:
        books = Codebooks(built, first_year)
        for name, expected in EXPECTED.items():
            if first_year not in expected.cycles:
                continue
            cells = _coded_cells if isinstance(expected, Coded) else _number_cells
            wanted = cells(expected, books)
            found = _found_cells(expected, *answers[first_year, name])
            if not getattr(expected, "tells_reasons", True):
                found = {cell: found[cell] for cell in wanted}
            if getattr(expected, "tolerance", 0) is None:
                del found["lowest"], found["highest"]
            compared += len(wanted)
            room = getattr(expected, "tolerance", 0) or 0
            if different := {
                cell: (wanted.get(cell, 0), found.get(cell, 0))
                for cell in wanted | found
                if abs(wanted.get(cell, 0) - found.get(cell, 0))
                > (room if cell in ("lowest", "highest") else 0)
            }:
                differences[first_year, name] = different

    assert differences == KNOWN_DIFFERENCES
    assert compared == COMPARED_CELLS


def test_no_rule_that_reads_one_column_is_left_out():
    from janus_warehouse.surveys import load_harmonisation

    looked_at = {
        (first_year, name) for name, expected in EXPECTED.items() for first_year in expected.cycles
    } | {(first_year, name) for name in NO_CODEBOOK for first_year in (2003, 2005)}
    ruled = {
        (survey.spec.years[0], name)
        for survey in load_harmonisation().surveys.values()
        if survey.collection == "nhanes"
        for name, rule in survey.rules.items()
        if rule.rule in ("direct", "recode")
    }

    assert ruled - looked_at == set()


@pytest.mark.parametrize("first_year", [2003, 2005])
@pytest.mark.parametrize("name", NO_CODEBOOK)
def test_without_a_codebook_the_values_are_those_of_the_file(built, answers, first_year, name):
    table, column, codes = NO_CODEBOOK[name]
    rows = built.query(
        f"select {column}::text, count(*) "
        f"from raw.nhanes_survey__{table}_{nhanes.CYCLES[first_year]} "
        f"where {column} is not null group by 1"
    )
    expected: Counter = Counter()
    for code, count in rows:
        if codes is None or code in codes:
            expected[codes[code] if codes else code] += count
    values, _ = answers[first_year, name]

    assert Counter({value.removesuffix(".0"): n for value, n in values.items()}) == expected
