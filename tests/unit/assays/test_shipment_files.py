"""What goes to a laboratory is searched before it goes; what is asked for is read with care."""

import re

import polars as pl
import pytest
from openpyxl import Workbook

from janus_warehouse.assays.shipments.errors import LeakError, SealedError, ShipmentRefusedError
from janus_warehouse.assays.shipments.layout import Design
from janus_warehouse.assays.shipments.leaks import refuse_leaks
from janus_warehouse.assays.shipments.request import read_tubes
from janus_warehouse.assays.shipments.seal import STATUS_SCHEMA, Sealed, seal, unseal
from janus_warehouse.platform.settings import get_settings

LEAKS = {
    "donor key": "D0123456789ABCDEF",
    "national number": "01845012345",
    "donor number": "J0000017",
    "tube barcode": "1000015601",
    "status or set": "Case",
    "identifier of the shipment": "secret17",
}


@pytest.mark.parametrize(("kind", "text"), LEAKS.items())
@pytest.mark.parametrize("place", ["text", "workbook", "name"])
def test_a_leak_is_found_in_texts_workbooks_and_names(tmp_path, kind, text, place):
    (tmp_path / "fine.csv").write_text("study_code,volume_ul\nS0073IGAG,250\n")
    refuse_leaks(tmp_path, ["secret17"])
    if place == "workbook":
        book = Workbook()
        book.active.append(["S0073IGAG", text])
        book.save(tmp_path / "list.xlsx")
    elif place == "text":
        (tmp_path / "list.csv").write_text(f"S0073IGAG,{text}\n")
    else:
        (tmp_path / f"{text}.csv").write_text("S0073IGAG\n")

    with pytest.raises(LeakError) as found:
        refuse_leaks(tmp_path, ["secret17"])
    assert kind in str(found.value)
    assert place == "name" or text not in str(found.value)


def test_the_names_that_the_laboratory_may_know_are_no_leak(tmp_path):
    (tmp_path / "list.csv").write_text("project: nested-case-control, S1CASE99X\n")

    refuse_leaks(tmp_path, told=["nested-case-control"])
    with pytest.raises(LeakError):
        refuse_leaks(tmp_path)


def test_a_list_of_tubes_is_read_whatever_stands_between_its_cells(tmp_path):
    texts = ["Status;tube_barcode;set_number;note\ncase;0000000017;3;x\n",
             "\ufefftube_barcode,set_number,status\n 0000000017 ,3,case\n"]  # fmt: skip
    for text in texts:
        path = tmp_path / "tubes.csv"
        path.write_text(text, encoding="utf-8")
        assert read_tubes(path).rows() == [(2, "0000000017", 3, "case")]


def test_all_that_is_wrong_with_a_list_of_tubes_is_told_by_line(tmp_path):
    path = tmp_path / "tubes.csv"
    path.write_text(
        "tube_barcode,set_number,status\n0000000001,1,case\n0000000001,1,control\n"
        "1.0E9,1,control\n0000000004,one,control\n0000000005,0,Case\n0000000006,2,\n"
    )
    with pytest.raises(ShipmentRefusedError) as refused:
        read_tubes(path)

    told = str(refused.value)
    lines = [re.findall(r"\(line ([0-9, ]+)\)", line) for line in told.splitlines()]
    assert lines == [["4"], ["2, 3"], ["5, 6"], ["6, 7"]]
    assert "0000000001" not in told


@pytest.mark.parametrize("text", ["tube_barcode,status\n0000000001,case\n", "", "a\n\xff"])
def test_a_list_without_its_columns_is_refused_with_what_was_expected(tmp_path, text):
    path = tmp_path / "tubes.csv"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ShipmentRefusedError, match="columns tube_barcode, set_number, status"):
        read_tubes(path)


@pytest.fixture
def sealed(monkeypatch):
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    get_settings.cache_clear()
    status = pl.DataFrame(
        {"study_code": ["S1", "S2"], "matched_status": ["case", "control"],
         "set_number": [1, 1], "duplicate_of": [None, "S1"]}, schema=STATUS_SCHEMA,
    )  # fmt: skip
    yield Sealed(status, Design(seed=2**62, plate_wells=384, controls=3, duplicates=0.1))
    get_settings.cache_clear()


def test_a_seal_gives_back_what_was_sealed_and_shows_nothing_of_it(sealed):
    closed = seal("one-1", sealed)
    opened = unseal("one-1", closed)

    assert opened.status.equals(sealed.status)
    assert opened.design == sealed.design
    assert b"case" not in closed and seal("one-1", sealed) != closed


def test_a_seal_opens_for_its_own_shipment_key_and_bytes_only(sealed, monkeypatch):
    closed = seal("one-1", sealed)
    for name, content in (("one-2", closed), ("one-1", closed[:-1] + bytes([closed[-1] ^ 1]))):
        with pytest.raises(SealedError, match="does not open with the key"):
            unseal(name, content)
    monkeypatch.setenv("JANUS_SECRET_KEY", "another key")
    get_settings.cache_clear()
    with pytest.raises(SealedError, match=r"restore JANUS_SECRET_KEY or secrets\.json"):
        unseal("one-1", closed)
