"""A real dbt build: every mart row of a small bank, and what a second build may touch.

The tests run in the order of the file: each build starts from the one before it.
"""

import threading
from datetime import date
from decimal import Decimal

import pytest
from bank_rows import CASE, FORM, HUBRO, OSLO, PFAS, POPULATION_2022, deliver_everything
from psycopg import connect

from janus_warehouse.identity.withdrawals import record_withdrawals
from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.surveys.report import reported_build
from janus_warehouse.warehouse import BuildFailedError, UnknownSelectionError, is_up_to_date
from janus_warehouse.warehouse.project import read_manifest

CASE_COLUMNS = "tumour_id, donor_id, age_at_diagnosis_years, site_code, delivery_id"
FOLLOW_UP_COLUMNS = (
    "donor_id, entry_date, exit_date, exit_reason_code, follow_up_years, death_date, "
    "underlying_cause_code"
)


@pytest.fixture(scope="module")
def first(bank):
    deliver_everything(bank.raw)
    result = bank.build()
    return result, bank.models_built()


def rows(bank, columns, table, order="1", where="true"):
    return bank.raw.query(f"select {columns} from marts.{table} where {where} order by {order}")


def test_the_first_build_makes_everything(bank, first):
    result, built = first

    assert result.selection == "everything: first build"
    assert {"dim_collections", "dim_donors", "dim_draws", "dim_tubes", "dim_analytes",
            "fct_cancer_cases", "fct_follow_up", "fct_survey_answers",
            "fct_measurements"} <= built  # fmt: skip
    assert result.models_built == len(built)


def test_donors_of_both_collections_stand_beside_each_other(bank, first):
    found = rows(bank, "collection_id, donor_id, sex_code, birth_date, is_withdrawn", "dim_donors",
                 "donor_id")  # fmt: skip

    assert found == [
        ("janus", "D1", "1", date(1950, 6, 15), False),
        ("janus", "D2", "2", date(1940, 1, 11), True),
        ("janus", "D3", "2", date(1960, 2, 29), False),
        ("nhanes", "N1", "2", None, False),
    ]


def test_draws_and_tubes_lead_to_the_donor(bank, first):
    assert rows(bank, "draw_id, age_at_draw_years", "dim_draws") == [
        ("W1", 22),
        ("W2", 39),
        ("W3", 34),
    ]
    assert rows(bank, "tube_barcode, donor_id", "dim_tubes") == [("1", "D1"), ("2", "D2")]


def test_cases_are_those_of_the_latest_linkage(bank, first):
    assert rows(bank, CASE_COLUMNS, "fct_cancer_cases") == [
        ("T1", "D1", 50, "C61", "cases-2022"),
        # Born on 11 January by the register, so a day short of 65.
        ("T3", "D2", 64, "C50", "cases-2022"),
    ]


def test_follow_up_ends_where_it_must(bank, first):
    assert rows(bank, FOLLOW_UP_COLUMNS, "fct_follow_up") == [
        ("D1", date(1972, 10, 1), date(2022, 12, 31), "end_of_linkage", Decimal("50.2478"), None,
         None),
        ("D2", date(1980, 1, 1), date(2010, 1, 1), "death", Decimal("30.0014"), date(2010, 1, 1),
         "C509"),
        ("D3", date(1995, 2, 28), date(1999, 2, 28), "emigration", Decimal("4.0000"), None, None),
        ("N1", None, None, "death", Decimal("2.5000"), None, "002"),
    ]  # fmt: skip


def test_answers_are_harmonised_or_say_why_not(bank, first):
    found = rows(bank, "variable, value_original, value, missing_reason", "fct_survey_answers",
                 where="donor_id = 'D1'")  # fmt: skip

    assert len(found) == 82
    answers = {variable: tuple(rest) for variable, *rest in found}
    assert answers["bmi_kg_m2"] == (None, "25", None)
    assert answers["smoking_status"] == ("2", "former", None)
    assert answers["systolic_bp_mmhg"] == ("0", None, "not_answered")
    assert answers["total_cholesterol_mmol_l"] == ("232", "6", None)
    assert answers["education"] == (None, None, "not_asked")
    assert answers["diabetes"] == ("9", None, "unknown")


