"""Linkages in doubt: what is held for a person, what is refused, what the report tells."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import date

import polars as pl
import pytest
from registry_files import FIRST, SECOND, clean, half, written

THIRD = date(2021, 12, 31)


def test_half_a_file_is_held_and_the_question_tells_the_figures(registry):
    outcome = registry.ingest(half(registry.cases(2020)), as_of=THIRD)

    assert (outcome.state, outcome.rows_accepted, outcome.rows_refused) == ("held", 0, 0)
    fewer, retracted = outcome.reason.splitlines()
    assert re.fullmatch(
        r"cases: 26\d rows, and the linkage before it \(cancer_registry-2020-12-31-\w{10}, as of "
        r"2020-12-31\) had 53\d: 27\d fewer \(50\.\d %\)|.*", fewer,
    )  # fmt: skip
    assert "cases: " in retracted and "are retracted (" in retracted
    assert "the contract bears 0.5 %" in retracted
    assert registry.query(
        "select count(*) from raw.cancer_registry__cases where delivery_id = %s",
        outcome.delivery_id,
    ) == [(0,)]
    page = registry.page(outcome.delivery_id)
    assert "A person must decide whether it enters." in page and "<svg" in page


def test_a_held_linkage_that_is_refused_leaves_nothing_and_its_sender_reads_why(registry):
    from janus_warehouse.deliveries import decide, settle

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD)
    decide(held.delivery_id, accept=False, reason="half of it is missing", decided_by="Kari")
    outcome = settle(held.delivery_id)

    assert (outcome.state, outcome.rows_refused) == ("refused", held.rows_received)
    assert outcome.reason.startswith("refused by decision of Kari on ")
    assert "half of it is missing\nThe question was:\ncases: " in outcome.reason
    assert "half of it is missing" in registry.page(held.delivery_id)
    assert registry.query("select count(*) from pg_tables where schemaname = 'landing'") == [(0,)]
    assert registry.current() != [held.delivery_id]


def test_a_held_linkage_that_is_accepted_enters_whole_and_its_report_says_who(registry):
    from janus_warehouse.deliveries import decide, settle

    held = registry.ingest(half(clean(registry.cases(2020))), as_of=THIRD)
    decide(held.delivery_id, accept=True, reason="the other half moved away", decided_by="Ola")
    outcome = settle(held.delivery_id)

    assert (outcome.state, outcome.rows_accepted) == ("accepted", held.rows_received)
    assert registry.current() == [held.delivery_id]
    assert "Accepted by Ola" in registry.page(held.delivery_id)
    assert settle(held.delivery_id) == outcome


def test_a_decision_is_asked_once_kept_for_good_and_chained(registry):
    import psycopg

    from janus_warehouse.deliveries import decide
    from janus_warehouse.deliveries.decisions import AlreadyDecidedError, NotHeldError
    from janus_warehouse.errors import WarehouseError
    from janus_warehouse.platform.audit import broken_links
    from janus_warehouse.platform.database import Role

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id
    with pytest.raises(WarehouseError, match="expected a reason, found none"):
        decide(held, accept=True, reason="  ")
    with pytest.raises(WarehouseError, match="expected a reason without numbers of persons"):
        decide(held, accept=True, reason="018150 10260 is not ours")
    decide(held, accept=False, reason="half a file", decided_by="Kari")
    with pytest.raises(AlreadyDecidedError, match="was refused by decision of Kari"):
        decide(held, accept=True, reason="no, it is fine", decided_by="Ola")
    [(first,)] = registry.query("select delivery_id from ops.deliveries where as_of = '2020-12-31'")
    with pytest.raises(NotHeldError, match="is accepted and does not wait for a decision"):
        decide(first, accept=True, reason="again")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        registry.query("update ops.decisions set reason = 'otherwise'")

    [(figures, asked)] = registry.query("select figures, question from ops.decisions")
    assert [entry["limit"] for entry in figures] == ["fewer_rows", "retracted"]
    assert "fewer" in asked
    assert registry.query(
        "select actor, subject from ops.audit where action = 'delivery decided'"
    ) == [("Kari", held)]
    assert broken_links(Role.admin) == []


def test_of_two_people_who_decide_at_once_one_is_heard(registry):
    from janus_warehouse.deliveries import decide
    from janus_warehouse.deliveries.decisions import AlreadyDecidedError

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id
    gate, told = threading.Barrier(2), []

    def say(accept: bool) -> None:
        gate.wait(30)
        try:
            decide(held, accept=accept, reason="I say so")
            told.append("heard")
        except AlreadyDecidedError:
            told.append("too late")

    people = [threading.Thread(target=say, args=(accept,)) for accept in (True, False)]
    for person in people:
        person.start()
    for person in people:
        person.join(60)

    assert sorted(told) == ["heard", "too late"]
    assert registry.query("select count(*) from ops.decisions") == [(1,)]


def test_a_refused_linkage_that_is_tried_again_is_asked_about_again(registry):
    from janus_warehouse.deliveries import decide, ingest, retry, settle

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id
    decide(held, accept=False, reason="not sure")
    assert settle(held).is_refused
    retry(held)

    assert ingest(held).is_held
    decide(held, accept=True, reason="sure now")
    assert settle(held).state == "accepted"


def test_nothing_waits_for_a_held_linkage(registry):
    from janus_warehouse.airflow.ledger import any_in_flight
    from janus_warehouse.deliveries import find_deliveries, settle

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id

    assert not any_in_flight()
    assert find_deliveries("registry") == []
    assert settle(held).is_held
    later = registry.ingest(registry.cases(), name="later")
    assert later.state == "accepted"
    assert registry.current() == [later.delivery_id]
    assert registry.figures(later.delivery_id, "changes")["new"] > 0
    assert registry.state(held) == "held"


def test_a_correction_of_a_held_linkage_takes_its_place_without_a_decision(registry):
    from janus_warehouse.deliveries import decide
    from janus_warehouse.deliveries.decisions import NotHeldError

    held = registry.ingest(half(registry.cases()))
    whole = registry.ingest(registry.cases(), name="whole", supersedes=held.delivery_id)

    assert whole.state == "accepted"
    assert registry.query(
        "select state, superseded_by, rows_refused, settled_at is not null from ops.deliveries "
        "where delivery_id = %s", held.delivery_id,
    ) == [("superseded", whole.delivery_id, held.rows_received, True)]  # fmt: skip
    with pytest.raises(NotHeldError, match="is superseded"):
        decide(held.delivery_id, accept=True, reason="too late")


def test_an_earlier_day_than_the_last_is_held_and_becomes_history(registry):
    from janus_warehouse.deliveries import decide, settle

    [current] = registry.current()
    held = registry.ingest(registry.cases(2020), as_of=date(2019, 12, 31))

    assert held.state == "held"
    assert held.reason == (
        f"cases: as of 2019-12-31, and the last accepted linkage ({current}) is as of "
        "2020-12-31. If it enters, it becomes history between the others; what is current stays"
    )
    decide(held.delivery_id, accept=True, reason="it was lost in the post")
    assert settle(held.delivery_id).state == "accepted"
    assert registry.current() == [current]


def test_linkages_that_arrive_together_enter_in_the_order_of_their_days(registry):
    from janus_warehouse.deliveries import ingest

    third = registry.send(registry.cases(), as_of=THIRD, name="third")
    second = registry.send(registry.cases(), as_of=SECOND, name="second")

    assert ingest(second).state == "accepted"
    assert registry.state(third) == "accepted"
    assert registry.figures(second, "changes").keys() == {"unchanged"}


def test_the_file_of_another_register_is_refused_by_its_columns(registry):
    rows = registry.cases().select("person_number", "birth_date", "sex_code")
    outcome = registry.ingest(rows.rename({"sex_code": "kjonn"}))

    assert outcome.state == "refused"
    assert "cases.csv, line 1: expected the 19 columns of contract janus.cancer_registry.cases" in (
        outcome.reason
    )


def test_another_population_is_refused_and_the_message_says_so(registry):
    from benchmarks.survey_file import identity_numbers

    rows = registry.cases()
    strangers = [str(number) for number in identity_numbers(rows.height)]
    outcome = registry.ingest(rows.with_columns(person_number=pl.Series(strangers)))

    assert outcome.state == "refused"
    assert "rule person.known: expected at most 1 % to fail" in outcome.reason
    assert outcome.reason.endswith(
        "cases.csv: nearly no row finds its person: is this the file of another population, or "
        "of another study?"
    )
    assert registry.figures(outcome.delivery_id, "matching") == {"unknown": rows.height}
    assert "no such person in the bank" in registry.page(outcome.delivery_id)


def test_moved_columns_of_a_csv_file_find_their_places_and_change_nothing(registry):
    rows = registry.cases(2020)
    outcome = registry.ingest(rows.select(sorted(rows.columns)), as_of=SECOND)

    assert outcome.state == "accepted"
    assert registry.figures(outcome.delivery_id, "changes").keys() == {"unchanged"}


def test_moved_columns_of_fixed_width_are_refused_with_the_layout_that_is_agreed(registry):
    from janus_warehouse.deliveries import ingest

    moved = "".join(f"{line[11:19]}{line[:11]}{line[19:]}\n" for line in registry.deaths())
    outcome = ingest(
        registry.warehouse.deliver("moved", {"deaths.txt": moved}, source="cause_of_death")
    )

    assert outcome.state == "refused"
    assert outcome.reason.splitlines()[-1] == (
        "deaths.txt: nearly every row fails in 2 columns: has the layout changed? The contract "
        "reads person_number 1-11, death_date 12-19, underlying_cause_code 20-23, "
        "contributing_cause_codes 24-43, is_autopsied 44-44. If the new layout is meant, the "
        "contract gets a new version first"
    )


def test_a_new_code_is_counted_and_named_by_column(registry):
    rows = clean(registry.cases())
    spoilt = rows.with_columns(
        basis_code=pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("8")).otherwise("basis_code")
    )
    outcome = registry.ingest(spoilt)

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 2)
    assert registry.figures(outcome.delivery_id, "rules")["basis_code.codes"] == 2
    assert "<code>basis_code.codes</code>" in registry.page(outcome.delivery_id)


def test_persons_whose_sex_or_birth_date_changed_are_counted_once(registry):
    rows = clean(registry.cases(2020))
    several = rows["person_number"].value_counts().filter(pl.col("count") > 1)
    woman, man = several["person_number"].sort()[:2]
    changed = rows.with_columns(
        sex_code=pl.when(pl.col("person_number") == woman)
        .then(pl.col("sex_code").replace({"1": "2", "2": "1"}))
        .otherwise("sex_code"),
        birth_date=pl.when(pl.col("person_number") == man)
        .then(pl.lit("1940-01-01"))
        .otherwise("birth_date"),
    )
    outcome = registry.ingest(changed, as_of=SECOND)

    assert outcome.state == "accepted"
    found = outcome.delivery_id
    assert registry.figures(found, "persons_changed") == {"sex_code": 1, "birth_date": 1}
    both = rows.filter(pl.col("person_number").is_in([woman, man])).height
    assert registry.figures(found, "changes")["changed"] == both
    assert sum(registry.figures(found, "changed_fields").values()) == both
    # The made-up registry has a few persons of another sex than the bank's from the start.
    disagreeing = (
        "select item, value::int from ops.linkage_figures where section = 'persons_disagreeing' "
        "and delivery_id {} %s and dimensions ->> 'with' = 'bank'"
    )
    before = dict(registry.query(disagreeing.format("<>"), found))
    assert dict(registry.query(disagreeing.format("="), found)) == {
        item: count + 1 for item, count in before.items()
    }


def test_tumours_with_another_id_and_the_same_content_are_renumbered_not_retracted(registry):
    rows = clean(registry.cases(2020))
    renamed = rows.with_columns(
        tumour_id=pl.when(pl.int_range(pl.len()) < 40)
        .then("T7" + pl.col("tumour_id").str.slice(2))
        .otherwise("tumour_id"),
        # The end of follow-up is not the tumour's content.
        follow_up_date=pl.lit("2022-12-31"),
    )
    outcome = registry.ingest(renamed, as_of=SECOND)

    assert outcome.state == "accepted", outcome.reason
    changes = registry.figures(outcome.delivery_id, "changes")
    assert changes["renumbered"] == 40
    assert changes.keys() == {"renumbered", "unchanged"}


def test_rows_of_persons_merged_since_the_last_linkage_are_compared_as_one_persons(registry):
    from janus_warehouse.identity.persons import merge_persons

    rows = clean(registry.cases(2020))
    born = rows.group_by("person_number").agg(pl.col("birth_date").first()).sort("person_number")
    first, second = born.filter(pl.col("birth_date").is_first_distinct())["person_number"][:2]
    persons = rows["person_number"].n_unique()
    made = merge_persons(
        identifiers=[("national_number", first), ("national_number", second)],
        reason="registered twice", although_different=True,
    )  # fmt: skip
    # Only the record that gave way was ever sampled: its draws are those of the one person.
    registry.query("delete from raw.biobank__draws where donor_id = %s", made.donor_id)
    outcome = registry.ingest(rows, as_of=SECOND)

    assert outcome.state == "accepted", outcome.reason
    found = outcome.delivery_id
    assert registry.figures(found, "persons")["now"] == persons - 1
    assert registry.figures(found, "changes").keys() <= {"unchanged", "retracted"}
    assert registry.figures(found, "persons_changed") == {"sex_code": 0, "birth_date": 0}
    assert registry.figures(found, "draws")["never_sampled"] == 0
    [(stored,)] = registry.query(
        "select count(distinct donor_id) from raw.cancer_registry__cases where delivery_id = "
        "(select delivery_id from ops.deliveries where as_of = '2020-12-31')"
    )
    assert registry.figures(found, "persons")["before"] == stored - 1


def test_retractions_beyond_the_limit_hold_a_linkage_that_has_grown(registry):
    rows = clean(registry.cases())
    gone = rows.filter(pl.col("incidence_date") < "2020").head(11)["tumour_id"]
    outcome = registry.ingest(rows.filter(~pl.col("tumour_id").is_in(gone.implode())))

    assert outcome.state == "held"
    assert re.fullmatch(
        r"cases: 1[1-9] of 5\d\d rows of the linkage before are retracted \(\d\.\d %\); the "
        r"contract bears 0\.5 %", outcome.reason,
    )  # fmt: skip


def test_a_case_in_a_donor_who_was_never_sampled_enters_and_is_counted(registry):
    rows = clean(registry.cases())
    registry.query(
        "delete from raw.biobank__draws where donor_id = (select min(donor_id) from "
        "raw.cancer_registry__cases)"
    )
    outcome = registry.ingest(rows)

    assert outcome.state == "accepted"
    draws = registry.figures(outcome.delivery_id, "draws")
    assert draws["persons_never_sampled"] == 1 and draws["never_sampled"] >= 1


def test_cases_before_the_first_draw_are_counted(registry):
    rows = clean(registry.cases())
    early = rows.with_columns(
        incidence_date=pl.when(pl.int_range(pl.len()) < 3)
        .then(pl.lit("1960-01-01"))
        .otherwise("incidence_date")
    )
    outcome = registry.ingest(early)

    counted = registry.figures(outcome.delivery_id, "draws")["before_first_draw"]
    assert counted == registry.before_first_draw(early) >= 3
    assert registry.before_first_draw(rows) <= counted - 3


def test_what_leans_on_a_held_linkage_says_that_it_waits_and_for_which(registry):
    from janus_warehouse.deliveries import decide, ingest, settle

    changes = pl.read_csv(
        registry.made / "population_register" / "2022-12-31" / "number_changes.csv",
        infer_schema=False,
    )
    deliver = registry.warehouse.deliver
    all_of_them = changes.write_csv()
    ingest(deliver("all", {"number_changes.csv": all_of_them}, source="population_register",
                   as_of=FIRST))  # fmt: skip
    fewer = deliver(
        "fewer", {"number_changes.csv": changes.head(changes.height - 1).write_csv()},
        source="population_register",
    )  # fmt: skip
    assert ingest(fewer).is_held
    cases = registry.send(registry.cases())
    outcome = ingest(cases)

    assert (outcome.state, outcome.waits) == ("received", True)
    assert outcome.reason == (
        f"{cases} waits: {fewer}, which makes its persons or keys known, is held for a decision. "
        "`janus decide` shows the question; when it is answered, the next ingest goes on"
    )
    decide(fewer, accept=False, reason="one is missing")
    settle(fewer)
    assert ingest(cases).state == "accepted"


def test_landed_rows_of_a_held_linkage_that_are_lost_are_loaded_again(registry):
    from janus_warehouse.deliveries import decide, settle

    rows = half(clean(registry.cases(2020)))
    held = registry.ingest(rows, as_of=THIRD).delivery_id
    [(landed,)] = registry.query("select tablename from pg_tables where schemaname = 'landing'")
    registry.query(f"truncate landing.{landed}")

    assert settle(held).is_held, "without a decision nothing is done"
    decide(held, accept=True, reason="as it is")
    assert settle(held).rows_accepted == rows.height
    assert registry.query(
        "select string_agg(state, ' ' order by event_id) from ops.delivery_events "
        "where delivery_id = %s and not detail ? 'figures'", held,
    ) == [
        ("received verified loaded checked held received verified loaded checked accepted",)
    ]  # fmt: skip


def test_a_refusal_needs_no_rows_that_were_lost(registry):
    from janus_warehouse.deliveries import decide, settle

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id
    [(landed,)] = registry.query("select tablename from pg_tables where schemaname = 'landing'")
    registry.query(f"drop table landing.{landed} cascade")
    shutil.rmtree(registry.warehouse.landing)
    decide(held, accept=False, reason="half a file")

    assert settle(held).is_refused


def test_a_decision_that_was_not_carried_out_is_by_the_next_ingest(registry, monkeypatch):
    from janus_warehouse.deliveries import decide, engine, find_deliveries, ingest
    from janus_warehouse.errors import NotAvailableError

    held = registry.ingest(half(clean(registry.cases(2020))), as_of=THIRD).delivery_id
    decide(held, accept=True, reason="as it is")

    def fall(*_):
        raise NotAvailableError("the machine stopped")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "accept", fall)
        with pytest.raises(NotAvailableError):
            ingest(held)
    assert registry.state(held) == "held"
    assert find_deliveries("registry") == [held]
    assert ingest(held).state == "accepted"


def test_a_command_killed_between_decision_and_entering_is_carried_out_once_by_the_next(registry):
    from janus_warehouse.deliveries import find_deliveries, ingest
    from janus_warehouse.platform.audit import broken_links
    from janus_warehouse.platform.database import Role

    rows = half(clean(registry.cases(2020)))
    held = registry.ingest(rows, as_of=THIRD).delivery_id
    # Rows have entered, and their transaction is not over: time for the shot.
    registry.query(
        "create function slow() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(3); return null; end $$"
    )
    registry.query(
        "create trigger slow after insert on raw.cancer_registry__cases execute function slow()"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", "from janus_warehouse.cli import app; app()", "decide", held,
         "--accept", "--reason", "as it is"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    sleeping = (
        "select count(*) from pg_stat_activity where wait_event = 'PgSleep' "
        "and datname = current_database()"
    )
    for _ in range(600):
        if registry.query(sleeping) == [(1,)] or victim.poll() is not None:
            break
        time.sleep(0.1)
    victim.kill()
    assert victim.wait() == -signal.SIGKILL, "it was shot too late"

    assert registry.state(held) == "held"
    assert registry.query("select is_accepted from ops.decisions") == [(True,)]
    entered = "select count(*) from raw.cancer_registry__cases where delivery_id = %s"
    assert registry.query(entered, held) == [(0,)]
    assert find_deliveries("registry") == [held]
    registry.query("drop trigger slow on raw.cancer_registry__cases")
    assert ingest(held).state == "accepted"
    assert ingest(held).rows_accepted == rows.height
    assert registry.query(entered, held) == [(rows.height,)]
    assert registry.query("select count(*) from ops.decisions") == [(1,)]
    assert registry.query(
        "select count(*) from ops.delivery_events where delivery_id = %s and state = 'accepted'",
        held,
    ) == [(1,)]  # fmt: skip
    assert broken_links(Role.admin) == []


def test_of_two_linkages_side_by_side_the_second_is_compared_with_the_first(registry, monkeypatch):
    from janus_warehouse.deliveries import check, engine, ingest

    whole = registry.send(registry.cases(), name="whole")
    part = registry.send(clean(registry.cases()).head(500), name="part")
    assert {check(whole).state, check(part).state} == {"checked"}
    accept, calls = engine.accept, []

    def overtaken(*given):
        """Let the whole linkage enter just before the part does."""
        calls.append(1)
        if len(calls) == 1:
            monkeypatch.setattr(engine, "accept", accept)
            assert ingest(whole).state == "accepted"
        return accept(*given)

    # Against the linkage of 2020 the part is in doubt too: a person has let that one pass.
    registry.query(
        "update ops.delivery_tables set rows_received = 1 where delivery_id in "
        "(select delivery_id from ops.deliveries where as_of = '2020-12-31')"
    )
    registry.query(
        "delete from raw.cancer_registry__cases where tumour_id not in "
        "(select tumour_id from raw.cancer_registry__cases limit 5)"
    )
    monkeypatch.setattr(engine, "accept", overtaken)

    outcome = ingest(part)
    assert outcome.state == "held"
    assert whole in outcome.reason


def test_a_lost_linkage_report_is_written_again_from_the_figures(registry):
    from janus_warehouse.deliveries import scan_landing

    outcome = registry.ingest(registry.cases())
    folder = registry.warehouse.home / "reports" / "linkages"
    before = (folder / outcome.delivery_id / "report.html").read_text()
    shutil.rmtree(folder)
    scan_landing()

    assert registry.page(outcome.delivery_id) == before


def test_a_linkage_report_holds_counts_and_no_value_of_a_person(registry):
    rows = registry.cases()
    outcome = registry.ingest(rows)
    folder = registry.warehouse.home / "reports" / "linkages" / outcome.delivery_id
    document = json.loads((folder / "report.json").read_text())
    told = registry.page(outcome.delivery_id) + json.dumps(document)

    assert len(document["figures"]) > 100
    numbers, tumours = set(rows["person_number"]), set(rows["tumour_id"])
    donors = {d for (d,) in registry.query("select donor_id from identity.donors")}
    births = set(rows["birth_date"]) - {str(FIRST), str(SECOND)}
    words = set(re.findall(r"[\w-]+", told))
    assert not words & (numbers | tumours | donors | births)


def test_the_command_lists_shows_and_carries_out_a_decision(registry):
    from typer.testing import CliRunner

    from janus_warehouse.cli import app

    held = registry.ingest(half(registry.cases(2020)), as_of=THIRD).delivery_id

    def run(*words: str):
        return CliRunner().invoke(app, ["decide", *words])

    listed = run()
    assert listed.exit_code == 0
    assert held in listed.output and "fewer" in listed.output and "report.html" in listed.output
    assert run(held, "--refuse").exit_code == 2, "a reason is needed"
    assert registry.state(held) == "held"
    done = run(held, "--refuse", "--reason", "half a file")
    assert done.exit_code == 0, done.output
    assert "refused by decision of" in done.output
    assert registry.state(held) == "refused"
    assert "nothing waits for a decision" in run().output
    assert run("nothing-of-that-name").exit_code == 2


def test_written_files_are_those_of_the_registry(registry):
    """The helper that sends altered files writes an unaltered one as the registry did."""
    original = registry.made / "cancer_registry" / "2020-12-31" / "cases.csv"

    assert written(registry.cases(2020)) == original.read_text()
