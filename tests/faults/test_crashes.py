"""Crashes: a killed load, a restarted server and a rival process leave what a quiet run leaves."""

import importlib
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from benchmarks.survey_file import identity_numbers
from small_bank import REPOSITORY, Bank

KILLS = 20
PEOPLE_IN_EACH = 12
NUMBERS = [str(number) for number in identity_numbers(KILLS * PEOPLE_IN_EACH)]
SETTINGS = ("JANUS_HOME", "JANUS_DATABASE_URL", "JANUS_SECRET_KEY", "JANUS_REPO_ROOT",
            "JANUS_STILL_COPYING_SECONDS", "JANUS_SHARED")  # fmt: skip


def files_of(n: int) -> dict[str, str]:
    """Return the files of delivery `n`: new people, one set aside, and tubes, one set aside."""
    lines = ["number;bank_number;sex_code;birth_date"]
    for i in range(PEOPLE_IN_EACH):
        number = NUMBERS[n * PEOPLE_IN_EACH + i]
        lines.append(f"{number};B{n}x{i};{9 if i == 3 else 1};1950-05-05")
    tubes = ["tube;bank_number;volume_ml;drawn;note"]
    for i in range(2000):
        person = i % PEOPLE_IN_EACH if i % PEOPLE_IN_EACH != 3 else 4
        volume = "much" if i == 7 else "1.5"
        tubes.append(f'T{n}x{i};B{n}x{person};{volume};1985-03-01;"note\n{i}"')
    return {"people.csv": "\n".join(lines) + "\n", "tubes.csv": "\n".join(tubes) + "\n"}


def lay(bank: Bank, n: int, ids: list[str]) -> str:
    """Lay delivery `n` and add its id; each third corrects the one before it."""
    from janus_warehouse.deliveries import scan_landing

    corrected = ids[-1] if n % 3 == 2 else None
    ids.append(bank.send(files_of(n), name=f"d{n}", supersedes=corrected))
    scan_landing()
    return ids[-1]


def in_child(settings: dict[str, str | None], delivery_id: str, gate=None) -> None:
    """Ingest in a process of its own."""
    for name, value in settings.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform.settings import get_settings

    get_settings.cache_clear()
    if gate is not None:
        gate.wait(60)
    ingest(delivery_id)


@pytest.fixture(scope="module")
def processes():
    """Give a maker of processes that have the libraries loaded, so that kills hit the work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["great_expectations", "janus_warehouse.deliveries", "janus_warehouse.deliveries.gx_rule"]
    )
    return context


def started(processes, delivery_id: str, gate=None):
    settings = {name: os.environ.get(name) for name in SETTINGS}
    process = processes.Process(target=in_child, args=(settings, delivery_id, gate))
    process.start()
    return process


def end_state(bank: Bank) -> dict[str, list]:
    """Return everything that an ingest decides, without its times and the way it came about."""
    queries = {
        "people": "select * from raw.bank__people",
        "tubes": "select * from raw.bank__tubes",
        "donors": "select donor_id, registered_by, merged_into from identity.donors",
        "identifiers": "select * from identity.identifiers",
        "quarantine": "select * from quarantine.rows",
        "deliveries": "select delivery_id, state, superseded_by, rows_received, rows_accepted, "
        "rows_quarantined, rows_refused, reason from ops.deliveries",
        "tables": "select * from ops.delivery_tables",
        "checks": "select run_id, subject, rule_id, rows_seen, rows_failing, tolerance, "
        "consequence, outcome from ops.check_results where run_kind = 'delivery'",
        "settled": "select action, subject from ops.audit",
        "landed": "select relname from pg_class where relnamespace = 'landing'::regnamespace",
    }
    found = {name: sorted(map(repr, bank.query(query))) for name, query in queries.items()}
    folder = bank.warehouse.home / "reports" / "deliveries"
    found["lists of failing rows"] = [
        (path.parent.name, path.read_text()) for path in sorted(folder.glob("*/failing_rows.csv"))
    ]
    found["reports"] = sorted(path.parent.name for path in folder.glob("*/report.html"))
    return found


def differences(found: dict[str, list], expected: dict[str, list]) -> dict[str, tuple]:
    return {
        name: (len(found[name]), len(rows)) for name, rows in expected.items()
        if found[name] != rows
    }  # fmt: skip


@pytest.fixture
def twin(server, bank, tmp_path):
    """Give a function that starts over in an equal empty warehouse and gives its bank."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform.settings import get_settings

    with pytest.MonkeyPatch.context() as patch:

        def make() -> Bank:
            name = f"twin_{os.getpid()}"
            url = server.rsplit("/", 1)[0] + f"/{name}"
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f"drop database if exists {name} with (force)")
                admin.execute(f"create database {name} template janus")
            patch.setenv("JANUS_HOME", str(tmp_path / "twin"))
            patch.setenv("JANUS_DATABASE_URL", url)
            get_settings.cache_clear()
            sync_contracts()
            return Bank(type(bank.warehouse)(tmp_path / "twin", url))

        yield make
    get_settings.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists twin_{os.getpid()} with (force)")


