"""Letters in the wrong encoding: Ø, Æ and Å come through, or the row says that they did not."""

import pytest
from small_bank import NUMBERS

TABLES = {"utf-8": ("survey", "answers"), "latin-1": ("clinic", "visits"),
          "cp865": ("clinic", "old_visits")}  # fmt: skip
HEADERS = {"survey": "bank_number;attended;height;smokes;town\n", "clinic": "number;WEIGHT;TOWN\n"}
TOWNS = ("Østfold", "Bærum", "Ålesund", "Ærøy og Gråkallen")


def rows(encoding: str, towns, *, written: str = "") -> dict[str, bytes]:
    """Return the file of a table whose contract has an encoding, one row for each town."""
    source, table = TABLES[encoding]
    lines = [
        f"B{n};1985-03-01;170;1;{town}\n" if source == "survey" else f"{NUMBERS[n]};70,5;{town}\n"
        for n, town in enumerate(towns)
    ]
    text = HEADERS[source] + "".join(lines)
    return {f"{table}.csv": text.encode(written or encoding)}


@pytest.mark.parametrize("encoding", TABLES)
def test_norwegian_letters_come_through_in_each_encoding(people, encoding):
    source, table = TABLES[encoding]
    outcome = people.ingest(rows(encoding, TOWNS), source=source)

    assert (outcome.state, outcome.rows_accepted) == ("accepted", 4)
    entered = people.query(f"select town from raw.{source}__{table} order by line_number")
    assert [town for (town,) in entered] == list(TOWNS)


def test_utf_8_where_a_code_page_of_dos_is_agreed_is_refused(people):
    outcome = people.ingest(rows("cp865", TOWNS, written="utf-8"), source="clinic")

    assert outcome.reason == (
        "old_visits.csv, line 1: expected text in cp865, found a file that is valid UTF-8; write "
        "the file in the encoding of the contract"
    )


MISREAD = [("utf-8", "latin-1"), ("utf-8", "cp1252"), ("cp865", "latin-1"), ("cp850", "latin-1"),
           ("latin-1", "cp865"), ("latin-1", "cp850"), ("mac-roman", "latin-1")]  # fmt: skip
RIGHT = ("Bodø", "37 °C i Gråkallen", "5 µg", "São Paulo", "O’Hara – 5 €", "Õnne", "½ dag", "¿", "",
         "Łódź", "90°", "Müller")  # fmt: skip


def test_letters_read_in_another_encoding_go_to_quarantine_and_others_do_not(people):
    wrong = ["Bodø".encode(written).decode(read) for written, read in MISREAD]
    towns = [*RIGHT, *wrong]
    content = HEADERS["survey"] + "".join(f"B1;1985-03-01;170;1;{town}\n" for town in towns)
    outcome = people.ingest({"answers.csv": content}, source="survey")

    assert (outcome.state, outcome.rows_accepted) == ("accepted", len(RIGHT))
    first = 2 + len(RIGHT)
    assert people.quarantine() == [
        ("answers", line, ["town.encoding"]) for line in range(first, first + len(wrong))
    ]
    report = (people.report(outcome.delivery_id) / "report.html").read_text()
    assert (
        "In 2 rows the letters look like cp865 or cp850 (DOS), read as another encoding. "
        "In 2 rows the letters look like latin-1, read as another encoding. "
        "In 2 rows the letters look like utf-8, read as another encoding. "
        "In 1 row the letters look like mac-roman, read as another encoding. "
        "Write the file again from its source, in utf-8."
    ) in report
    assert "Bod" not in report


def test_letters_that_were_lost_before_the_file_was_written_go_to_quarantine(people):
    outcome = people.ingest(rows("utf-8", ("Bodø", "Oslo", "Bod\ufffd")), source="survey")

    assert people.quarantine() == [("answers", 4, ["town.encoding"])]
    report = (people.report(outcome.delivery_id) / "report.html").read_text()
    assert "In 1 row letters were lost before the file was written (U+FFFD)." in report


def test_many_rows_of_misread_letters_refuse_the_file_and_name_the_likely_encoding(people):
    wrong = [town.encode().decode("latin-1") for town in TOWNS]
    outcome = people.ingest(rows("latin-1", [*wrong[:3], "Bodø"]), source="clinic")

    assert people.refused(outcome) == (
        "visits.csv, column TOWN, rule town.encoding: expected at most 50 % to fail, found 3 of "
        "4 rows (lines 2, 3, 4). The letters are those that were written: Ø, Æ and Å, and no "
        "signs in their place. In 3 rows the letters look like utf-8, read as another encoding. "
        "Write the file again from its source, in latin-1. Mend the lines listed in "
        "failing_rows.csv and send the file again"
    )
