"""Returns of laboratories: what is wrong, what becomes of it, and what the laboratory reads."""

import polars as pl
import pytest
from returned_files import (
    ANALYTES,
    MORE_ANALYTES,
    SENT,
    WELLS,
    code,
    of,
    place,
    results,
    text,
    tube,
)
from tests.warehouse.assays.bank_of_returns import OTHER_PROJECT

from janus_warehouse.errors import DeliveryRefusedError


def renamed(frame: pl.DataFrame, old: str, new: str) -> pl.DataFrame:
    return frame.with_columns(SampleID=pl.col("SampleID").replace(old, new))


def with_places(frame: pl.DataFrame, moved: dict[int, int]) -> pl.DataFrame:
    """Give the numbers of samples to others: the plate was read in another order."""
    by = {(n, a): value for n, a, value in frame.select("n", "Analyte", "Result").iter_rows()}
    values = [by[moved.get(n, n), a] for n, a in frame.select("n", "Analyte").iter_rows()]
    return frame.with_columns(Result=pl.Series(values))


def test_a_clean_return_passes_every_rule_of_the_gate(laboratory):
    outcome = laboratory.send(results())

    assert (outcome.state, outcome.reason, outcome.rows_quarantined) == ("accepted", None, 0)
    assert laboratory.found(outcome) == {"gate.approval_named": ("warned", 1)}
    report = laboratory.report(outcome)
    assert len(report["kept"]) + len(report["not_asked"]) + 1 == 35
    assert report["counts"] == {"files": 1, "codes": SENT, "samples": SENT, "controls": 0,
                                "analytes": 4, "results": 4 * SENT}  # fmt: skip
    assert report["statuses"] == {"detected": 4 * SENT}


def test_a_code_that_was_never_issued_is_named(laboratory):
    outcome = laboratory.send(renamed(results(), code(3), "S99999999"))

    assert outcome.state == "refused"
    assert (
        "1 code never issued by the bank: S99999999. Correct the codes to those" in outcome.reason
    )
    assert laboratory.found(outcome)["gate.codes_issued"] == ("refused", 4)


def test_a_code_mistyped_by_one_letter_is_told_with_the_likely_one_and_its_place(laboratory):
    crossed = code(3)[:4] + code(3)[5] + code(3)[4] + code(3)[6:]
    dropped = code(31)[:-1]
    frame = renamed(renamed(results(), code(3), crossed), code(31), dropped)
    outcome = laboratory.send(frame)

    assert crossed != code(3)
    told = f"{crossed}: probably {code(3)} (plate P01, well A03)"
    assert told in outcome.reason
    assert f"{dropped}: probably {code(31)} (plate P02, well A07)" in outcome.reason
    assert "2 codes never issued by the bank, 2 probably mistyped: " in outcome.reason


def test_codes_of_another_project_or_laboratory_are_counted_and_named(laboratory):
    frame = renamed(renamed(results(), code(3), code(SENT + 1)), code(4), code(SENT + 5))
    outcome = laboratory.send(frame)

    assert f"1 code issued to another project: {code(SENT + 1)}; 1 code sent to another" in (
        outcome.reason
    )
    assert f"another laboratory: {code(SENT + 5)}. Take these samples out" in outcome.reason
    assert OTHER_PROJECT not in outcome.reason


def test_a_code_that_stands_for_two_samples_is_refused_with_the_missing_one(laboratory):
    outcome = laboratory.send(renamed(results(), code(3), code(4)))

    assert f"1 code twice without a replicate number, in 8 rows: {code(4)}. Give each run" in (
        outcome.reason
    )
    assert f"1 of 48 codes sent did not come back and no reason is given: {code(3)}. " in (
        outcome.reason
    )
    # The missing sample stood in the middle of its plate.
    assert "Cut short" not in outcome.reason


def test_two_runs_of_a_sample_with_replicate_numbers_enter(laboratory):
    frame = results().with_columns(Replicate=pl.lit("1"))
    again = frame.filter(of(3)).with_columns(Replicate=pl.lit("2"), Well=pl.lit("H01"))
    outcome = laboratory.send(pl.concat([frame, again]))

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0)


