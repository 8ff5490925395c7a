"""Files that cannot be what their contract says: refused whole, in words a sender can act on."""

import gzip

import pytest
from small_bank import PEOPLE, TUBES, TUBES_HEADER, VISITS

SENT = TUBES.encode()


def refused_tubes(bank, content: bytes | str, **given) -> str:
    """Send a file of tubes, assert that it is refused and left nothing, return the message."""
    return bank.refused(bank.ingest({"tubes.csv": content}, **given))


def damaged_after_the_manifest(bank, content: bytes) -> str:
    """Send good tubes, put other content in the file's place, and return the message."""
    from janus_warehouse.deliveries import ingest

    delivery_id = bank.send({"tubes.csv": TUBES})
    (bank.folder() / "tubes.csv").write_bytes(content)
    return bank.refused(ingest(delivery_id))


def test_a_truncated_file_is_refused(people):
    assert damaged_after_the_manifest(people, SENT[:-30]) == (
        f"tubes.csv: truncated: the manifest says {len(SENT)} bytes, the file has "
        f"{len(SENT) - 30}; send it again"
    )


def test_a_file_with_another_checksum_is_refused(people):
    assert damaged_after_the_manifest(people, SENT.replace(b"1.5", b"1.6")) == (
        "tubes.csv: the checksum differs from the manifest's; the file changed after the "
        "manifest was written. Send it again, or write the manifest again with "
        "`janus deliver FOLDER`"
    )


def test_a_file_that_the_manifest_names_and_nobody_sent_is_refused(people):
    from janus_warehouse.deliveries import ingest

    delivery_id = people.send({"tubes.csv": TUBES})
    (people.folder() / "tubes.csv").unlink()

    assert people.refused(ingest(delivery_id)) == (
        "tubes.csv: the manifest names this file and it is not there; send it, or write the "
        "manifest again with `janus deliver FOLDER`"
    )


def test_latin_1_where_utf_8_is_agreed_is_refused_with_line_and_byte(people):
    content = TUBES.replace("1985-03-02;", "1985-03-02;Bodø").encode("latin-1")

    assert refused_tubes(people, content) == (
        "tubes.csv, line 3: expected text in utf-8, found a byte that is not, at byte 25; write "
        "the file in the encoding of the contract"
    )


def test_utf_8_where_latin_1_is_agreed_is_refused(people):
    outcome = people.ingest({"visits.csv": VISITS.encode()}, source="clinic")

    assert people.refused(outcome) == (
        "visits.csv, line 1: expected text in iso8859-1, found a file that is valid UTF-8; write "
        "the file in the encoding of the contract"
    )


def test_utf_16_is_refused(people):
    assert refused_tubes(people, TUBES.encode("utf-16")) == (
        "tubes.csv, line 1: expected utf-8, found text in utf-16-le; write the file in the "
        "encoding of the contract"
    )


def test_a_byte_order_mark_is_no_part_of_the_first_column_name(people):
    outcome = people.ingest({"tubes.csv": b"\xef\xbb\xbf" + SENT})

    assert (outcome.state, outcome.rows_accepted) == ("accepted", 4)
    assert people.query("select tube from raw.bank__tubes order by line_number limit 1") == [
        ("T0",)
    ]


def test_crlf_line_breaks_are_no_part_of_the_last_column(people):
    content = TUBES.replace(";\n", ";x\n").replace("\n", "\r\n")
    outcome = people.ingest({"tubes.csv": content})

    assert (outcome.state, outcome.rows_accepted) == ("accepted", 4)
    assert people.query("select distinct note, length(note) from raw.bank__tubes") == [("x", 1)]


def test_a_nul_byte_is_refused_with_its_line(people):
    assert refused_tubes(people, TUBES.replace("T2", "T\0")) == (
        "tubes.csv, line 4: expected text, found a NUL byte; write the file again as plain text"
    )


def test_a_quote_that_is_never_closed_is_refused_with_its_line(people):
    content = TUBES.replace("1985-03-02;", '1985-03-02;"thawed')

    assert refused_tubes(people, content) == (
        "tubes.csv, line 3: expected quotes in pairs, found a quote that is opened and never "
        "closed; close it, or double a quote that belongs to the text"
    )


def test_a_line_of_ten_megabytes_is_refused_with_its_line_and_length(people):
    content = TUBES.replace("1985-03-02;", "1985-03-02;" + "x" * 10_000_000)

    assert refused_tubes(people, content) == (
        "tubes.csv, line 3: expected lines of at most 1048576 bytes, found one of 10000021 "
        "bytes; look for a line break gone missing"
    )


def test_rows_with_too_few_or_too_many_fields_are_refused_each_with_its_line(people):
    content = TUBES.replace("1985-03-03;\n", "1985-03-03\n").replace("T3;", "T3;x;")

    assert refused_tubes(people, content) == (
        "tubes.csv, line 4: expected 5 fields, found 4 fields; a delimiter inside a text needs "
        "quotes around the text\n"
        "tubes.csv, line 5: expected 5 fields, found 6 fields; a delimiter inside a text needs "
        "quotes around the text"
    )


def test_of_many_ragged_rows_the_first_twenty_are_named_and_the_rest_counted(people):
    content = TUBES_HEADER + "".join(f"T{n};B1;1\n" for n in range(30))

    lines = refused_tubes(people, content).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "tubes.csv: and 10 or more places like these"


