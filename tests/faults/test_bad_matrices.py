"""Returns whose values are in a matrix: what is wrong, and what the laboratory reads."""

import json

import numpy as np
import polars as pl
import pytest
from returned_files import SENT, WELLS, code
from returned_matrices import counts, levels, proteins, send, send_proteins, taken
from tests.warehouse.lake.matrices import rna
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.errors import DeliveryRefusedError


def test_a_clean_matrix_passes_every_rule_of_the_gate(laboratory):
    outcome = send(laboratory, counts())

    assert (outcome.state, outcome.reason, outcome.rows_quarantined) == ("accepted", None, 0)
    assert laboratory.found(outcome) == {"gate.approval_named": ("warned", 1)}
    report = laboratory.report(outcome)
    assert {one["rule_id"] for one in report["kept"]} >= {
        "gate.duplicates_agree", "gate.sexes_agree", "gate.samples_sized", "gate.values_whole",
        "gate.values_not_copied", "gate.cells_vary",
    }  # fmt: skip
    assert report["counts"]["results"] == 40 * SENT


def test_two_plates_of_a_matrix_exchanged_are_told_by_their_duplicates(laboratory):
    other = {n: (n - 1 + WELLS) % SENT + 1 for n in range(1, SENT + 1)}
    outcome = send(laboratory, taken(counts(), other))

    assert outcome.state == "refused"
    assert "On P01 the 4 pairs of blinded duplicates do not agree (concordance " in outcome.reason
    assert "): exchanged with plate P02, they do. On P02 the 4 pairs " in outcome.reason


def test_counts_moved_by_one_well_are_told_by_duplicates_and_by_sex(laboratory):
    moved = {n: n + 1 for n in range(1, WELLS)} | {WELLS: 1}
    outcome = send(laboratory, taken(counts(), moved))

    assert "with each result moved to one place further on, they do" in outcome.reason
    assert "On P01 RNA of the Y chromosome tells men from women in " in outcome.reason
    assert "On P01 XIST tells men from women in " in outcome.reason
    assert "On P02" not in outcome.reason


def test_a_marker_of_sex_that_is_read_in_everybody_accuses_nobody(laboratory):
    numbers = counts()
    numbers[-2:] = 7 + numbers[:2] % 11
    outcome = send(laboratory, numbers)

    assert outcome.state == "accepted", outcome.reason
    not_asked = {one["rule_id"] for one in laboratory.report(outcome)["not_asked"]}
    assert "gate.sexes_agree" in not_asked


def test_a_matrix_a_thousand_times_off_earlier_returns_is_refused(laboratory):
    assert send_proteins(laboratory, levels(30)).state == "accepted"
    outcome = send_proteins(laboratory, levels(30, 0.03) * 1000, name="two")

    assert outcome.state == "refused"
    assert (
        "30 of 30 analytes of another size than in earlier returns: 1000-0: the numbers look "
        "1,000 times too large" in outcome.reason
    )
    assert "another size than the others" not in outcome.reason


def test_counts_a_thousand_times_fewer_than_in_earlier_returns_are_refused(laboratory):
    assert send(laboratory, counts()).state == "accepted"
    thinned = np.random.default_rng(9).poisson(levels(40) / 1000)
    outcome = send(laboratory, thinned, name="two")

    assert outcome.state == "refused"
    assert (
        "What the samples count in all looks 1,000 times too small, against earlier returns. "
        "Look whether the unit" in outcome.reason
    )


@pytest.mark.parametrize("kind", ["counts", "proteins"])
def test_a_sample_of_another_size_than_the_others_is_named_with_its_plate(laboratory, kind):
    numbers = counts() if kind == "counts" else levels(30)
    numbers[:, 2] = numbers[:, 2] * 1000
    outcome = (send if kind == "counts" else send_proteins)(laboratory, numbers)

    assert outcome.state == "refused"
    assert (
        f"1 sample of another size than the others: {code(3)} (plate P01): its numbers look 1,000 "
        "times too large. Look whether these samples stand in another unit" in outcome.reason
    )
    assert laboratory.found(outcome)["gate.samples_sized"] == ("refused", 1)


def test_a_column_of_a_matrix_with_the_counts_of_another_is_refused(laboratory):
    numbers = counts()
    numbers[:, 19] = numbers[:, 2]
    outcome = send(laboratory, numbers)

    first, second = sorted((code(3), code(20)))
    assert f"2 codes with the very results of another: {first} = {second}. One of the" in (
        outcome.reason
    )