def test_what_is_missing_for_a_reason_is_not_missed(laboratory):
    rest = text(results().filter(~of(3)))
    sheet = f"sample_code,missing_reason\n{code(3)},broken\n"
    outcome = laboratory.send({"run.csv": rest, "samples.csv": sheet})

    assert outcome.state == "accepted"
    assert "gate.codes_complete" not in laboratory.found(outcome)


def test_a_reason_for_a_sample_that_has_results_is_asked_about(laboratory):
    sheet = f"sample_code,missing_reason\n{code(3)},broken\n"
    outcome = laboratory.send({"run.csv": text(results()), "samples.csv": sheet})

    assert outcome.state == "accepted"
    told = laboratory.told(outcome, "gate.reason_without_result")
    assert told.startswith(f"1 code with results and a reason for having none: {code(3)}.")


def test_a_plate_that_is_cut_short_is_named_with_its_last_well(laboratory):
    outcome = laboratory.send(results().filter(pl.col("n") <= WELLS + 18))

    assert "Cut short: plate P02: 18 of 24 samples came back, the last from well B06. Export" in (
        outcome.reason
    )
    assert "6 of 48 codes sent did not come back and no reason is given: " in outcome.reason


def test_a_file_that_breaks_off_within_a_sample_is_refused_with_its_last_line(laboratory):
    outcome = laboratory.send(results().head(-1))

    assert f"run.csv ends with line 192, after 3 of 4 analytes of sample {code(SENT)}. " in (
        outcome.reason
    )


def test_a_file_listed_by_analyte_that_breaks_off_is_refused_with_its_last_line(laboratory):
    by_analyte = results().with_row_index("at").sort("Analyte", "at").drop("at")
    outcome = laboratory.send(by_analyte.head(-5))

    assert "run.csv ends with line 188, after 43 of 48 samples of analyte PFOS. Export" in (
        outcome.reason
    )


def test_samples_that_lack_analytes_are_told(laboratory):
    outcome = laboratory.send(results().filter(~(of(3) & (pl.col("Analyte") == "PFOS"))))

    assert outcome.state == "accepted"
    assert laboratory.told(outcome, "gate.cells_complete").startswith(
        f"1 sample without a line for some analytes: {code(3)}. Next time write a line"
    )


def test_a_file_listed_by_analyte_may_lack_a_sample_of_its_last_analyte(laboratory):
    by_analyte = results().with_row_index("at").sort("Analyte", "at").drop("at")
    last = by_analyte["Analyte"].last()
    outcome = laboratory.send(by_analyte.filter(~(of(3) & (pl.col("Analyte") == last))))

    assert outcome.state == "accepted", outcome.reason
    assert laboratory.told(outcome, "gate.cells_complete").startswith(
        f"1 sample without a line for some analytes: {code(3)}. "
    )


def test_numbers_without_a_unit_are_refused_by_analyte(laboratory):
    frame = results().with_columns(
        Unit=pl.when(pl.col("Analyte") != "PFOS").then("Unit")
    )  # fmt: skip
    outcome = laboratory.send(frame)

    assert "48 numbers without a unit, of 1 analyte: PFOS. Write the unit of each analyte" in (
        outcome.reason
    )


def test_a_unit_that_is_not_the_analytes_is_refused(laboratory):
    outcome = laboratory.send(results(unit="MFI"))

    assert "4 analytes in a unit that is not the analyte's: PFHXS in MFI (agreed: ng/mL)," in (
        outcome.reason
    )


def test_numbers_a_thousand_times_too_large_for_their_unit_are_refused(laboratory):
    assert laboratory.send(results()).state == "accepted"
    thousandfold = results({name: 1000 * usual for name, usual in ANALYTES.items()})
    outcome = laboratory.send(thousandfold, name="two")

    assert outcome.state == "refused"
    assert "4 analytes of another size than is usual: PFHXS in ng/mL: the numbers look 1,000 " in (
        outcome.reason
    )
    assert "1,000 times too large" in outcome.reason
    right = laboratory.send(thousandfold.with_columns(Unit=pl.lit("pg/mL")), name="three")
    assert right.state == "accepted"


