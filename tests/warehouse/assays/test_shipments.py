"""A shipment from the list of tubes to the opened seal, on a real database."""

import csv
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
import yaml
from tests.warehouse.assays.bank_of_returns import (
    FORM,
    LABORATORY,
    PROJECT,
    lay_bank,
    lay_return,
)
from tests.warehouse.assays.small_shipments import request, results, write_tubes
from typer.testing import CliRunner

from janus_warehouse.cli import app

FORM_DAY = date(2026, 1, 5)
REASON = "analysis plan of 2026-03-01 is fixed"
SAMPLES_HEADER = "sample_code,missing_reason"


@pytest.fixture
def bank(warehouse):
    """A small bank that is taken in."""
    from janus_warehouse.deliveries import ingest

    assert ingest(lay_bank(warehouse)).state == "accepted"
    return warehouse


def sent_codes(made) -> list[dict[str, str]]:
    """Return the laboratory's list of samples."""
    return list(csv.DictReader((made.folder / "samples_sent.csv").open()))


def all_bytes(folder) -> bytes:
    """Return the bytes of all files of a folder, and of the parts of its workbooks, unpacked."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        found.append(path.read_bytes())
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(found[-1])) as parts:
                found += [parts.read(name) for name in parts.namelist()]
    return b"\n".join(found)


def ingest_waiting() -> list[str]:
    """Take in all that waits and return the states."""
    from janus_warehouse.deliveries import ingest, scan_landing

    return [ingest(one).state for one in scan_landing().new]


def test_a_shipment_is_made_sent_returned_and_opened(bank, tmp_path):
    from janus_warehouse.assays.shipments import (
        SealedError,
        list_progress,
        make_shipment,
        open_shipment,
    )
    from janus_warehouse.assays.shipments.codes import has_right_check
    from janus_warehouse.platform.audit import broken_links

    tubes = write_tubes(tmp_path / "tubes.csv")
    made = make_shipment(request(tubes))
    name = made.shipment.shipment_id
    sent = sent_codes(made)
    codes = [row["study_code"] for row in sent]
    assert (name, made.is_new) == ("pfas-testicular-cancer-1", True)
    assert (made.shipment.samples, made.shipment.duplicates, made.shipment.plates) == (32, 2, 1)
    assert all(has_right_check(code) for code in codes)
    columns = ["study_code", "plate_id", "well", "volume_ul", "project", "platform"]
    assert list(sent[0]) == columns
    assert {(row["project"], row["platform"]) for row in sent} == {(PROJECT, "targeted_chemistry")}
    assert make_shipment(request(tubes)).shipment.shipment_id == name
    the_laboratory_learns_nothing(bank, made)

    assert [one.state for one in list_progress()] == ["made"]
    assert ingest_waiting() == ["accepted"]
    the_bank_knows_all_but_the_status(bank, name)
    assert list_progress(name)[0].state == "sent"
    with pytest.raises(SealedError, match=r"of 32 codes 0 have results .* 32 are not back"):
        open_shipment(name, reason=REASON)

    # Two codes are not in the first return, and nobody says why.
    form = yaml.safe_load((made.folder / "return" / "return.yaml").read_text())
    told = {
        "as_of": made.shipment.shipped_date,
        "form": {**form, "platform_version": "LC-MS/MS 2.1", "method": "Isotope dilution"},
    }
    tube_of = dict(bank.query("select study_code, tube_barcode from governance.shipment_samples"))
    first = lay_return(bank, "first", {"run.csv": results(sent[:-2], tube_of)}, **told)
    ingest_waiting()
    with pytest.raises(SealedError, match="stays sealed"):
        open_shipment(name, reason=REASON)
    lay_return(
        bank, "second", supersedes=first, **told,
        files={
            "run.csv": results(sent[:-1], tube_of),
            "samples.csv": f"{SAMPLES_HEADER}\n{codes[-1]},the tube was empty\n",
        },
    )  # fmt: skip
    assert ingest_waiting() == ["accepted"]
    [progress] = list_progress(name)
    assert (progress.state, progress.codes["result"], progress.codes["reason"]) == (
        "complete", 31, 1,
    )  # fmt: skip

    with pytest.raises(SealedError, match="say why"):
        open_shipment(name, reason=" ")
    assert bank.query("select count(*) from governance.opened_status") == [(0,)]
    opened = open_shipment(name, reason=REASON)
    assert opened.cases + opened.controls == 32
    the_status_is_that_of_the_list(bank, tubes)
    the_sealed_seed_gives_the_same_layout(bank, name, tubes, [tube_of[code] for code in codes])
    assert list_progress(name)[0].state == "opened"
    with pytest.raises(SealedError, match="was opened on"):
        open_shipment(name, reason=REASON)
    assert bank.query(
        "select action, subject, detail ->> 'reason' from ops.audit "
        "where action like '%%shipment' order by audit_id"
    ) == [("make shipment", name, None), ("open shipment", name, REASON)]
    assert broken_links() == []


@pytest.mark.parametrize("killed_at", ["recording", "laboratory", "delivery", "finishing"])
def test_killed_at_any_point_and_run_again_there_is_one_shipment(
    bank, tmp_path, monkeypatch, killed_at
):
    from janus_warehouse.assays.shipments import ledger, list_progress, make_shipment, making

    class Killed(BaseException):
        pass

    def kill(*_, **__):
        raise Killed

    asked = request(write_tubes(tmp_path / "tubes.csv", sets=2))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if killed_at == "recording":
            patch.setattr(ledger, "record", kill)
        elif killed_at == "laboratory":
            patch.setattr(making, "_require_draft", kill)
        elif killed_at == "delivery":
            patch.setattr(making, "_deliver", kill)
        else:
            patch.setattr(ledger, "finish", kill)
        make_shipment(asked)
    begun = bank.query("select study_code from governance.shipment_samples order by 1")
    made = make_shipment(asked)

    assert (begun == []) == (killed_at == "recording") == made.is_new
    codes = bank.query("select study_code from governance.shipment_samples order by 1")
    assert len(codes) == 7 and codes == (begun or codes)
    assert sorted((row["study_code"],) for row in sent_codes(made)) == codes
    assert ingest_waiting() == ["accepted"]
    assert [(one.state, one.total) for one in list_progress()] == [("sent", 7)]
    assert bank.query("select count(*) from ops.audit where action = 'make shipment'") == [(1,)]
    assert [path.name for path in (bank.home / "shipments").iterdir()] == [
        made.shipment.shipment_id
    ]


def test_the_commands_make_list_show_and_refuse_to_open(bank, tmp_path):
    from janus_warehouse.identity.withdrawals import record_withdrawals

    runner = CliRunner(env={"COLUMNS": "200"})

    def janus(*arguments):
        done = runner.invoke(app, ["shipment", *arguments])
        return done.exit_code, done.output

    tubes = str(write_tubes(tmp_path / "tubes.csv", sets=2))
    assert "no shipment was made here yet" in janus("list")[1]
    status, told = janus("make", PROJECT, "--laboratory", LABORATORY, "--platform",
                         FORM["platform"], "--tubes", tubes, "--duplicates", "0")  # fmt: skip
    name = f"{PROJECT}-1"
    assert (status, told.splitlines()[0]) == (
        0, f"{name}: 6 samples on 1 plate, 0 of them blinded duplicates",
    )  # fmt: skip
    assert re.search(rf"{name} .* 6 .* 0 .* made", janus("list")[1])
    assert "6 not in yet with the bank's own delivery" in janus("show", name)[1]
    assert len(janus("show", name, "--codes", "waiting")[1].split()) == 6
    assert ingest_waiting() == ["accepted"]
    record_withdrawals(["J0000002"], system="donor_number", withdrawn=FORM_DAY)
    assert "back 1 of 6: 0 with results, 0 with a reason why not, 1 of" in janus("show", name)[1]
    status, told = janus("open", name, "--reason", REASON)
    assert status == 1 and "of 6 codes 0 have results" in told
    assert janus("open", "another-1", "--reason", REASON)[0] == 2
    assert janus("make", "nobody", "--laboratory", LABORATORY, "--platform", "x",
                 "--tubes", tubes)[0] == 2  # fmt: skip


def the_laboratory_learns_nothing(bank, made):
    """No donor, number, tube, set or status is in any byte of the laboratory's folder."""
    everything = all_bytes(made.folder)
    secrets = [
        value
        for (value,) in bank.query(
            "select value from identity.identifiers where system <> 'study_code' "
            "union select donor_id from identity.donors union select tube_barcode "
            "from governance.shipment_samples"
        )
    ]
    assert len(secrets) > 400
    assert not [kind for kind in secrets if kind.encode() in everything]
    assert not re.search(rb"(?i)(?<![0-9a-z])(case|control|set_number)", everything)
    codes = [row["study_code"].encode() for row in sent_codes(made)]
    assert all(everything.count(code) >= 4 for code in codes)


