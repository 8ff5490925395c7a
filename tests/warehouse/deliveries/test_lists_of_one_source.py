"""Two lists of the freezer system: an earlier one of tubes alone leans on the later whole one."""

from datetime import date

from tests.warehouse.assays.bank_of_returns import lay_bank, table


def test_an_earlier_list_of_tubes_is_judged_after_the_list_that_knows_their_draws(warehouse):
    from janus_warehouse.deliveries import ingest

    whole = lay_bank(warehouse)
    row = {
        "tube_barcode": f"{1:010d}", "draw_id": f"D{1:08d}", "material_code": "SER",
        "volume_ul": 500, "thaw_count": 0, "freezer": "F9", "rack": "R001", "box": "B01",
        "position": "A01", "tube_status": "stored",
    }  # fmt: skip
    earlier = warehouse.deliver(
        "2014", source="biobank", as_of=date(2014, 12, 31),
        files={"tubes.csv": table("biobank__tubes", [row])},
    )  # fmt: skip

    assert ingest(whole).state == "accepted"
    assert ingest(earlier).state == "accepted"
    assert warehouse.query(
        "select as_of::text from ops.linkages where table_name = 'tubes' order by linkage_number"
    ) == [("2014-12-31",), ("2018-12-31",)]
    assert warehouse.query(
        "select delivery_id from ops.current_tables where table_name = 'tubes'"
    ) == [(whole,)]