def test_unknown_analytes_are_refused_with_the_likely_name(laboratory):
    outcome = laboratory.send(
        results().with_columns(Analyte=pl.col("Analyte").replace("PFOS", "PFOSS"))
    )

    assert "1 analyte not in the dictionary: PFOSS (PFOS?). Correct the name;" in outcome.reason


def test_one_number_for_all_samples_is_refused(laboratory):
    same = pl.when(pl.col("Analyte") == "PFOS").then(pl.lit("7.5")).otherwise("Result")
    outcome = laboratory.send(results().with_columns(Result=same))

    assert "One number for all samples: PFOS. Look whether a cell was filled down the column" in (
        outcome.reason
    )


def test_one_number_for_a_whole_plate_is_refused(laboratory):
    same = (
        pl.when((pl.col("Analyte") == "PFOS") & (pl.col("Plate") == "P02"))
        .then(pl.lit("7.5")).otherwise("Result")
    )  # fmt: skip
    outcome = laboratory.send(results().with_columns(Result=same))

    assert "One number for a whole plate: PFOS on P02. " in outcome.reason


def test_a_sample_with_the_results_of_another_is_refused(laboratory):
    outcome = laboratory.send(with_places(results(), {20: 3}))

    first, second = sorted((code(3), code(20)))
    assert f"2 codes with the very results of another: {first} = {second}. One of the" in (
        outcome.reason
    )


def test_a_negative_concentration_is_put_aside_and_many_refuse(laboratory):
    frame = results(MORE_ANALYTES)
    below = pl.when(of(3) & (pl.col("Analyte") == "PFOS")).then(pl.lit("-0.4"))
    outcome = laboratory.send(frame.with_columns(Result=below.otherwise("Result")))

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 1)
    assert laboratory.quarantined(outcome) == {"results gate.values_not_negative": 1}
    told = "1 result below zero: PFOS 1. Report below the limit of detection what the instrument"
    assert laboratory.told(outcome, "gate.values_not_negative").startswith(told)
    all_below = pl.when(pl.col("Analyte") == "PFOS").then("-" + pl.col("Result"))
    many = laboratory.send(frame.with_columns(Result=all_below.otherwise("Result")), name="two")
    assert "48 results below zero: PFOS 48. Report below" in many.reason


def test_nan_and_infinity_are_taken_as_missing_and_told(laboratory):
    first = pl.when(of(3) & (pl.col("Analyte") == "PFOS")).then(pl.lit("NaN"))
    second = first.when(of(9) & (pl.col("Analyte") == "PFOA")).then(pl.lit("Inf"))
    outcome = laboratory.send(results().with_columns(Result=second.otherwise("Result")))

    assert outcome.state == "accepted"
    assert laboratory.told(outcome, "gate.values_finite").startswith(
        "2 results that are NaN or infinite: PFOA 1, PFOS 1. They are taken as missing:"
    )


def test_numbers_that_the_platform_cannot_give_are_refused(laboratory):
    outcome = laboratory.send(
        results().with_columns(Result=pl.when(of(3)).then(pl.lit("4e9")).otherwise("Result"))
    )

    assert "4 results outside 0 to 1e+07: PFHXS 1, PFNA 1, PFOA 1, PFOS 1. Look for shifted" in (
        outcome.reason
    )


def test_a_status_that_contradicts_number_and_limit_is_refused(laboratory):
    outcome = laboratory.send(
        results().with_columns(Status=pl.when(of(3)).then(pl.lit("below_lod")))
    )

    assert "4 results with a status that number and limits contradict: PFHXS 1," in outcome.reason


