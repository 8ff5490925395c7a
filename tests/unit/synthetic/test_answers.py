"""The answer key adds up, and the files hold what it says: counted here by other means."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from janus_warehouse.assays.gate.rules import RULES
from janus_warehouse.identity.numbers import parse
from janus_warehouse.synthetic.plan import CASES_BY_SITE, Plan
from janus_warehouse.synthetic.sites import SITES

REVISED = ("stage_code", "grade_code", "topography_code")


def rows_of(path: Path, delimiter: str = ";", encoding: str = "utf-8") -> list[dict[str, str]]:
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    return list(csv.DictReader(data.decode(encoding).splitlines(), delimiter=delimiter))


def table(bank, folder: str, name: str):
    return next(t for t in bank.key.delivery(folder).tables if t.table == name)


def rules_of(answer, one, contracts):
    """Return the rules of a table's contract, or those of the gate."""
    if one.table == "return":
        return RULES
    return contracts[answer.folder.split("/")[0], one.table].rules


def test_rows_are_accepted_or_quarantined_and_no_rule_has_more_than_all(bank):
    # What the gate finds of a return as a whole are rows of its tables.
    tables = [t for a in bank.key.deliveries if a.outcome == "accepted" for t in a.tables
              if t.table != "return"]  # fmt: skip

    assert len(tables) > 20
    for answer in tables:
        assert answer.rows == answer.accepted + answer.quarantined
        assert max(answer.by_rule.values(), default=0) <= answer.quarantined
        assert sum(answer.by_rule.values()) >= answer.quarantined
    assert sum(answer.quarantined for answer in tables) > 100


def test_every_rule_of_the_key_is_a_rule_of_the_contract(bank, contracts):
    seen = 0
    for answer in bank.key.deliveries:
        for one in answer.tables:
            consequence = {r.rule_id: r.consequence for r in rules_of(answer, one, contracts)}
            assert {consequence[rule] for rule in one.by_rule} <= {"quarantine"}
            assert {consequence[rule] for rule in one.warnings} <= {"warn"}
            seen += len(one.by_rule) + len(one.warnings)
    assert seen > 80


def test_no_planted_fault_is_over_its_tolerance(bank, contracts):
    for answer in bank.key.deliveries:
        for one in answer.tables:
            if one.table == "return":
                continue
            tolerance = {r.rule_id: r.tolerance for r in rules_of(answer, one, contracts)}
            for rule, failing in one.by_rule.items():
                assert tolerance[rule].allows(failing, one.rows), (answer.folder, rule)


def test_what_enters_are_the_totals_of_the_scale(bank):
    totals = bank.key.totals

    entries = table(bank, "biobank/2022-12-31", "donors").accepted
    assert totals["donors"] == 6373
    # A few people were entered twice; they are one each when the registers have told.
    assert entries == totals["donors"] + totals["donors_registered_twice"]
    assert table(bank, "biobank/2022-12-31", "draws").accepted == totals["draws"]
    assert table(bank, "biobank/2022-12-31", "tubes").accepted == totals["tubes"] == 15_400
    assert table(bank, "cancer_registry/2020-12-31", "cases").accepted == 2147
    assert table(bank, "cancer_registry/2022-12-31", "cases").accepted == 2368


def test_the_lines_of_the_key_hold_the_faults(bank):
    answer = table(bank, "cancer_registry/2022-12-31", "cases")
    lines = (bank.folder / "cancer_registry/2022-12-31/cases.csv").read_text().splitlines()
    header = lines[0].split(";")

    def cells(rule: str, column: str) -> set[str]:
        at = header.index(column)
        return {lines[line - 1].split(";")[at] for line in answer.lines[rule]}

    assert cells("basis_code.codes", "basis_code") == {"8"}
    assert cells("incidence_date.type", "incidence_date") == {"2019-02-30"}
    assert cells("morphology_code.required", "morphology_code") == {""}
    assert len(cells("key.unique", "tumour_id")) * 2 == answer.by_rule["key.unique"]
    assert not any(map(parse, cells("person.valid", "person_number")))


def test_all_other_numbers_are_valid_and_of_the_test_population(bank):
    answer = table(bank, "biobank/2022-12-31", "donors")
    rows = rows_of(bank.folder / "biobank/2022-12-31/donors.csv")

    read = [parse(row["person_number"]) for row in rows]

    assert read.count(None) == answer.by_rule["person.valid"]
    assert all(number.is_test_population for number in read if number)
    repeated = [n for n in Counter(row["person_number"] for row in rows).values() if n > 1]
    assert sum(repeated) == answer.by_rule["person_number.unique"]