def the_bank_knows_all_but_the_status(bank, name):
    found = bank.query(
        "select count(*), count(distinct tube_barcode), count(distinct donor_id), "
        "count(distinct set_number), min(thaw_count), max(volume_ul), "
        "count(*) filter (where is_blinded_duplicate), count(distinct (plate_id, well)) "
        "from raw.biobank__shipments where shipment_id = %s", name,
    )  # fmt: skip
    assert found == [(32, 30, 30, 10, 1, 100, 2, 32)]
    [(sealed,)] = bank.query("select sealed from governance.shipment_seals")
    assert not any(word in bytes(sealed) for word in (b"case", b"control", b"seed"))


def the_status_is_that_of_the_list(bank, tubes):
    listed = {row["tube_barcode"]: row for row in csv.DictReader(tubes.open())}
    opened = bank.query(
        "select s.tube_barcode, o.matched_status, o.set_number::text, "
        "r.tube_barcode, o.duplicate_of is not null, s.is_blinded_duplicate "
        "from governance.opened_status as o "
        "inner join raw.biobank__shipments as s on o.study_code = s.study_code "
        "left join raw.biobank__shipments as r on o.duplicate_of = r.study_code"
    )
    assert len(opened) == 32
    for barcode, status, set_number, repeated, is_again, is_duplicate in opened:
        assert (status, set_number) == (listed[barcode]["status"], listed[barcode]["set_number"])
        assert (is_again, repeated) == (is_duplicate, barcode if is_duplicate else None)


