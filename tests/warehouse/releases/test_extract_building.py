"""An extract holds what was approved of whom it was approved, and can be made again bit by bit."""

import csv
import hashlib
import hmac
import re
import subprocess

import psycopg
import pyarrow.parquet as pq
import pytest

from janus_warehouse.extracts import (
    IdentityNumberFoundError,
    UnknownExtractError,
    build_extract,
    building,
    list_extracts,
    verify_extract,
)
from janus_warehouse.extracts.pseudonyms import (
    project_secret,
    pseudonym,
    pseudonym_sql,
)
from janus_warehouse.platform.audit import broken_links
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.keyed_hash import keep_key
from janus_warehouse.projects import (
    ProjectExpiredError,
    ProjectRefusedError,
    UnknownProjectError,
    check_project,
    projects_for,
    register_project,
)
from janus_warehouse.releases import UnknownReleaseError, cut_release

DATASETS = ["analytes", "cancer_cases", "donors", "measurements", "survey_answers", "tubes"]
DESCRIBING = ["README.txt", "SHA256SUMS", "codebook.csv", "codebook.html", "manifest.json"]

MEN = [f"donor-{n}" for n in range(1, 301) if n % 2 == 0]
"""Sex code 1 was given to even numbers; the withdrawn donor 17 is a woman."""


@pytest.fixture
def release(marts):
    cut_release("2022.1")
    return marts


