"""Lines of the bank's and the registers' files, about people who carry made-up numbers."""

from datetime import date

from benchmarks.survey_file import identity_numbers

FILLERS = 250
"""Tumours that every linkage tells alike: enough for one row in quarantine to be borne."""
NUMBERS = [str(number) for number in identity_numbers(FILLERS + 3)]
CASES = (
    "person_number;tumour_id;tumour_sequence;birth_date;sex_code;municipality_code;incidence_date;"
    "incidence_date_quality;basis_code;topography_code;morphology_code;behaviour_code;grade_code;"
    "laterality_code;stage_code;found_at_autopsy;vital_status_code;follow_up_date;icd7_code"
)
RESIDENTS = "person_number,sex_code,birth_date,vital_status_code,status_date,municipality_code"
MOVES = "person_number,migration_type,migration_date"


def bank_files(people: int) -> dict[str, str]:
    """Return the bank's files: the first of NUMBERS, one draw each."""
    donors = "\n".join(
        f"J{n:07d};{number};1;1950-05-05;survey;active;"
        for n, number in enumerate(NUMBERS[:people])
    )
    draws = "\n".join(f"D{n:08d};J{n:07d};1985-03-01;counties_1985;0301;" for n in range(people))
    return {
        "donors.csv": "donor_number;person_number;sex_code;birth_date;donor_group;consent_status;"
                      f"withdrawn_date\n{donors}\n",
        "draws.csv": "draw_id;donor_number;draw_date;survey_id;municipality_code;fasting_hours\n"
                     f"{draws}\n",
    }  # fmt: skip


def case(person: int, number: int, as_of: date, *, basis="7", stage="1", grade="9", sequence=1):
    """Return the line of a tumour of the nth person; `number` 13 is T200000013."""
    return (
        f"{NUMBERS[person]};T2{number:08d};{sequence};1950-05-05;1;0301;2015-03-0{1 + number % 9};"
        f"1;{basis};C619;8140;3;{grade};0;{stage};0;1;{as_of};"
    )


def cases_file(*lines: str) -> dict[str, str]:
    return {"cases.csv": "\n".join([CASES, *lines]) + "\n"}


def death(person: int, day: str, cause: str) -> str:
    return f"{NUMBERS[person]}{day}{cause:<4}{'':<20}0\n"
