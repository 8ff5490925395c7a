"""Small delivered files of the bank's own sources, clean unless a test says otherwise."""

from benchmarks.survey_file import identity_numbers

DONORS = "donor_number;person_number;sex_code;birth_date;donor_group;consent_status;withdrawn_date"
DRAWS = "draw_id;donor_number;draw_date;survey_id;municipality_code;fasting_hours"
ENOUGH = 200
"""Rows that let one failing row stay under the contracts' tolerances of 0.5 and 1 percent."""

NUMBERS = [str(number) for number in identity_numbers(3 * ENOUGH)]


def donors(numbers: list[str] = NUMBERS[:ENOUGH], **changed: str) -> str:
    """Return a donor file; `changed` maps `row_<n>` to another line."""
    lines = [DONORS]
    for n, number in enumerate(numbers, start=1):
        line = f"J{n:07d};{number};{1 + n % 2};1950-05-05;survey;active;"
        lines.append(changed.get(f"row_{n}", line))
    return "\n".join(lines) + "\n"


def draws(rows: int = ENOUGH) -> str:
    """Return a file of one draw for each of the first donors."""
    lines = [
        f"D{n:08d};J{n:07d};1985-03-0{1 + n % 9};counties_1985;0301;" for n in range(1, rows + 1)
    ]
    return "\n".join([DRAWS, *lines]) + "\n"


def number_changes(changes: list[tuple[str, str, str]]) -> str:
    """Return a file of (old number, new number, day as dd.MM.yyyy)."""
    lines = [",".join(change) for change in changes]
    return "\n".join(["person_number,new_number,changed_date", *lines]) + "\n"


def header(raw_name: str) -> str:
    """Return the header line of a table's contract."""
    from janus_warehouse.contracts import load_contracts

    [contract] = [c for c in load_contracts() if c.raw_name == raw_name]
    return contract.format.delimiter.join(c.physical_name for c in contract.columns)