def test_an_empty_line_between_rows_is_refused_with_its_line(people):
    assert refused_tubes(people, TUBES.replace("T2", "\nT2")) == (
        "tubes.csv, line 4: expected a data row, found an empty line; remove the line"
    )


def test_empty_lines_at_the_end_are_no_rows(people):
    assert people.ingest({"tubes.csv": TUBES + "\n\n"}).rows_accepted == 4


def test_a_line_that_copy_takes_for_the_end_of_the_data_is_refused(people):
    content = TUBES + "\\.\nT8;B1;1;1985-03-01;\n"

    assert refused_tubes(people, content) == (
        "tubes.csv, line 6: expected a data row, found a line of a backslash and a full stop, "
        "which ends the data for COPY; remove the line"
    )


def test_a_short_line_of_fixed_width_is_refused_with_its_line(people):
    content = "0181501026020200101\n028252101402020\n"
    outcome = people.ingest({"deaths.txt": content}, source="deaths")

    assert people.refused(outcome) == (
        "deaths.txt, line 2: expected at least 19 characters, found 15; write every line in "
        "full length"
    )


def test_an_empty_file_is_refused(people):
    assert refused_tubes(people, "") == (
        "tubes.csv: the file is empty (0 bytes); send it again, or leave it out of the delivery "
        "if there is nothing to say"
    )


def test_a_header_without_rows_is_refused(people):
    assert refused_tubes(people, TUBES_HEADER) == (
        "tubes.csv: no data rows; a table that has nothing to say is left out of the delivery"
    )


@pytest.mark.parametrize(
    ("content", "difference"),
    [
        (TUBES.replace("volume_ml;", "", 1), "found 4 columns: missing volume_ml"),
        (
            TUBES.replace("note\n", "note;weight\n").replace(";\n", ";;1\n"),
            "found 6 columns: not in the contract: weight",
        ),
        (
            TUBES.replace("volume_ml", "volume_mL"),
            "found 5 columns: missing volume_ml (renamed to volume_mL?); not in the contract: "
            "volume_mL",
        ),
        (
            TUBES.replace("drawn;note", "drawn;drawn"),
            "found 5 columns: missing note; named twice: drawn",
        ),
        (
            TUBES.removeprefix(TUBES_HEADER),
            "found 5 columns: missing tube, bank_number, volume_ml, drawn, note; 5 that are not "
            "in the contract (is line 1 the header?)",
        ),
        (
            TUBES.replace("drawn;note", "drawn;Kari Nordmann"),
            "found 5 columns: missing note; not in the contract: (a header that is not a name)",
        ),
    ],
    ids=["missing", "extra", "renamed", "doubled", "no header", "not a name"],
)
def test_columns_that_differ_from_the_contract_are_refused_by_name(people, content, difference):
    assert refused_tubes(people, content) == (
        f"tubes.csv, line 1: expected the 5 columns of contract janus.bank.tubes 1.0.0, "
        f"{difference}. Name the columns as the contract does, in any order"
    )


def test_columns_in_another_order_find_their_places_by_name(people):
    content = "note;drawn;volume_ml;bank_number;tube\nx;1985-03-01;1.5;B1;T1\n"

    assert people.ingest({"tubes.csv": content}).state == "accepted"
    [row] = people.query("select tube, volume_ml::text, drawn::text, note from raw.bank__tubes")
    assert row == ("T1", "1.5", "1985-03-01", "x")


def test_a_whole_gzip_file_is_read_and_a_cut_one_refused(people):
    from janus_warehouse.deliveries import ingest

    packed = gzip.compress(SENT, mtime=0)
    assert people.ingest({"tubes.csv.gz": packed}, name="whole").rows_accepted == 4

    other = gzip.compress(SENT.replace(b"1.5", b"1.6"), mtime=0)
    delivery_id = people.send({"tubes.csv.gz": other}, name="cut")
    (people.folder(name="cut") / "tubes.csv.gz").write_bytes(other[:-20])
    assert people.refused(ingest(delivery_id)) == (
        f"tubes.csv.gz: truncated: the manifest says {len(other)} bytes, the file has "
        f"{len(other) - 20}; send it again"
    )


def test_a_gzip_file_damaged_before_its_manifest_was_written_is_refused(people):
    from janus_warehouse.deliveries import ingest, scan_landing

    packed = gzip.compress(SENT, mtime=0)
    damaged = packed[:-8] + b"\0\0\0\0" + packed[-4:]
    people.lay(people.manifest_of(damaged, path="tubes.csv.gz"), {"tubes.csv.gz": damaged})
    [delivery_id] = scan_landing().new

    assert people.refused(ingest(delivery_id)) == (
        "tubes.csv.gz: expected a whole gzip file, found one that is cut off or damaged; "
        "compress it again and send it again"
    )


def test_one_bad_file_refuses_the_whole_delivery_with_every_problem_of_every_file(bank):
    outcome = bank.ingest({"people.csv": PEOPLE.replace("B2", "B\0"), "tubes.csv": ""})

    assert bank.refused(outcome) == (
        "people.csv, line 4: expected text, found a NUL byte; write the file again as plain text\n"
        "tubes.csv: the file is empty (0 bytes); send it again, or leave it out of the delivery "
        "if there is nothing to say"
    )
