"""What may be told of donors with results: margins, each guarded, where the table is too fine."""

from janus_warehouse.assays.tubes.reuse import TUBES, _coverage, _guarded

LEFT, GONE = TUBES


def cells(*counts: int) -> dict[tuple[str, str], int]:
    names = [(covered, tube) for covered in ("all", "some", "none") for tube in TUBES]
    return dict(zip(names, counts, strict=True))


def test_a_table_without_small_counts_is_told_whole():
    told = _coverage(cells(20, 30, 40, 50, 60, 70), 5)

    assert told.counts["some", GONE] == 50
    assert told.count("all") == 50


def test_one_small_count_leaves_the_margin_and_no_cell():
    told = _coverage(cells(20, 3, 40, 50, 60, 70), 5)

    assert told.columns == ("donors",)
    assert (told.count("all"), told.count("some"), told.count("none")) == (23, 90, 130)


def test_a_small_margin_takes_another_with_it_so_that_none_follows_by_subtraction():
    told = _coverage(cells(1, 2, 40, 50, 60, 70), 5)

    assert told.count("all") is None
    assert [told.count(part) for part in ("some", "none")].count(None) == 1


def row(donors: int, detected: int) -> dict:
    return {"analyte_id": "PFOA", "n_donors": donors, "n_tubes": donors + 1,
            "n_detected_donors": detected}  # fmt: skip


def test_a_share_is_withheld_where_it_gives_a_few_away():
    assert _guarded(row(40, 30), 100, 5)["percent_detected"] == 75
    assert _guarded(row(40, 38), 100, 5)["percent_detected"] is None
    assert _guarded(row(40, 2), 100, 5)["percent_detected"] is None


def test_donors_without_a_result_are_guarded_like_those_with_one():
    assert _guarded(row(40, 30), 100, 5)["n_donors"] == 40
    assert _guarded(row(97, 30), 100, 5)["n_donors"] is None
    assert _guarded(row(97, 30), 100, 5)["n_tubes"] is None
    assert _guarded(row(3, 3), 100, 5)["n_donors"] is None