def rows(extract, dataset):
    with (extract.folder / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_holds_each_dataset_in_both_formats_and_what_describes_it(release, projects):
    extract = build_extract(projects(), "2022.1")

    expected = [f"{name}.{ending}" for name in DATASETS for ending in ("csv", "parquet")]
    assert sorted(path.name for path in extract.folder.iterdir()) == sorted(expected + DESCRIBING)
    assert len(rows(extract, "donors")) == len(MEN) == 150
    assert len(rows(extract, "survey_answers")) == 150
    assert len(rows(extract, "measurements")) == 60
    assert len(rows(extract, "cancer_cases")) == 15
    assert len(rows(extract, "tubes")) == 150
    assert len(rows(extract, "analytes")) == 2
    assert extract.rows == 150 + 150 + 60 + 15 + 150 + 2


def test_parquet_has_the_rows_and_columns_of_the_csv(release, projects):
    extract = build_extract(projects(), "2022.1")

    for dataset in DATASETS:
        table = pq.read_table(extract.folder / f"{dataset}.parquet")
        from_csv = rows(extract, dataset)
        assert table.num_rows == len(from_csv) > 0
        assert table.column_names == list(from_csv[0])
        for name in table.column_names:
            values = ["" if value is None else value for value in table[name].to_pylist()]
            written = [row[name] for row in from_csv]
            if str(table[name].type) == "double":
                assert values == [float(text) if text else "" for text in written]
            else:
                assert [str(value) for value in values] == written


def test_tells_an_empty_answer_from_a_missing_one(release, projects):
    extract = build_extract(projects(), "2022.1")
    answers = pq.read_table(extract.folder / "survey_answers.parquet").to_pylist()

    # Every fourth donor was not asked; of these, every second left an empty answer.
    assert sum(answer["value_original"] == "" for answer in answers) == 37
    assert sum(answer["value_original"] is None for answer in answers) == 38
    assert {answer["missing_reason"] for answer in answers if answer["value"] is None} == {
        "not_asked"
    }


def test_numbers_stay_exactly_as_reported(release, projects):
    extract = build_extract(projects(), "2022.1")
    reported = {
        row["value_reported"]: (row["value"], row["value_exact"])
        for row in rows(extract, "measurements")
    }

    assert reported["about 8, say"] == ("1.143", "1.1428571428571428")
    assert reported["about 14, say"] == ("2.000", "2")


def test_delivered_columns_carry_what_was_done_to_them(release, projects):
    extract = build_extract(projects(), "2022.1")

    assert list(rows(extract, "donors")[0]) == [
        "donor_pseudonym",
        "sex_code",
        "birth_date_year",
        "donor_group",
    ]
    assert {row["incidence_date_month"] for row in rows(extract, "cancer_cases")} == {
        "1990-01",
        "1990-02",
        "1990-03",
        "1990-04",
    }
    assert {row["run_date"] for row in rows(extract, "measurements")} == {"2005-03-01"}
    births = pq.read_schema(extract.folder / "donors.parquet").field("birth_date_year")
    assert str(births.type) == "int16"


def test_pseudonyms_are_hmac_sha256_under_the_secret_of_the_project(release, projects):
    extract = build_extract(projects(), "2022.1")
    secret = project_secret("study-one")

    expected = {}
    for donor in MEN:
        digest = hmac.new(secret, f"donor_id:{donor}".encode(), hashlib.sha256).hexdigest()
        letters = "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digest[:24])
        expected[letters] = donor
    assert {row["donor_pseudonym"] for row in rows(extract, "donors")} == set(expected)


def test_the_database_computes_the_same_pseudonym_as_python(warehouse):
    secret = project_secret("any")
    with connect(Role.extractor) as connection:
        keep_key(connection, secret)
        for value in ("donor-1", "", "å – 北", "x" * 500, "a'b\\c%s"):
            query = psycopg.sql.SQL("select {}").format(
                pseudonym_sql("donor_id", psycopg.sql.Literal(value))
            )
            assert connection.execute(query).fetchone() == (pseudonym(secret, "donor_id", value),)


def test_files_of_one_project_join_and_a_parent_tube_is_found(release, projects):
    extract = build_extract(projects(), "2022.1")
    tubes = {row["tube_pseudonym"]: row for row in rows(extract, "tubes")}

    donors = {row["donor_pseudonym"] for row in rows(extract, "donors")}
    for row in rows(extract, "measurements"):
        assert tubes[row["tube_pseudonym"]]["donor_pseudonym"] == row["donor_pseudonym"]
        assert row["donor_pseudonym"] in donors
    parents = {row["parent_pseudonym"] for row in tubes.values()} - {""}
    assert len(parents) == 25
    assert parents <= set(tubes)


def test_two_projects_share_no_pseudonym(release, projects):
    first = build_extract(projects("study-one"), "2022.1")
    second = build_extract(projects("study-two"), "2022.1")

    def all_pseudonyms(extract):
        return {
            value
            for dataset in DATASETS
            for row in rows(extract, dataset)
            for name, value in row.items()
            if name.endswith("_pseudonym") and value
        }

    assert len(all_pseudonyms(first)) == len(all_pseudonyms(second)) > 400
    assert not all_pseudonyms(first) & all_pseudonyms(second)


def test_a_donor_keeps_the_pseudonym_in_the_next_release(release, projects):
    first = build_extract(projects(), "2022.1")
    release.query("update ops.builds set code_version = 'code-2'")
    cut_release("2022.2")
    second = build_extract(projects(), "2022.2")

    assert rows(first, "donors") == rows(second, "donors")


def test_no_key_of_the_warehouse_is_in_any_file(release, projects):
    extract = build_extract(projects(), "2022.1")
    key = re.compile(rb"(donor|draw|tube|study|tumour|plate|pfoa)-[0-9]")

    for name, data in content(extract.folder).items():
        assert not key.search(data), name
    for dataset in DATASETS:
        table = pq.read_table(extract.folder / f"{dataset}.parquet")
        assert not key.search(repr(table.to_pylist()).encode())


def test_no_file_has_anything_like_an_identity_number(release, projects):
    extract = build_extract(projects(), "2022.1")
    eleven = re.compile(r"(?<![0-9a-f])[0-9]{6}[ -]?[0-9]{5}(?![0-9a-f])")

    seen = 0
    for path in extract.folder.iterdir():
        if path.suffix == ".parquet":
            text = repr(
                [
                    value
                    for row in pq.read_table(path).to_pylist()
                    for value in row.values()
                    if isinstance(value, str | int)
                ]
            )
        elif path.name == "measurements.csv":
            text = " ".join(row["value_reported"] for row in rows(extract, "measurements"))
        else:
            text = path.read_text(encoding="utf-8")
        seen += len(text)
        assert not eleven.search(text), path.name
    assert seen > 10_000


@pytest.mark.parametrize(
    ("change", "column"),
    [
        pytest.param("value_reported = '01818012345'", "value_reported", id="alone"),
        pytest.param("note = 'call 018180 12345 back'", "note", id="in a text, with a gap"),
    ],
)
def test_an_identity_number_in_the_data_stops_the_extract(marts, projects, change, column):
    marts.query(f"update marts.fct_measurements set {change} where measurement_id = 'pfoa-8'")
    cut_release("2022.1")

    with pytest.raises(IdentityNumberFoundError, match=f"measurements, column {column}") as caught:
        build_extract(projects(), "2022.1")
    assert "12345" not in str(caught.value)
    assert not any(
        path.is_dir() for path in building.extract_folder("study-one", "x").parent.iterdir()
    )
    assert list_extracts() == []


def test_a_number_stored_as_integer_stops_it_too(marts, projects):
    marts.query("alter table marts.dim_tubes alter column volume_ul type bigint")
    marts.query("update marts.dim_tubes set volume_ul = 1818012345 where tube_barcode = 'tube-2'")
    cut_release("2022.1")

    with pytest.raises(IdentityNumberFoundError, match=r"tubes, column volume_ul.* 1 values"):
        build_extract(projects(), "2022.1")


def test_is_bit_identical_when_it_is_made_again(release, projects):
    first = build_extract(projects(), "2022.1")
    before = content(first.folder)
    for path in first.folder.iterdir():
        path.unlink()
    first.folder.rmdir()

    again = build_extract("study-one", "2022.1")

    assert not again.was_there
    assert content(again.folder) == before
    assert again.sha256 == first.sha256
    assert release.query("select count(*) from ops.audit where action = 'deliver extract'") == [
        (1,)
    ]


def test_is_bit_identical_on_a_release_whose_rows_lie_elsewhere(release, projects):
    first = content(build_extract(projects(), "2022.1").folder)
    with connect(Role.admin) as connection:
        connection.execute("set session_replication_role = replica")
        for mart in ("dim_donors", "fct_measurements", "fct_survey_answers"):
            table = f"release_2022_1.{mart}"
            connection.execute(
                f"create temp table moved as select * from {table} order by random()"
            )
            connection.execute(f"truncate {table}")
            connection.execute(f"insert into {table} select * from moved")
            connection.execute("drop table moved")
        connection.execute("delete from ops.extracts")

    assert content(build_extract("study-one", "2022.1").folder) == first


def test_building_twice_leaves_the_first_alone(release, projects):
    first = build_extract(projects(), "2022.1")
    inode = (first.folder / "donors.csv").stat().st_ino

    second = build_extract("study-one", "2022.1")

    assert second.was_there and second.sha256 == first.sha256 and second.rows == first.rows
    assert (second.folder / "donors.csv").stat().st_ino == inode


def test_donors_withdrawn_in_the_release_are_not_in_the_extract(release, projects):
    women = build_extract(projects(cohort="  sex: female"), "2022.1")
    gone = pseudonym(project_secret("study-one"), "donor_id", "donor-17")

    assert len(rows(women, "donors")) == 149
    for dataset in set(DATASETS) - {"analytes"}:
        assert gone not in {row["donor_pseudonym"] for row in rows(women, dataset)}


def test_donors_who_withdraw_later_are_taken_out_of_the_extract(release, projects):
    first = build_extract(projects(), "2022.1")
    release.query("insert into governance.withdrawals values ('donor-8', '2026-01-01')")

    second = build_extract("study-one", "2022.1")

    gone = pseudonym(project_secret("study-one"), "donor_id", "donor-8")
    assert not second.was_there and second.sha256 != first.sha256
    assert len(rows(second, "donors")) == 149
    assert not any(gone.encode() in data for data in content(second.folder).values())
    assert verify_extract("study-one", "2022.1").passed
    assert [path.name for path in second.folder.parent.iterdir() if path.is_dir()] == ["2022.1"]


def test_a_withdrawal_of_somebody_else_changes_no_byte(release, projects):
    first = build_extract(projects(), "2022.1")
    release.query("insert into governance.withdrawals values ('donor-9', '2026-01-01')")

    assert build_extract("study-one", "2022.1").was_there
    assert verify_extract("study-one", "2022.1").passed
    assert first.sha256 == list_extracts()[0].sha256


def test_rows_are_sorted_by_pseudonym(release, projects):
    extract = build_extract(projects(), "2022.1")

    for dataset in set(DATASETS) - {"analytes"}:
        listed = [row["donor_pseudonym"] for row in rows(extract, dataset)]
        assert listed == sorted(listed) and len(set(listed)) > 10


def test_cohort_is_everybody_who_meets_every_condition(release, projects):
    expected = {
        "  sex: female": 149,
        "  birth_years: {first: 1930, last: 1931}": 18,
        "  donor_groups: [red_cross]": 60,
        "  cases: {topography: [C34]}": 30,
        "  cases: {topography: [C3], behaviour_codes: ['3']}": 30,
        "  cases: {topography: [C34], diagnosed: {first: 1991, last: 1999}}": 0,
        "  drawn: {first: 1975, last: 1990}": 0,
        "  has_measurements: [pfoa]": 119,
        "  has_survey_answers: [smoking_status]": 224,
        "  sex: male\n  cases: {topography: [C34]}": 15,
    }
    found = {}
    for cohort in expected:
        try:
            found[cohort] = len(rows(build_extract(projects(cohort=cohort), "2022.1"), "donors"))
        except ProjectRefusedError as error:
            assert "found none that satisfy it" in str(error)
            found[cohort] = 0

    assert found == expected


def test_reads_the_release_and_not_the_marts_of_today(release, projects):
    release.query("truncate marts.dim_donors, marts.fct_measurements")

    assert len(rows(build_extract(projects(), "2022.1"), "donors")) == 150


def test_an_expired_project_gets_nothing(release, projects):
    project = projects(valid_until="2020-12-31")

    with pytest.raises(ProjectExpiredError, match=r"study-one\.yaml:7: .*ended on 2020-12-31"):
        build_extract(project, "2022.1")
    assert list_extracts() == []


def test_an_unknown_project_or_release_is_named(release, projects):
    projects()

    with pytest.raises(UnknownProjectError, match="there are: study-one"):
        build_extract("study-two", "2022.1")
    with pytest.raises(UnknownReleaseError, match="never cut"):
        build_extract("study-one", "2023.1")


def test_every_problem_of_a_specification_is_told_with_its_line(release, projects):
    projects(
        replace={
            "[donor_id, sex_code, birth_date, donor_group]": "[shoe_size, birth_date]",
            "dates: {birth_date: year}": "dates: {}",
            "[tube_barcode, draw_id, volume_ul, parent_barcode]": "[tube_barcode, freezer]",
            "mart: fct_cancer_cases": "mart: fct_cases",
            "      analyte_id: {values: [pfoa]}": "      note: {values: [x]}",
        }
    )

    with pytest.raises(ProjectRefusedError) as caught:
        check_project("study-one", "2022.1")

    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert "study-one.yaml:17: datasets.0.columns.0: dim_donors has no column shoe_size" in lines[0]
    assert "birth_date is a date: say under dates" in lines[1]
    assert "freezer is never delivered" in lines[2]
    assert "no fct_cases in release 2022.1 (there are: " in lines[3]
    assert "only: say under only which values of analyte_id are approved" in lines[4]


def test_variables_that_the_release_does_not_have_are_refused(release, projects):
    projects(
        cohort="  has_survey_answers: [shoe_size]",
        replace={"{values: [pfoa]}": "{values: [pfoa, gold]}"},
    )

    with pytest.raises(ProjectRefusedError) as caught:
        check_project("study-one")
    assert "not in fct_survey_answers.variable of this release: shoe_size" in str(caught.value)
    assert "not in fct_measurements.analyte_id of this release: gold" in str(caught.value)


def test_projects_of_collections_that_a_release_lacks_are_not_asked_for(release, projects):
    projects("study-one")
    projects("study-two", replace={"collection: janus": "collection: farmers"})
    projects("study-three", valid_until="2020-01-01")

    assert [project.project_id for project in projects_for("2022.1")] == ["study-one"]


def test_registering_a_project_keeps_what_was_approved(release, projects):
    checked = check_project(projects(), "2022.1")

    assert checked.donors == 150
    assert register_project(checked.project)
    assert not register_project(checked.project)
    stored = release.query("select specification ->> 'title' from governance.projects")
    assert stored == [("A made-up study",)]


def test_changed_specification_replaces_the_extract(release, projects):
    first = build_extract(projects(), "2022.1")
    projects(replace={"[donor_id, sex_code, birth_date, donor_group]": "[birth_date]"})

    second = build_extract("study-one", "2022.1")

    assert not second.was_there and second.sha256 != first.sha256
    assert list(rows(second, "donors")[0]) == ["donor_pseudonym", "birth_date_year"]
    assert [record.sha256 for record in list_extracts()] == [second.sha256]


def test_only_the_approved_formats_are_written(release, projects):
    projects(replace={"cohort:": "formats: [parquet]\ncohort:"})
    extract = build_extract("study-one", "2022.1")

    names = {path.name for path in extract.folder.iterdir()}
    assert names == {f"{name}.parquet" for name in DATASETS} | set(DESCRIBING)


def test_a_header_and_no_rows_are_delivered_where_nobody_has_any(release, projects):
    projects(replace={"starting_with: [C34]": "starting_with: [C99]"})
    extract = build_extract("study-one", "2022.1")

    assert rows(extract, "cancer_cases") == []
    table = pq.read_table(extract.folder / "cancer_cases.parquet")
    assert (table.num_rows, table.num_columns) == (0, 4)


def test_codebook_describes_every_column_and_every_approved_variable(release, projects):
    extract = build_extract(projects(), "2022.1")
    with (extract.folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        book = {
            (line["dataset"], line["variable"], line["rows_where"]): line
            for line in csv.DictReader(file)
        }

    for dataset in DATASETS:
        for column in rows(extract, dataset)[0]:
            assert (dataset, column, "") in book
    sex = book[("donors", "sex_code", "")]
    assert (sex["label_en"], sex["label_nb"]) == ("Sex", "Kjønn")
    assert sex["codes"] == "1 = man; 2 = woman"
    assert sex["values"] == "150"
    birth = book[("donors", "birth_date_year", "")]
    assert birth["description"].endswith("register. Given as the year only.")
    smoking = book[("survey_answers", "value", "variable = smoking_status")]
    assert smoking["label_en"] == "Smoking"
    assert smoking["missing_reasons"] == "not_asked = not asked"
    pfoa = book[("measurements", "value", "analyte_id = pfoa")]
    assert (pfoa["label_en"], pfoa["unit"]) == ("Perfluorooctanoic acid", "ng/mL")
    page = (extract.folder / "codebook.html").read_text(encoding="utf-8")
    assert "Kjønn" in page and "variable = smoking_status" in page


def test_codebook_describes_no_values_where_the_dataset_has_none(release, projects):
    only = "    columns: [analyte_id, analyte_name, unit]\n"
    replace = {only: only + "    only:\n      analyte_id: {values: [pfoa]}\n"}
    extract = build_extract(projects(replace=replace), "2022.1")

    with (extract.folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        told = [line["variable"] for line in csv.DictReader(file) if line["dataset"] == "analytes"]
    assert told == ["analyte_id", "analyte_name", "unit"]


def test_checksums_are_read_by_the_usual_tool(release, projects):
    extract = build_extract(projects(), "2022.1")

    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=extract.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout.count(": OK") == len(list(extract.folder.iterdir())) - 1


def test_verification_names_the_file_that_is_wrong(release, projects):
    extract = build_extract(projects(), "2022.1")
    assert verify_extract("study-one", "2022.1").passed
    (extract.folder / "donors.csv").write_text("changed")
    (extract.folder / "tubes.csv").unlink()
    (extract.folder / "more.csv").write_text("added")

    assert verify_extract("study-one", "2022.1").problems == {
        "donors.csv": "has other content than when the extract was built",
        "more.csv": "is not in SHA256SUMS",
        "tubes.csv": "is missing",
    }
    (extract.folder / "SHA256SUMS").unlink()
    assert verify_extract("study-one", "2022.1").problems == {"SHA256SUMS": "is missing"}


def test_a_forged_checksum_does_not_help(release, projects):
    extract = build_extract(projects(), "2022.1")
    before = content(extract.folder)
    (extract.folder / "donors.csv").write_text("forged")
    building.write_checksums(extract.folder)

    assert list(verify_extract("study-one", "2022.1").problems) == ["SHA256SUMS"]
    assert not build_extract("study-one", "2022.1").was_there
    assert content(extract.folder) == before


def test_verifying_what_was_never_delivered_says_how_to_build_it(release, projects):
    with pytest.raises(UnknownExtractError, match=r"janus extract build study-one 2022\.1"):
        verify_extract("study-one", "2022.1")


def test_a_run_that_fails_at_the_end_leaves_the_old_extract_and_no_half_one(
    release, projects, monkeypatch
):
    first = build_extract(projects(), "2022.1")
    before = content(first.folder)
    release.query("insert into governance.withdrawals values ('donor-8', '2026-01-01')")
    monkeypatch.setattr(building, "write_checksums", lambda folder: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        build_extract("study-one", "2022.1")
    assert content(first.folder) == before
    assert verify_extract("study-one", "2022.1").passed
    monkeypatch.undo()


def test_what_a_killed_run_left_is_cleared_away(release, projects):
    leftover = building.extract_folder("study-one", "2022.1").parent / ".2022.1.building"
    leftover.mkdir(parents=True)
    (leftover / "half.csv").write_text("half")

    extract = build_extract(projects(), "2022.1")

    assert not leftover.exists()
    assert not (extract.folder / "half.csv").exists()


def test_a_folder_without_its_ledger_row_is_vouched_for_again(release, projects):
    first = build_extract(projects(), "2022.1")
    release.query("delete from ops.extracts")

    second = build_extract("study-one", "2022.1")

    assert not second.was_there
    assert [record.sha256 for record in list_extracts()] == [first.sha256]


def test_what_others_audit_while_it_is_built_stays_in_the_chain(release, projects, monkeypatch):
    write = building._write

    def with_another_row(*args):
        rows = write(*args)
        with connect(Role.extractor) as another:
            another.execute(
                "insert into ops.audit (actor, action, subject) values ('x', 'deliver', 'other')"
            )
        return rows

    monkeypatch.setattr(building, "_write", with_another_row)
    extract = build_extract(projects(), "2022.1")

    with connect(Role.reader) as connection:
        told = connection.execute("select subject from ops.audit order by audit_id desc limit 2")
        assert [subject for (subject,) in told] == [extract.extract_id, "other"]
    assert broken_links() == []