def the_sealed_seed_gives_the_same_layout(bank, name, tubes, placed):
    from janus_warehouse.assays.shipments.layout import lay_out
    from janus_warehouse.assays.shipments.request import read_tubes
    from janus_warehouse.assays.shipments.seal import unseal

    [(sealed,)] = bank.query("select sealed from governance.shipment_seals")
    listed = read_tubes(tubes)
    is_case = (listed["status"] == "case").to_numpy()
    again = lay_out(
        listed["set_number"].to_numpy(), is_case, is_case | True, unseal(name, sealed).design
    )
    assert listed["tube_barcode"][again["sample"]].to_list() == placed


def test_values_in_the_lake_count_as_long_as_their_return_stands(bank, tmp_path):
    from janus_warehouse.assays.shipments import list_progress, make_shipment

    make_shipment(request(write_tubes(tmp_path / "tubes.csv", sets=2)))
    assert ingest_waiting() == ["accepted"]
    bank.query(
        "create table if not exists raw.laboratories__matrix_samples (delivery_id text, "
        "collection_id text, sample_code text, n_values bigint, n_detected bigint, total float8)"
    )
    bank.query(
        "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, "
        "content_sha256, state) values ('wide', 'laboratories', 'janus', 'assay', 'x', 'x', "
        "'accepted')"
    )
    bank.query(
        "insert into raw.laboratories__matrix_samples "
        "select 'wide', 'janus', study_code, row_number() over () - 1, 0, 0 "
        "from governance.shipment_samples"
    )

    # A column without any value is no result.
    assert list_progress()[0].codes["result"] == 6
    bank.query("update ops.deliveries set state = 'superseded' where delivery_id = 'wide'")
    assert list_progress()[0].codes["result"] == 0


def test_two_shipments_made_at_once_do_not_give_one_tube_away_twice(bank, tmp_path):
    from janus_warehouse.assays.shipments import ShipmentRefusedError, make_shipment

    def make(name):
        try:
            return make_shipment(request(write_tubes(tmp_path / f"{name}.csv", sets=name))).is_new
        except ShipmentRefusedError as error:
            return "has left" in str(error)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(make, (2, 3, 4))) == [True, True, True]
    assert bank.query("select count(*) from governance.shipments") == [(1,)]
    assert bank.query(
        "select count(*) from governance.shipment_samples group by tube_barcode "
        "having count(*) > 2"
    ) == []  # fmt: skip


def test_no_role_reads_a_seal_and_the_database_itself_refuses_to_hand_one_out(bank, tmp_path):
    from janus_warehouse.assays.shipments import make_shipment
    from janus_warehouse.platform.database import Role, connect

    name = make_shipment(request(write_tubes(tmp_path / "tubes.csv"))).shipment.shipment_id
    handed_out = "select governance.open_seal(%s, 'somebody', 'curiosity')"
    ways = ["select sealed from governance.shipment_seals where shipment_id = %s", handed_out,
            "update governance.shipments set state = 'opened' where shipment_id = %s",
            "delete from governance.shipment_seals where shipment_id = %s"]  # fmt: skip
    for role in (role for role in Role if role is not Role.admin):
        for way in ways:
            with pytest.raises(psycopg.Error) as refused, connect(role) as connection:
                connection.execute(way, [name])
            if (role, way) == (Role.curator, handed_out):
                assert "32 codes are not back yet" in str(refused.value)
            elif (role, way) == (Role.curator, ways[2]):
                assert isinstance(refused.value, psycopg.errors.CheckViolation)
            else:
                assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege)
    assert bank.query("select state from governance.shipments") == [("made",)]
    assert bank.query("select count(*) from ops.audit where action = 'open shipment'") == [(0,)]