def test_killed_at_twenty_moments_and_run_again_everything_is_as_undisturbed(bank, twin, processes):
    from janus_warehouse.deliveries import ingest

    ids, lives = [], []
    for number in range(KILLS):
        delivery_id, began = lay(bank, number, ids), time.perf_counter()
        if number < 4:
            quiet = started(processes, delivery_id)
            quiet.join(120)
            assert quiet.exitcode == 0
            lives.append(time.perf_counter() - began)
        else:
            ingest(delivery_id)
    expected = end_state(bank)
    assert len(expected["people"]) == KILLS * (PEOPLE_IN_EACH - 1)
    assert len(expected["tubes"]) == KILLS * 1999
    assert len(expected["quarantine"]) == 2 * KILLS

    disturbed, again = twin(), []
    moments, reached = random.Random(20260511), []
    for number in range(KILLS):
        victim = started(processes, lay(disturbed, number, again))
        victim.join(max(lives[1:]) * (number + moments.random()) / KILLS)
        victim.kill()
        victim.join()
        reached += disturbed.query(
            "select state from ops.deliveries where delivery_id = %s", again[-1]
        )
        assert ingest(again[-1]).state == "accepted"

    assert again == ids
    assert differences(end_state(disturbed), expected) == {}
    assert ("received",) in reached, "no kill came before the end of the load"
    assert len(set(reached)) >= 2, "all kills hit the same state"


def test_two_processes_that_pick_up_one_delivery_load_it_once(bank, processes):
    from janus_warehouse.deliveries import scan_landing

    delivery_id = bank.send(files_of(0))
    scan_landing()
    gate = processes.Barrier(2)
    rivals = [started(processes, delivery_id, gate) for _ in range(2)]
    for rival in rivals:
        rival.join(120)

    assert [rival.exitcode for rival in rivals] == [0, 0]
    assert bank.count("raw.bank__tubes") == 1999
    assert bank.query(
        "select string_agg(state, ' ' order by event_id) from ops.delivery_events"
    ) == [("received verified loaded checked accepted",)]


def test_two_deliveries_that_name_the_same_new_people_make_them_donors_once(bank, processes):
    from janus_warehouse.deliveries import scan_landing

    # Between the vault and the end of the transaction there is time for a rival to look.
    bank.query(
        "create function slow() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(1.5); return null; end $$"
    )
    bank.query("create trigger slow before insert on raw.bank__people execute function slow()")
    people = files_of(0)["people.csv"]
    ids = [
        bank.send({"people.csv": people}, name="one"),
        bank.send({"people.csv": people.replace("1950", "1951")}, name="two"),
    ]
    scan_landing()
    gate = processes.Barrier(2)
    rivals = [started(processes, delivery_id, gate) for delivery_id in ids]
    for rival in rivals:
        rival.join(120)

    assert [rival.exitcode for rival in rivals] == [0, 0]
    assert bank.count("identity.donors") == PEOPLE_IN_EACH - 1
    assert bank.count("raw.bank__people") == 2 * (PEOPLE_IN_EACH - 1)