def test_nhanes_answers_come_from_several_tables(bank, first):
    found = dict(rows(bank, "variable, value", "fct_survey_answers", where="donor_id = 'N1'"))

    assert found["smoking_status"] == "former"
    assert found["height_cm"] == "160"
    assert found["bmi_kg_m2"] == "25"
    assert found["total_cholesterol_mmol_l"] == "5.2"
    assert found["education"] == "tertiary_long"


def test_measurements_keep_the_reported_number_beside_the_value(bank, first):
    columns = "analyte_id, donor_id, tube_barcode, value, value_reported, status_code"

    assert rows(bank, columns, "fct_measurements") == [
        ("PFOA", "D2", "2", Decimal("2.5"), Decimal("2.5"), "detected"),
        ("PFOS", "D2", "2", None, Decimal("0.04"), "below_lod"),
    ]


def test_marts_have_keys_and_comments_and_their_readers(bank, first):
    keys = bank.raw.query(
        "select count(*) from pg_constraint where contype = 'p' "
        "and connamespace = 'marts'::regnamespace"
    )
    uncommented = bank.raw.query(
        "select c.relname, a.attname from pg_class as c inner join pg_attribute as a "
        "on a.attrelid = c.oid and a.attnum > 0 where c.relnamespace = 'marts'::regnamespace "
        "and c.relkind = 'r' and col_description(c.oid, a.attnum) is null"
    )
    readers = bank.raw.query(
        "select r.rolname from pg_roles as r where r.rolname like 'janus\\_%' "
        "and not r.rolsuper and has_table_privilege(r.rolname, 'marts.dim_donors', 'select') "
        "order by 1"
    )

    assert keys == [(51,)]
    assert uncommented == []
    assert [name for (name,) in readers] == [
        "janus_extractor", "janus_publisher", "janus_reader", "janus_transformer",
    ]  # fmt: skip