def test_tubes_that_must_not_leave_are_refused_with_their_lines_and_the_mend(bank, tmp_path):
    from janus_warehouse.assays.shipments import ShipmentRefusedError, make_shipment
    from janus_warehouse.identity.withdrawals import record_withdrawals

    bank.query("update raw.biobank__tubes set tube_status = 'missing' where tube_barcode = %s",
               "0000000002")  # fmt: skip
    bank.query("update raw.biobank__tubes set volume_ul = 99 where tube_barcode = %s",
               "0000000003")  # fmt: skip
    record_withdrawals(["J0000004"], system="donor_number", withdrawn=FORM_DAY)
    make_shipment(request(write_tubes(tmp_path / "others.csv", sets=1, first=10)))
    tubes = write_tubes(tmp_path / "tubes.csv", sets=4)
    tubes.write_text(tubes.read_text() + "0000009999,5,case\n")
    with pytest.raises(ShipmentRefusedError) as refused:
        make_shipment(request(tubes))

    told = str(refused.value).splitlines()
    assert [line.partition(" (line ")[2].partition(")")[0] for line in told] == [
        "14", "5", "11, 12, 13", "3", "4",
    ]  # fmt: skip
    for line, words in zip(told, ("inventory has no such", "withdrawn", "has left",
                                  "not stored", "less than 100 uL"), strict=True):  # fmt: skip
        assert line.startswith("tubes.csv: ") and words in line
    assert not any(number in str(refused.value) for number in ("0000009999", "J0000004"))
    assert bank.query("select count(*) from governance.shipments") == [(1,)]


def test_a_reserved_tube_waits_for_its_project_until_its_last_day(bank, tmp_path):
    from janus_warehouse.assays.shipments import (
        ShipmentRefusedError,
        free_tubes,
        make_shipment,
        reserve_tubes,
    )

    tubes = write_tubes(tmp_path / "tubes.csv", sets=2)
    kept = tmp_path / "kept.csv"
    kept.write_text("tube_barcode\n0000000002\n0000000004\n")
    last = date(2030, 6, 1)
    assert reserve_tubes("smoking-lung-cancer", kept, last) == 2
    with pytest.raises(ShipmentRefusedError, match=r"2 lines \(line 3, 5\): .* another project"):
        make_shipment(request(tubes))
    with pytest.raises(ShipmentRefusedError, match=r"2 lines \(line 2, 3\): .* another project"):
        reserve_tubes(PROJECT, kept, last)
    kept.write_text("tube_barcode\n0000000004\n0000009999\n")
    with pytest.raises(ShipmentRefusedError, match=r"1 line \(line 3\): the inventory has no such"):
        reserve_tubes("smoking-lung-cancer", kept, last)
    for day in (date(2020, 1, 1), date(2099, 1, 1)):
        with pytest.raises(ShipmentRefusedError, match="end of the approval"):
            reserve_tubes(PROJECT, kept, day)

    # The one is given free, the other's last day has passed.
    assert free_tubes("smoking-lung-cancer", kept) == 1
    bank.query("update governance.tube_reservations set reserved_until = '2026-01-01'")
    assert reserve_tubes(PROJECT, write_tubes(tmp_path / "own.csv", sets=2), last) == 6
    assert make_shipment(request(tubes)).is_new
    assert bank.query(
        "select action, detail ->> 'tubes' from ops.audit where action !~ 'delivery' order by 1, 2"
    ) == [
        ("free tubes", "1"), ("make shipment", None), ("reserve tubes", "2"),
        ("reserve tubes", "6"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"laboratory": "serology_lab"}, r"yaml:\d+: laboratory serology_lab is not approved"),
        ({"platform": "nmr_metabolomics"}, r"yaml:\d+: platform nmr_metabolomics is not approved"),
        ({"platform": "abacus"}, "unknown platform abacus: expected one of targeted_chemistry"),
        ({"project_id": "smoking-lung-cancer"}, "nothing under `material`"),
    ],
)
def test_what_the_approval_does_not_cover_is_refused(tmp_path, changes, message):
    from janus_warehouse.assays.shipments import ShipmentRefusedError, make_shipment

    with pytest.raises(ShipmentRefusedError, match=message):
        make_shipment(request(write_tubes(tmp_path / "tubes.csv"), **changes))