@pytest.fixture
def own_server(bank, monkeypatch):
    """Give a small bank on an embedded server of the test's own, fit to be shot down."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform import database, embedded
    from janus_warehouse.platform.settings import get_settings

    home = Path(tempfile.mkdtemp(prefix="janus-crash-"))
    monkeypatch.setenv("JANUS_HOME", str(home))
    monkeypatch.delenv("JANUS_DATABASE_URL", raising=False)
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    monkeypatch.setenv("JANUS_REPO_ROOT", str(REPOSITORY))
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    try:
        database.ensure_database()
        sync_contracts()
        yield Bank(type(bank.warehouse)(home, database.url()))
    finally:
        embedded.stop()
        shutil.rmtree(home, ignore_errors=True)
        get_settings.cache_clear()


def test_a_server_that_restarts_in_mid_work_costs_a_retry_and_nothing_else(own_server, monkeypatch):
    from janus_warehouse.deliveries import check as check_step
    from janus_warehouse.deliveries import engine, ingest, load, settle
    from janus_warehouse.errors import NotAvailableError
    from janus_warehouse.platform import embedded

    def once(function):
        """Restart the server the first time the function is called, as a crash would."""
        calls = []

        def wrapped(*arguments, **named):
            calls.append(1)
            if len(calls) == 1:
                embedded.restart("immediate")
            return function(*arguments, **named)

        return wrapped

    places = [
        ("janus_warehouse.deliveries.load", "_require_every_row"),
        ("janus_warehouse.deliveries.check", "_validate"),
        ("janus_warehouse.deliveries.settle", "_enter_raw"),
    ]
    for number, (module, name) in enumerate(places):
        delivery_id = own_server.send(files_of(number), name=f"d{number}")
        with monkeypatch.context() as patch:
            # The package has functions of the same names as its modules.
            place = importlib.import_module(module)
            patch.setattr(place, name, once(getattr(place, name)))
            with pytest.raises(NotAvailableError, match="the database went away in mid-work"):
                ingest(delivery_id)
            outcome = ingest(delivery_id)
        assert (outcome.state, outcome.rows_accepted) == ("accepted", 1999 + PEOPLE_IN_EACH - 1)

    # Landed rows are not logged: a crash between two tasks empties them.
    delivery_id = own_server.send(files_of(len(places)), name="between")
    assert load(delivery_id).state == "loaded"
    embedded.restart("immediate")
    assert check_step(delivery_id).state == "checked"
    embedded.restart("immediate")
    assert settle(delivery_id).rows_accepted == 1999 + PEOPLE_IN_EACH - 1
    assert own_server.count("raw.bank__tubes") == 1999 * (len(places) + 1)
    assert engine.ingest(delivery_id).state == "accepted"


def test_a_row_that_gets_lost_on_its_way_stops_the_delivery_and_nothing_is_kept(bank):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.errors import WarehouseError

    bank.query(
        "create function swallow() returns trigger language plpgsql as "
        "$$ begin return case when new.line_number <> 6 then new end; end $$"
    )
    bank.query(
        "create trigger swallow before insert on raw.bank__people for each row "
        "execute function swallow()"
    )
    delivery_id = bank.send({"people.csv": files_of(0)["people.csv"]})
    with pytest.raises(WarehouseError) as caught:
        ingest(delivery_id)

    assert str(caught.value) == (
        "people: 12 rows came, 10 would enter and 1 go to quarantine; nothing was kept"
    )
    left = bank.footprint(delivery_id)
    assert {name: count for name, count in left.items() if count and name != "landed"} == {}

    bank.query("drop trigger swallow on raw.bank__people")
    assert ingest(delivery_id).rows_accepted == PEOPLE_IN_EACH - 1