def test_two_files_that_disagree_about_a_result_are_refused(laboratory):
    again = results().filter(of(3)).with_columns(Result=pl.lit("3.25"))
    outcome = laboratory.send({"first.csv": text(results()), "second.csv": text(again)})

    assert f"4 results of 1 sample ({code(3)}) differ between first.csv and second.csv. " in (
        outcome.reason
    )


def test_two_files_that_disagree_about_a_limit_are_refused(laboratory):
    half = pl.col("n") % 2 == 0
    first, second = results().filter(half), results().filter(~half).with_columns(LOD=pl.lit("0.2"))
    outcome = laboratory.send({"first.csv": text(first), "second.csv": text(second)})

    assert "first.csv and second.csv state different lod for PFHXS, PFNA, PFOA, PFOS. " in (
        outcome.reason
    )


def test_a_plate_turned_by_180_degrees_is_told_by_its_duplicates(laboratory):
    frame = results()
    # Two rows of twelve stand in the last rows, so that the plate turned has its samples in them.
    rows = {"A": "D", "B": "E"}
    turned = frame.with_columns(
        Well=pl.when(pl.col("Plate") == "P01").then(
            pl.col("Well").str.head(1).replace(rows) + pl.col("Well").str.slice(1)
        ).otherwise("Well")
    )  # fmt: skip
    outcome = laboratory.send(with_places(turned, {n: WELLS + 1 - n for n in range(1, WELLS + 1)}))

    assert outcome.state == "refused"
    assert "On P01 the 4 pairs of blinded duplicates do not agree (concordance " in outcome.reason
    assert "): turned by 180 degrees, they do. Compare the plate's layout" in outcome.reason
    assert "On P02" not in outcome.reason


def test_two_plates_exchanged_are_told_by_their_duplicates(laboratory):
    other = {n: (n - 1 + WELLS) % SENT + 1 for n in range(1, SENT + 1)}
    outcome = laboratory.send(with_places(results(), other))

    assert outcome.state == "refused"
    assert "On P01 the 4 pairs of blinded duplicates do not agree (concordance " in outcome.reason
    assert "): exchanged with plate P02, they do. On P02 the 4 pairs " in outcome.reason
    assert "): exchanged with plate P01, they do. Compare the plate's layout" in outcome.reason


def test_results_moved_by_one_well_are_told_by_their_duplicates(laboratory):
    moved = {n: n + 1 for n in range(1, WELLS)} | {WELLS: 1}
    outcome = laboratory.send(with_places(results(), moved))

    assert "with each result moved to one place further on, they do" in outcome.reason


def test_two_plates_each_moved_by_one_well_are_not_taken_for_exchanged(laboratory):
    moved = {n: n % WELLS + 1 for n in range(1, WELLS + 1)}
    outcome = laboratory.send(with_places(results(), moved | {
        n + WELLS: to + WELLS for n, to in moved.items()
    }))  # fmt: skip

    assert outcome.reason.count("with each result moved to one place further on, they do") == 2
    assert "exchanged with plate" not in outcome.reason


def test_what_the_gate_says_the_contract_does_not_say_again(laboratory):
    status = pl.when(of(3)).then(pl.lit("below_lod"))
    well = pl.when(of(4)).then(pl.lit("Q1")).otherwise("Well")
    outcome = laboratory.send(results().with_columns(Status=status, Well=well))

    assert outcome.state == "refused" and len(outcome.reason.splitlines()) == 2
    assert {one["rule_id"] for one in laboratory.report(outcome)["to_do"]} == {
        "gate.status_fits_number", "gate.places_possible", "gate.approval_named",
    }  # fmt: skip
    index = laboratory.warehouse.home / "reports" / "assays" / "index.html"
    assert f'href="{outcome.delivery_id}/report.html"' in index.read_text()