def test_an_rna_with_one_count_in_all_samples_is_named(laboratory):
    numbers = counts()
    numbers[5] = 7
    outcome = send(laboratory, numbers)

    assert (
        f"48 results that are one number throughout, of 1 analyte: {rna(5)} 48. Look whether a "
        "cell was filled along the row or the column" in outcome.reason
    )
    assert "expected at most" not in outcome.reason


def test_a_sample_with_one_count_for_all_rnas_is_named(laboratory):
    numbers = counts()
    numbers[:, 7] = 7
    outcome = send(laboratory, numbers)

    assert f"40 results that are one number throughout, of 1 sample: {code(8)} 40. Look" in (
        outcome.reason
    )


def test_negative_levels_of_proteins_are_put_aside_and_many_refuse(laboratory):
    frame = proteins(levels(30))
    first = (pl.col("SampleID") == code(3)) & (pl.col("Analyte") == "1004-4")
    below = pl.when(first).then(pl.lit("-0.4")).otherwise("Result")
    outcome = send_proteins(laboratory, frame.with_columns(Result=below))

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 1)
    told = "1 result below zero, of 1 analyte: 1004-4 1. Report below the limit of detection"
    assert laboratory.told(outcome, "gate.values_not_negative").startswith(told)
    many = pl.when(pl.col("Analyte") == "1004-4").then("-" + pl.col("Result")).otherwise("Result")
    refused = send_proteins(laboratory, frame.with_columns(Result=many), name="two")
    assert "48 results below zero, of 1 analyte: 1004-4 48. Report below" in refused.reason


def test_levels_that_the_platform_cannot_give_are_refused(laboratory):
    frame = proteins(levels(30))
    high = pl.when(pl.col("Analyte") == "1004-4").then(pl.lit("4e9")).otherwise("Result")
    different = pl.col("Result").cast(pl.Float64) + pl.int_range(pl.len())
    outcome = send_proteins(
        laboratory, frame.with_columns(Result=high).with_columns(Result=different.cast(pl.String))
    )

    assert (
        "48 results outside of what the platform can give, of 1 analyte: 1004-4 48. Look for "
        "shifted columns" in outcome.reason
    )
    assert "expected at most" not in outcome.reason


def test_negative_and_broken_counts_are_not_taken(laboratory):
    for change, words in (
        ("-3", "mirna.tsv, line 5: a count is negative; send raw counts of reads"),
        *(
            (
                broken,
                "mirna.tsv, counts (whole numbers of reads): 1 cells hold neither a number nor",
            )
            for broken in ("2.5", "NaN", "Inf")
        ),
    ):
        numbers = counts().astype(str).astype(object)
        numbers[3, 4] = change
        with pytest.raises(DeliveryRefusedError) as refused:
            send(laboratory, numbers, name=f"sent{change}")
        assert words in str(refused.value)


def test_cells_put_aside_are_shown_with_sample_analyte_line_and_rule_but_no_value(laboratory):
    telltale = "-0.437"
    bad = pl.col("SampleID").is_in([code(3), code(9)]) & (pl.col("Analyte") == "1004-4")
    numbers = pl.when(bad).then(pl.lit(telltale)).otherwise("Result")
    frame = proteins(levels(30)).with_columns(Result=numbers)
    outcome = send_proteins(laboratory, frame)
    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 2)

    shown = CliRunner().invoke(app, ["quarantine", outcome.delivery_id])
    told = json.loads(CliRunner().invoke(app, ["quarantine", outcome.delivery_id, "--json"]).stdout)

    # Of long rows one line stands for all cells of an analyte: the first of them.
    line = 2 + 4 * SENT
    assert told["cells"] == [
        {"sample_code": one, "replicate": 1, "analyte_code": "1004-4", "line": line,
         "rule_ids": ["value_is_not_negative"]}
        for one in sorted((code(3), code(9)))
    ]  # fmt: skip
    assert told["rules"] == [
        {"table": "matrix", "rule_id": "value_is_not_negative", "rows": 2, "first_lines": [line]}
    ]
    assert laboratory.warehouse.query(
        "select rule_id, rows_failing from ops.check_results where run_id = %s and subject "
        "= 'matrix' and rows_failing > 0", outcome.delivery_id,
    ) == [("value_is_not_negative", 2)]  # fmt: skip
    assert laboratory.found(outcome)["gate.values_not_negative"] == ("quarantined", 2)
    assert code(3) in shown.stdout and "1004-4" in shown.stdout
    assert telltale not in shown.stdout + json.dumps(told)