def test_the_second_linkage_has_new_changed_and_retracted_tumours(bank):
    first, second = (
        {row["tumour_id"]: row for row in rows_of(bank.folder / f"cancer_registry/{day}/cases.csv")}
        for day in ("2020-12-31", "2022-12-31")
    )
    real = [{key: row for key, row in linkage.items() if key < "T9"} for linkage in (first, second)]
    kept = set(real[0]) & set(real[1])
    changed = [
        key for key in kept if any(real[0][key][name] != real[1][key][name] for name in REVISED)
    ]

    (answer,) = bank.key.restatements
    # A tumour under a new number is neither new nor retracted, and one is planted here.
    renumbered = {key for key in real[0] if key >= "T2"}
    assert len(renumbered) == answer.renumbered == 1
    assert {f"T1{key[2:]}" for key in renumbered} <= set(real[1]) - kept
    assert len(real[0]) - len(kept) - 1 == bank.key.totals["cases_retracted"] == 4
    assert len(real[1]) - len(kept) - 1 == 2368 - (2147 - 4)
    assert 5 < len(changed) < 60
    assert (answer.new, answer.retracted) == (225, 4)


def test_the_restatement_of_the_key_is_what_the_files_differ_in(bank):
    """Counted again line by line: only suspicious rows and revisions change a tumour."""
    followed = {"tumour_id", "vital_status_code", "follow_up_date", "person_number"}
    first, second = (
        {row["tumour_id"]: row for row in rows_of(bank.folder / f"cancer_registry/{day}/cases.csv")
         if row["tumour_id"] < "T9"}
        for day in ("2020-12-31", "2022-12-31")
    )  # fmt: skip
    fields = Counter(
        name
        for key in first.keys() & second.keys()
        for name in first[key].keys() - followed
        if first[key][name] != second[key][name]
    )
    changed = sum(
        any(first[key][name] != second[key][name] for name in first[key].keys() - followed)
        for key in first.keys() & second.keys()
    )
    (answer,) = bank.key.restatements

    assert answer.changed_fields == dict(fields)
    assert (answer.changed, answer.unchanged) == (
        changed, len(first.keys() & second.keys()) - changed,
    )  # fmt: skip
    assert (answer.first, answer.second) == (len(first), len(second)) == (2147, 2368)


def test_sites_by_sex_are_those_of_the_plan(bank):
    rows = [
        row
        for row in rows_of(bank.folder / "cancer_registry/2022-12-31/cases.csv")
        if row["tumour_id"] < "T9"
    ]
    found = Counter(row["topography_code"][:3] for row in rows)
    whole = sum(sum(sites.values()) for sites in CASES_BY_SITE.values())

    assert found["C50"] == pytest.approx(2368 * CASES_BY_SITE["2"]["breast"] / whole, abs=1)
    assert found["C61"] == pytest.approx(2368 * CASES_BY_SITE["1"]["prostate"] / whole, abs=1)
    assert SITES["prostate"].topography == "C61"


def test_nobody_gives_blood_falls_ill_or_moves_after_death(bank):
    deaths = {}
    for line in (
        (bank.folder / "cause_of_death/2022-12-31/deaths.txt").read_text("latin-1").splitlines()
    ):
        deaths[line[:11]] = f"{line[11:15]}-{line[15:17]}-{line[17:19]}"
    donors = {
        row["donor_number"]: row["person_number"]
        for row in rows_of(bank.folder / "biobank/2022-12-31/donors.csv")
    }
    draws = rows_of(bank.folder / "biobank/2022-12-31/draws.csv")
    answer = table(bank, "cause_of_death/2022-12-31", "deaths")

    late = [
        draw
        for draw in draws
        if draw["draw_id"] < "D9"
        and draw["draw_date"] > deaths.get(donors[draw["donor_number"]], "9")
    ]

    assert len(deaths) > 1500
    # Only a planted death before the bank began can come before a draw.
    assert len(late) <= 5 * answer.by_rule["death_after_collection_began"]