def test_plates_exchanged_between_sexes_are_told_by_a_marker(laboratory):
    frame = results({"KLK3": 1.0, "IL6": 2.0}, unit="NPX")
    high = {n: tube(n) % 2 == 0 for n in range(1, SENT + 1)}
    by_sex = pl.col("n").replace_strict(high)
    number = pl.col("Result").cast(pl.Float64)
    marked = frame.with_columns(
        Result=pl.when((pl.col("Analyte") == "KLK3") & by_sex).then(number + 8).otherwise(number)
        .round(4).cast(pl.String)
    )  # fmt: skip
    form = {"platform": "proximity_extension"}
    right = laboratory.send(marked, form=form)
    assert (right.state, right.reason) == ("accepted", None)

    moved = {n: n + 1 for n in range(1, WELLS)} | {WELLS: 1}
    outcome = laboratory.send(with_places(marked, moved), form=form, name="two")
    assert "On P01 prostate-specific antigen tells men from women in " in outcome.reason
    assert "On P02 prostate-specific" not in outcome.reason


def test_places_that_no_plate_has_are_refused(laboratory):
    wrong = pl.when(of(3)).then(pl.lit("H13")).when(of(4)).then(pl.lit("Q1"))
    outcome = laboratory.send(results().with_columns(Well=wrong.otherwise("Well")))

    assert "1 sample in places that no plate has: P01 Q1. Write wells as A01 to H12" in (
        outcome.reason
    )


def test_one_well_with_two_samples_is_refused(laboratory):
    outcome = laboratory.send(
        results().with_columns(Well=pl.when(of(3)).then(pl.lit(place(4)[1])).otherwise("Well"))
    )

    assert "1 well with more than one sample: P01 A04. Correct plate or well" in outcome.reason


def test_runs_before_the_shipment_and_after_the_return_are_refused(laboratory):
    day = pl.when(of(3)).then(pl.lit("2018-03-04")).when(of(4)).then(pl.lit("2019-12-04"))
    outcome = laboratory.send(results().with_columns(RunDate=day.otherwise("RunDate")))

    assert "2 samples run on impossible days: 1 before they were sent, 1 after the return of" in (
        outcome.reason
    )


def test_results_of_donors_who_have_withdrawn_are_dropped_and_the_others_enter(laboratory):
    donor = laboratory.warehouse.query(
        "select donor_id from raw.biobank__shipments where study_code = %s", code(3)
    )[0][0]
    laboratory.warehouse.query(
        "insert into governance.withdrawals (donor_id, withdrawn_date) values (%s, '2019-01-01')",
        donor,
    )
    outcome = laboratory.send(results())

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 5)
    assert laboratory.quarantined(outcome) == {
        "results gate.donors_consent": 4, "samples gate.donors_consent": 1,
    }  # fmt: skip
    told = laboratory.told(outcome, "gate.donors_consent")
    assert told.startswith("1 sample of donors who have withdrawn since they were sent: ")
    assert laboratory.warehouse.query(
        "select count(*) from raw.laboratories__results where study_code = %s", code(3)
    ) == [(0,)]
    kept = laboratory.warehouse.query("select content from quarantine.rows")
    assert all("value" not in row and "lod" not in row for (row,) in kept)


def test_a_laboratory_or_project_that_got_nothing_is_refused(laboratory):
    outcome = laboratory.send(results(), form={"laboratory": "another_lab"})

    assert outcome.reason.startswith(
        "The bank has sent nothing of project pfas-testicular-cancer to another_lab. Write project"
    )


def test_an_approval_that_was_over_is_refused(laboratory):
    from janus_warehouse.projects import load_project, register_project

    project = load_project("pfas-testicular-cancer").project
    from datetime import date

    register_project(project.model_copy(update={"valid_until": date(2019, 5, 1)}))
    outcome = laboratory.send(results())

    assert "The approval of project pfas-testicular-cancer ended on 2019-05-01, before the" in (
        outcome.reason
    )


def test_a_project_whose_approval_the_bank_does_not_know_is_told(laboratory, monkeypatch):
    from janus_warehouse import projects

    monkeypatch.setattr(projects, "load_projects", list)
    outcome = laboratory.send(results())

    assert outcome.state == "accepted"
    assert laboratory.found(outcome) == {"gate.approval_named": ("warned", 1)}
    [one] = laboratory.report(outcome)["to_do"]
    assert "no specification of project pfas-testicular-cancer: whether the approval" in one["told"]