def test_marts_have_the_types_and_must_be_filled_as_their_contracts_say(bank, first):
    found = bank.raw.query(
        "select c.relname, a.attname, a.atttypid::regtype::text, a.attnotnull from pg_class as c "
        "inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 "
        "where c.relnamespace = 'marts'::regnamespace and c.relkind = 'r'"
    )
    declared = []
    for node in read_manifest()["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] != "marts":
            continue
        key = {column for one in node["constraints"] for column in one["columns"]}
        for column in node["columns"].values():
            filled = any(one["type"] == "not_null" for one in column["constraints"])
            is_filled = filled or column["name"] in key
            declared.append((node["name"], column["name"], column["data_type"], is_filled))
    types = [kind for _, _, kind, _ in declared]
    [(spelled,)] = bank.raw.query("select %s::text[]::regtype[]::text[]", types)

    assert sorted(found) == sorted(
        (*rest, kind, is_filled)
        for (*rest, _, is_filled), kind in zip(declared, spelled, strict=True)
    )


def test_every_model_and_check_leaves_a_row(bank, first):
    result, built = first
    found = bank.raw.query(
        "select subject, rule_id, rows_seen, outcome from ops.check_results where run_id = %s",
        result.build_id,
    )
    rules = {rule for _, rule, _, _ in found}

    assert {subject for subject, rule, _, _ in found if rule == "is_built"} >= built
    assert "answers_have_a_value_or_a_reason" in rules
    assert "age_at_draw_counts_completed_years" in rules
    assert len(rules) > result.checks  # the checks by name, and is_built, is_loaded
    seen = {rule: rows for _, rule, rows, _ in found}
    assert seen["answers_have_a_value_or_a_reason"] == 164
    assert {outcome for *_, outcome in found} <= {"passed", "warned"}


def test_progress_can_be_watched(bank, first):
    result, _ = first
    steps = dict(bank.raw.query(
        "select step, state from ops.progress where job = %s", result.build_id
    ))  # fmt: skip

    assert steps["build"] == "succeeded"
    assert steps["fct_cancer_cases"] == "success"


def test_a_build_with_nothing_new_builds_nothing(bank, first):
    before = bank.raw.query("select count(*) from ops.builds")

    again = bank.build()

    assert (again.models_built, again.checks, bank.events) == (0, 0, [])
    assert bank.raw.query("select count(*) from ops.builds") == before
    assert is_up_to_date()


def test_a_second_build_waits_for_the_first(bank, first):
    finished = threading.Event()

    def build_and_tell():
        bank.build()
        finished.set()

    with connect(bank.raw.url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [AdvisoryLock.build])
        thread = threading.Thread(target=build_and_tell)
        thread.start()
        assert not finished.wait(2)
    thread.join(30)

    assert finished.is_set()


@pytest.fixture(scope="module")
def survey_added(bank, first):
    held = bank.raw.query("select xmin::text, ctid::text from marts.fct_survey_answers order by 2")
    cases = bank.raw.query("select 'marts.fct_cancer_cases'::regclass::oid")
    bank.raw.accept("hubro", "health_surveys", HUBRO, as_of=date(2002, 6, 30))
    result = bank.build()
    return result, bank.models_built(), held, cases


def test_a_new_survey_delivery_touches_survey_models_only(bank, survey_added):
    result, built, _, cases = survey_added

    assert result.selection == "source:health_surveys.hubro_2000+"
    assert built == {
        "stg_health_surveys__hubro_2000", "int_answers__hubro_2000",
        "int_answers__hubro_2000_long", "int_answers__long",
        "fct_survey_answers", "survey_answers_wide", "fct_survey_attendances",
        "int_answers__checked", "int_answers__counts", "int_answers__profiles",
        "int_answers__shares", "int_drift__neighbours", "int_drift__number_pairs",
        "int_drift__numbers", "int_drift__code_shares", "int_drift__codes",
        "fct_completeness", "fct_survey_plausibility", "fct_survey_drift",
    }  # fmt: skip
    assert bank.raw.query("select 'marts.fct_cancer_cases'::regclass::oid") == cases


def test_the_page_about_surveys_is_of_the_build_that_touched_them(bank, survey_added):
    result, *_ = survey_added

    assert reported_build() == result.build_id


def test_a_new_survey_delivery_writes_its_own_answers_only(bank, survey_added):
    *_, held, _ = survey_added
    untouched = bank.raw.query(
        "select xmin::text, ctid::text from marts.fct_survey_answers "
        "where survey_id not in ('hubro_2000', 'nhanes_2003') order by 2"
    )

    assert rows(bank, "count(*)", "fct_survey_answers") == [(246,)]
    assert len(untouched) == 82
    assert set(untouched) <= set(held)


def test_checks_that_hang_on_what_was_built_ran_again(bank, survey_added):
    result, *_ = survey_added
    rules = bank.raw.query(
        "select rule_id from ops.check_results where run_id = %s and subject = %s",
        result.build_id,
        "fct_survey_answers",
    )

    assert ("answers_have_a_value_or_a_reason",) in rules
    assert result.checks >= 3


def test_new_rows_ask_the_data_tests_and_no_unit_test(bank, survey_added):
    result, *_ = survey_added
    unit_tests = set(read_manifest()["unit_tests"])
    asked = bank.raw.query(
        "select rule_id from ops.check_results where run_id = %s", result.build_id
    )

    assert unit_tests
    assert not {name.rsplit(".", 1)[-1] for name in unit_tests} & {rule for (rule,) in asked}


def test_a_correction_replaces_the_answers_of_its_delivery(bank, survey_added):
    (person,) = OSLO["oslo_1972"]
    bank.raw.accept(
        "oslo-corrected", "health_surveys", {"oslo_1972": [{**person, "hoyde": 999}]},
        as_of=date(1974, 6, 30), supersedes="oslo",
    )  # fmt: skip

    bank.build()

    heights = rows(bank, "survey_id, value, missing_reason, delivery_id", "fct_survey_answers",
                   where="donor_id = 'D1' and variable = 'height_cm'")  # fmt: skip
    assert heights == [
        ("hubro_2000", "179", None, "hubro"),
        ("oslo_1972", None, "not_answered", "oslo-corrected"),
    ]


def test_a_withdrawal_marks_the_donor_and_builds_nothing_else(bank, survey_added):
    bank.raw.query("insert into identity.donors (donor_id, registered_by) values ('D3', 'test')")
    bank.raw.query(
        "insert into identity.identifiers (system, value, donor_id, delivery_id) "
        "values ('donor_number', 'J3', 'D3', 'test')"
    )
    record_withdrawals(["J3"], system="donor_number", withdrawn=date(2023, 5, 5))

    result = bank.build()

    assert result.selection == "source:governance.withdrawn_donors+"
    assert bank.models_built() == {"dim_donors"}
    assert rows(bank, "donor_id", "dim_donors", where="is_withdrawn") == [("D2",), ("D3",)]


def test_an_opened_seal_tells_case_or_control_and_builds_nothing_else(bank, survey_added):
    sealed = rows(bank, "study_code, matched_status, set_number", "dim_shipments")
    bank.raw.query(
        "insert into governance.shipments (shipment_id, project_id, laboratory, platform, "
        "shipped_date, samples, duplicates, plates, request_sha256, state, made_by, opened_by, "
        "opened_at) values ('pfas-1', 'pfas', 'toxicology_lab', 'targeted_chemistry', "
        "'2019-01-01', 1, 0, 1, 'x', 'opened', 'test', 'test', clock_timestamp())"
    )
    bank.raw.query("insert into governance.shipment_samples values ('S1', 'pfas-1', '2')")
    bank.raw.query(
        "insert into governance.opened_status (study_code, shipment_id, matched_status, "
        "set_number) values ('S1', 'pfas-1', 'case', 4)"
    )

    result = bank.build()

    assert sealed == [("S1", None, None)]
    assert result.selection == "source:governance.opened_status+"
    assert bank.models_built() == {"dim_shipments"}
    assert rows(bank, "study_code, donor_id, matched_status, set_number", "dim_shipments") == [
        ("S1", "D2", "case", 4)
    ]


def test_a_failed_build_names_rule_and_count_and_tells_no_value(bank, survey_added):
    telltale = "T987654321"
    twice = {**CASE, "donor_id": "D1", "incidence_date": date(2003, 3, 3), "tumour_id": telltale,
             "topography_code": "C619", "morphology_code": "8140"}  # fmt: skip
    bank.raw.accept("cases-2023", "cancer_registry", {"cases": [twice, twice]},
                    as_of=date(2023, 12, 31))  # fmt: skip
    stray = {**PFAS["results"][0], "status_code": telltale, "value": 1}
    content = {"analytes": PFAS["analytes"], "results": [stray]}
    bank.raw.accept("stray-status", "laboratories", content, returned=FORM)

    with pytest.raises(BuildFailedError) as failed:
        bank.build()

    message = str(failed.value)
    assert "fct_cancer_cases.is_built: Database Error" in message
    assert "could not create unique index" in message
    assert "fct_measurements.measurement_status_is_a_known_code: 1 rows fail it" in message
    assert telltale not in message
    written = [path for path in bank.home.rglob("*") if path.is_file()]
    assert len(written) > 20
    assert not [path for path in written if telltale.encode() in path.read_bytes()]
    # The mart of the last good build stays where the contract was broken.
    assert rows(bank, "tumour_id", "fct_cancer_cases") == [("T1",), ("T3",)]
    state, outcomes = bank.raw.query(
        "select b.state, array_agg(distinct c.outcome order by c.outcome) from ops.builds as b "
        "inner join ops.check_results as c on c.run_id = b.build_id "
        "where b.started_at = (select max(started_at) from ops.builds) group by b.state"
    )[0]
    assert state == "failed"
    assert {"error", "failed", "passed"} <= set(outcomes)


def test_what_a_failed_build_left_behind_is_built_again(bank, survey_added):
    """The accepted deliveries are those of the last good build, but the marts are not."""
    assert rows(bank, "count(*)", "fct_measurements") == [(3,)]
    bank.raw.query(
        "update ops.deliveries set state = 'refused', rows_refused = rows_received, "
        "rows_accepted = 0 where delivery_id in ('cases-2023', 'stray-status')"
    )

    page_of = reported_build()
    assert page_of is not None
    assert not is_up_to_date()
    bank.build()

    assert {"fct_measurements", "fct_cancer_cases"} <= bank.models_built()
    assert "fct_survey_answers" not in bank.models_built()
    assert reported_build() == page_of
    assert rows(bank, "count(*)", "fct_measurements") == [(2,)]
    assert rows(bank, "count(*)", "fct_cancer_cases") == [(2,)]


def test_a_killed_build_is_not_taken_for_a_running_one(bank, survey_added):
    bank.raw.query(
        "insert into ops.builds (build_id, state, code_version, selection, started_at) "
        "values ('killed', 'running', 'x', 'everything', '2020-01-01')"
    )

    bank.build()

    assert bank.raw.query("select state from ops.builds where build_id = 'killed'") == [("failed",)]


def test_a_build_by_hand_makes_the_chosen_models_only(bank, survey_added):
    result = bank.build(select="dim_collections")

    assert bank.models_built() == {"dim_collections"}
    assert result.selection == "by hand: dim_collections"
    assert is_up_to_date()


def test_a_choice_that_matches_no_model_is_an_error(bank, survey_added):
    before = bank.raw.query("select count(*) from ops.builds")

    with pytest.raises(UnknownSelectionError, match="matches the selection no_such_model"):
        bank.build(select="no_such_model")

    assert bank.raw.query("select count(*) from ops.builds") == before


def test_a_choice_cannot_smuggle_options_in(bank, survey_added):
    with pytest.raises(BuildFailedError, match=r"expected model names .* found the option --vars"):
        bank.build(select="dim_donors --vars x")


GROWING = ("marts.fct_survey_answers", "marts.survey_answers_wide",
           "intermediate.int_answers__counts")  # fmt: skip


def test_a_corrected_sex_reaches_the_answers_that_were_held(bank, survey_added):
    [attended] = HUBRO["hubro_2000"]
    later = {**attended, "donor_id": "D3", "attended_date": date(2001, 2, 2), "height": 168,
             "sex": "2", "nbirth": 2}  # fmt: skip
    both = {"hubro_2000": [later, attended]}
    bank.raw.accept("hubro-again", "health_surveys", both, as_of=date(2024, 1, 1))
    bank.build()
    where = "donor_id = 'D3' and variable = 'children_born' and survey_id = 'hubro_2000'"
    assert rows(bank, "value, missing_reason", "fct_survey_answers", where=where) == [("2", None)]

    *others, d3 = POPULATION_2022["residents"]
    corrected = {**POPULATION_2022, "residents": [*others, {**d3, "sex_code": "1"}]}
    bank.raw.accept("population-2024", "population_register", corrected, as_of=date(2024, 1, 1))
    bank.build()

    assert rows(bank, "value, missing_reason", "fct_survey_answers", where=where) == [
        (None, "inconsistent")
    ]
    held = [bank.raw.query(f"select t::text from {table} as t order by 1") for table in GROWING]
    bank.build(select=" ".join(table.split(".")[1] for table in GROWING), full=True)
    anew = [bank.raw.query(f"select t::text from {table} as t order by 1") for table in GROWING]
    assert held == anew


def test_merged_persons_take_their_answers_along_and_attend_a_survey_once(bank, survey_added):
    where = "variable = 'height_cm' and survey_id in ('hubro_2000', 'oslo_1972')"
    found = rows(bank, "donor_id, survey_id", "fct_survey_answers", "1, 2", where)
    assert found == [("D1", "hubro_2000"), ("D1", "oslo_1972"), ("D3", "hubro_2000")]

    bank.raw.query("insert into ops.person_assignments values ('D1', 'D3', 1)")
    assert not is_up_to_date()
    result = bank.build()

    assert result.selection == "source:ops.person_assignments+"
    assert is_up_to_date()
    columns = "donor_id, survey_id, attended_date, value_original"
    assert rows(bank, columns, "fct_survey_answers", "1, 2", where) == [
        ("D3", "hubro_2000", date(2001, 2, 2), "168"),
        ("D3", "oslo_1972", date(1972, 10, 1), "999"),
    ]
    assert rows(bank, "draw_id", "dim_draws", where="donor_id = 'D3'") == [("W1",), ("W3",)]
    assert rows(bank, "donor_id", "dim_donors", where="collection_id = 'janus'") == [
        ("D2",), ("D3",),
    ]  # fmt: skip
    assert rows(bank, "count(*)", "fct_follow_up", where="donor_id in ('D1', 'D3')") == [(1,)]
    followed = rows(bank, "entry_date", "fct_follow_up", where="donor_id = 'D3'")
    assert followed == [(date(1972, 10, 1),)]
