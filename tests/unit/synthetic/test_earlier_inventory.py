"""The earlier list of tubes: before anything was sent, and wrong where the answer key says so."""

import polars as pl
import pytest
from tests.unit.synthetic.conftest import Bank

PLACE = ["freezer", "rack", "box", "position"]


def read(bank: Bank, path: str) -> pl.DataFrame:
    return pl.read_csv(bank.folder / path, separator=";", infer_schema=False)


@pytest.fixture(scope="module")
def both(bank: Bank) -> pl.DataFrame:
    """Give tubes of both lists, one row each; what is later ends with `_later`."""
    earlier, later = (
        read(bank, f"biobank/{folder}/tubes.csv").with_columns(
            pl.col("volume_ul", "thaw_count").cast(pl.Int64, strict=False)
        )
        for folder in ("2014-12-31-tubes", "2022-12-31")
    )
    return earlier.join(later, on="tube_barcode", how="left", suffix="_later")


def test_what_the_lists_disagree_on_is_what_the_answer_key_says(bank, both):
    counted = {
        "volume_grew": (pl.col("volume_ul_later") > pl.col("volume_ul")).sum(),
        "thaws_fell": (pl.col("thaw_count_later") < pl.col("thaw_count")).sum(),
        "revived": (
            (pl.col("tube_status") == "used_up") & (pl.col("tube_status_later") != "used_up")
        ).sum(),
        "draw_changed": (pl.col("draw_id") != pl.col("draw_id_later")).sum(),
        "left_inventory": pl.col("draw_id_later").is_null().sum(),
    }
    found = both.select(**counted).row(0, named=True)

    assert found == {code: bank.key.tube_findings[code] for code in found}
    assert min(found.values()) >= 1


def test_a_tube_held_before_it_was_sent_what_was_taken_and_what_is_left(bank, both):
    sent = read(bank, "biobank/2022-12-31/shipments.csv").with_columns(
        pl.col("volume_ul").cast(pl.Int64)
    )
    taken = sent.group_by("tube_barcode").agg(pl.col("volume_ul").sum().alias("taken"))
    held = both.join(taken, on="tube_barcode", how="inner")

    assert held.height == taken.height > 10
    assert held.filter(
        pl.col("volume_ul") != pl.col("volume_ul_later") + pl.col("taken")
    ).is_empty()
    assert held.filter(pl.col("thaw_count") > pl.col("thaw_count_later")).is_empty()


def test_no_two_tubes_share_a_place_and_none_in_store_is_empty(both):
    stored = both.filter(pl.col("tube_status") == "stored")

    assert stored.filter(pl.col("volume_ul") <= 0).is_empty()

    assert stored.select(PLACE).is_duplicated().sum() == 0
    assert stored.select(pl.any_horizontal(pl.col(*PLACE).is_null()).sum()).item() == 0