def test_an_embargo_that_is_over_is_told(laboratory):
    outcome = laboratory.send(results(), form={"embargo_until": "2019-01-01"})

    assert outcome.state == "accepted"
    assert laboratory.told(outcome, "gate.embargo_to_come").startswith(
        "The embargo until 2019-01-01 was over on the day of the return, 2019-06-30. Leave"
    )


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_weight(laboratory):
    frame = renamed(results(unit="MFI"), code(3), "S99999999").with_columns(
        Well=pl.when(of(4)).then(pl.lit("Z99")).otherwise("Well")
    )
    reason = laboratory.send(frame).reason

    order = ["never issued by the bank", "did not come back", "in a unit that is not", "no plate"]
    places = [reason.index(part) for part in order]
    assert places == sorted(places)


def test_a_value_written_as_below_a_limit_enters_with_status_and_limit(laboratory):
    below = pl.when(of(3)).then(pl.lit("<0.05")).otherwise("Result")
    outcome = laboratory.send(results().with_columns(Result=below).drop("LOD"))

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0)
    assert laboratory.warehouse.query(
        "select distinct value, value_text, status_code, lod::text from "
        "raw.laboratories__results where study_code = %s", code(3),
    ) == [(None, "<0.05", "below_lod", "0.05")]  # fmt: skip


def test_decimal_commas_in_cells_that_commas_part_are_refused(laboratory):
    commas = results().with_columns(Result=pl.col("Result").str.replace(".", ",", literal=True))

    with pytest.raises(DeliveryRefusedError) as refused:
        laboratory.send(commas)
    assert "run.csv, column Result: 192 cells hold neither a number nor a word for a missing" in (
        str(refused.value)
    )
    assert "192 of them have a decimal comma: write points" in str(refused.value)


def test_names_that_a_spreadsheet_made_dates_of_are_refused_with_the_likely_ones(laboratory):
    names = pl.col("Analyte").replace({"PFOA": "2-Sep", "PFOS": "1-Mar"})

    with pytest.raises(DeliveryRefusedError) as refused:
        laboratory.send(results().with_columns(Analyte=names))
    assert "run.csv, column Analyte: 2 names of analytes are dates, which a spreadsheet makes" in (
        str(refused.value)
    )
    assert "line 2: 2-Sep, probably SEPT2, line 3: 1-Mar, probably MARCH1" in str(refused.value)


def test_merged_cells_of_samples_are_refused(laboratory):
    merged = pl.when(pl.col("Analyte") == "PFOA").then("SampleID")

    with pytest.raises(DeliveryRefusedError) as refused:
        laboratory.send(results().with_columns(SampleID=merged))
    assert (
        "run.csv, column SampleID: 144 rows that name none (lines 3, 4, 5, 7, 8 and 139 more); "
        in (str(refused.value))
    )
    assert "fill merged cells down, or send the file again if it was cut off" in str(refused.value)


def test_a_file_that_is_cut_within_a_line_is_refused_with_the_line(laboratory):
    with pytest.raises(DeliveryRefusedError, match=r"run\.csv, line 193: ") as refused:
        laboratory.send({"run.csv": text(results())[:-22]})
    assert "cut" in str(refused.value)


def test_a_return_leaves_no_value_of_a_sample_in_reports_and_messages(laboratory, caplog):
    telltale = "7.654321"
    frame = results().with_columns(
        Result=pl.when(of(3)).then(pl.lit(telltale)).otherwise("Result"),
        Well=pl.when(of(3)).then(pl.lit("Z99")).otherwise("Well"),
        Status=pl.when(of(3)).then(pl.lit("below_lod")),
    )
    outcome = laboratory.send(frame)

    assert outcome.state == "refused" and telltale not in outcome.reason + caplog.text
    pages = [p for p in (laboratory.warehouse.home / "reports").rglob("*") if p.is_file()]
    assert len(pages) > 5
    assert [p for p in pages if telltale in p.read_text(errors="replace")] == []