def test_lung_cancer_goes_with_smoking(bank):
    smoked = {
        row["FNR"]: row["ROYKDAG"]
        for row in rows_of(bank.folder / "health_surveys/age40_1990/age40_1990.csv", ",")
    }
    cases = rows_of(bank.folder / "cancer_registry/2022-12-31/cases.csv")
    lung = {row["person_number"] for row in cases if row["topography_code"].startswith("C34")}

    patients = [smoked[number] == "1" for number in lung if number in smoked]
    everybody = [answer == "1" for answer in smoked.values()]

    assert len(patients) > 40
    assert sum(patients) / len(patients) > 1.4 * sum(everybody) / len(everybody)


def test_samples_of_the_chemicals_study_are_patients_first_of_all_of_testis_and_kidney(bank):
    sent = [
        row
        for row in rows_of(bank.folder / "biobank/2022-12-31/shipments.csv")
        if row["project_id"] == "pfas-testicular-cancer" and row["shipped_date"] == "2018-09-10"
    ]
    numbers = {
        row["donor_number"]: row["person_number"]
        for row in rows_of(bank.folder / "biobank/2022-12-31/donors.csv")
    }
    sites = {
        row["person_number"]: row["topography_code"][:3]
        for row in rows_of(bank.folder / "cancer_registry/2022-12-31/cases.csv")
        if row["topography_code"].startswith(("C62", "C64"))
    }

    assert len({row["study_code"] for row in sent}) == len(sent) == 64
    assert sum(row["is_blinded_duplicate"] == "true" for row in sent) == 4
    assert sum(numbers[row["donor_number"]] in sites for row in sent) >= 40


def test_shipments_say_plate_volume_and_set_and_a_duplicate_is_of_the_same_tube_and_set(bank):
    sent = rows_of(bank.folder / "biobank/2022-12-31/shipments.csv")
    wells = {(row["shipment_id"], row["plate_id"], row["well"]) for row in sent}
    originals = {
        (row["shipment_id"], row["tube_barcode"]): row["set_number"]
        for row in sent
        if row["is_blinded_duplicate"] == "false"
    }
    again = [row for row in sent if row["is_blinded_duplicate"] == "true"]
    thaws = {
        row["tube_barcode"]: row["thaw_count"]
        for row in rows_of(bank.folder / "biobank/2022-12-31/tubes.csv")
    }

    assert len(wells) == len(sent)
    assert {row["shipment_id"].rpartition("-")[0] for row in sent} == {
        row["project_id"] for row in sent
    }
    assert {row["volume_ul"] for row in sent} == {"250", "50", "200"}
    assert all(row["thaw_count"] == thaws.get(row["tube_barcode"], "gone") for row in sent)
    assert len(again) > 3
    assert all(
        originals[row["shipment_id"], row["tube_barcode"]] == row["set_number"] for row in again
    )


def test_who_was_entered_twice_is_said_to_be_one_by_the_second_linkage_only(bank):
    entered = {
        row["person_number"] for row in rows_of(bank.folder / "biobank/2022-12-31/donors.csv")
    }

    def joined(day):
        changes = rows_of(bank.folder / f"population_register/{day}/number_changes.csv", ",")
        pairs = {(row["person_number"], row["new_number"]) for row in changes}
        return {(old, new) for old, new in pairs if old in entered and new in entered}

    assert joined("2020-12-31") == set()
    found = joined("2022-12-31")
    assert len(found) == bank.key.totals["donors_registered_twice"] == 1
    assert all(old[0] in "4567" and new[0] in "0123" for old, new in found)


def test_who_was_entered_twice_gave_blood_under_both_numbers(bank):
    donors = rows_of(bank.folder / "biobank/2022-12-31/donors.csv")
    second = {row["donor_number"] for row in donors if "J0006373" < row["donor_number"] < "J8"}
    draws = rows_of(bank.folder / "biobank/2022-12-31/draws.csv")
    under = {row["draw_id"] for row in draws if row["donor_number"] in second}

    assert len(second) == bank.key.totals["donors_registered_twice"]
    assert len(under) >= len(second)
    tubes = rows_of(bank.folder / "biobank/2022-12-31/tubes.csv")
    assert under <= {row["draw_id"] for row in tubes}


def test_at_full_scale_few_are_entered_twice_and_the_published_total_is_of_persons():
    plan = Plan.at(1)

    assert (plan.donors, plan.registered_twice) == (318_628, 24)
