"""A laboratory's return through the door: native files in, canonical tables in raw."""

from tests.warehouse.assays.bank_of_returns import (
    FORM,
    OF_THE_OTHER,
    SENT,
    chemicals,
    lay_bank,
    lay_return,
    study_code,
)


def test_a_return_enters_with_samples_analytes_and_what_its_form_says(warehouse):
    from janus_warehouse.deliveries import ingest

    bank = lay_bank(warehouse)
    codes = [study_code(n) for n in range(1, SENT + 1)]
    returned = lay_return(warehouse, "2019", {"run.csv": chemicals(codes)})
    assert ingest(bank).state == "accepted"
    outcome = ingest(returned)
    assert (outcome.state, outcome.reason) == ("accepted", None)
    assert warehouse.query(
        "select table_name, rows_accepted, rows_quarantined from ops.delivery_tables "
        "where delivery_id = %s order by 1", returned,
    ) == [("analytes", 2, 0), ("results", 2 * SENT, 0), ("samples", SENT, 0)]  # fmt: skip
    assert warehouse.query(
        "select native_file, line, study_code, sample_kind, replicate, plate_id, well, "
        "run_date::text, analyte_code, value::text, unit, status_code, lod::text "
        "from raw.laboratories__results where study_code = %s order by line", codes[1],
    ) == [
        ("run.csv", 4, codes[1], "sample", 1, "P001", "A02", "2019-03-04", "PFOA", "1.13",
         "ng/mL", "detected", "0.1"),
        ("run.csv", 5, codes[1], "sample", 1, "P001", "A02", "2019-03-04", "PFOS", "6.13",
         "ng/mL", "detected", "0.1"),
    ]  # fmt: skip
    assert warehouse.query(
        "select project_id, laboratory, platform, embargo_until, format from ops.returns "
        "where delivery_id = %s", returned,
    ) == [(FORM["project"], FORM["laboratory"], FORM["platform"], None, "long_csv")]  # fmt: skip
    assert not list((warehouse.home / "incoming").glob("returned-*"))


def test_a_return_lands_with_the_types_that_it_has_in_raw(warehouse):
    from janus_warehouse.deliveries import load

    lay_bank(warehouse)
    codes = [study_code(n) for n in range(1, SENT + 1)]
    returned = lay_return(warehouse, "2019", {"run.csv": chemicals(codes)})
    assert load(returned).state == "loaded"
    types = (
        "select table_schema, column_name, data_type from information_schema.columns where "
        "table_schema = %s and table_name like %s and column_name not in "
        "('line_number', 'delivery_id', 'collection_id')"
    )
    for part in ("results", "samples", "analytes"):
        landed = {(n, t) for _, n, t in warehouse.query(types, "landing", f"%{part}")}
        assert landed == {(n, t) for _, n, t in warehouse.query(types, "raw", f"lab%\\_\\_{part}")}
        assert len({kind for _, kind in landed}) > 1


def test_codes_of_another_project_and_codes_never_issued_are_told_apart(warehouse):
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    sent = [study_code(n) for n in range(1, SENT + OF_THE_OTHER + 1)]
    files = {"run.csv": chemicals([*sent, "S99999999"])}
    returned = lay_return(warehouse, "2019", files)
    outcome = ingest(returned)
    assert outcome.state == "refused"
    failing = dict(
        warehouse.query(
            "select rule_id, rows_failing from ops.check_results where run_id = %s "
            "and subject = 'results' and rows_failing > 0", returned,
        )
    )  # fmt: skip
    assert failing == {
        "study_code_was_issued": 2,
        "study_code_is_of_the_project": 2 * OF_THE_OTHER + 2,
    }


def test_a_sample_doubled_without_a_replicate_number_is_found_without_plates_too(warehouse):
    from janus_warehouse.deliveries import ingest

    lay_bank(warehouse)
    codes = [study_code(n) for n in range(1, SENT + 1)]
    lines = [line.rsplit(",", 3)[0] for line in chemicals([*codes, codes[0]]).splitlines()]
    returned = lay_return(warehouse, "2019", {"run.csv": "\n".join(lines) + "\n"})
    assert ingest(returned).state == "refused"
    assert warehouse.query(
        "select rows_failing from ops.check_results where run_id = %s and subject = 'results' "
        "and rule_id = 'key.unique'", returned,
    ) == [(4,)]  # fmt: skip
