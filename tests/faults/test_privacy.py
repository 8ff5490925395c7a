"""No value of a person leaves the rows: planted telltales are looked for wherever text can go."""

import json
import logging
import shutil
import traceback
from pathlib import Path

import psycopg
import pytest
from small_bank import NUMBERS, PEOPLE, REPOSITORY, TUBES, TUBES_HEADER, Bank

NAME = "Kjerstilina Telltale-Nordmann"
NUMBER = NUMBERS[3]
"""Both stand in failing rows only; the first in free cells, the second in identifier columns."""

THROWING_RULE = """
    quality:
      - id: note_is_a_number
        type: custom
        engine: janus
        implementation: "note is null or note::integer > 0"
        dimension: accuracy
"""


@pytest.fixture
def watched(warehouse, monkeypatch, tmp_path) -> Bank:
    """Give the small bank with a rule more, which throws on text and quotes it when it does."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform.settings import get_settings

    repository = tmp_path / "repository"
    shutil.copytree(REPOSITORY, repository)
    clinic = repository / "expectations/janus/clinic"
    throwing = (repository / "expectations/janus/bank/tubes.yaml").read_text()
    throwing = throwing.replace("domain: bank", "domain: clinic").replace("tubes", "throwing")
    throwing = throwing.replace("raw.bank__", "raw.clinic__").rstrip() + THROWING_RULE
    (clinic / "throwing.yaml").write_text(throwing)
    monkeypatch.setenv("JANUS_REPO_ROOT", str(repository))
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    sync_contracts()
    return Bank(warehouse)


BAD = {
    "types": {"tubes.csv": TUBES.replace("1.5;1985-03-02;", f"{NAME};{NAME};")},
    "too many": {"tubes.csv": TUBES.replace("1.5", NAME)},
    "keys": {"tubes.csv": TUBES + f"{NAME};B0;1;1985-03-01;\n" * 2},
    "unknown": {"tubes.csv": TUBES + f"T9;{NUMBER};1;1985-03-01;\nT8;{NAME};1;1985-03-01;\n"},
    "length": {"tubes.csv": TUBES.replace("03-02;", f"03-02;{NAME * 2}")},
    "ragged": {"tubes.csv": TUBES + f"{NAME};{NUMBER}\n"},
    "quote": {"tubes.csv": TUBES + f'T9;{NUMBER};1;1985-03-01;"{NAME}\n'},
    "nul": {"tubes.csv": TUBES + f"T9;{NUMBER};1;1985-03-01;{NAME}\0\n"},
    "encoding": {
        "tubes.csv": (TUBES + f"T9;{NUMBER};1;1985-03-01;{NAME} Bodø\n").encode("latin-1")
    },
    "no header": {"tubes.csv": f"T9;{NUMBER};1;1985-03-01;{NAME}\n"},
    "header": {"tubes.csv": TUBES.replace("note\n", f"{NAME}\n")},
    "one number": {"people.csv": PEOPLE + f"{NUMBER};B7;1;1950-01-01\n"},
    "code": {"people.csv": PEOPLE.replace(f"{NUMBER};B3;2", f"{NUMBER};B3;{NAME}")},
    "form": {"people.csv": PEOPLE.replace(NUMBER, NAME)},
}  # fmt: skip


def ingest_all(bank: Bank) -> list[str]:
    """Send every kind of bad row and return what was said or raised."""
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.errors import WarehouseError

    said = []
    for name, files in BAD.items():
        outcome = bank.ingest(files, name=name)
        assert outcome.rows_quarantined or outcome.is_refused, name
        said.append(repr(outcome))
    short = bank.ingest({"deaths.txt": f"{NUMBER}{NAME}"[:15]}, source="deaths")
    said.append(repr(short))
    bank.lay(f"source: {NAME}\nas_of: {NUMBER}\nfiles: {NAME}\n", name="manifest")
    throwing = {"throwing.csv": TUBES.replace("1985-03-02;", f"1985-03-02;{NAME}")}
    delivery_id = bank.send(throwing, source="clinic")
    with pytest.raises(
        WarehouseError, match="rule note_is_a_number could not be counted"
    ) as caught:
        ingest(delivery_id)
    return [*said, "".join(traceback.format_exception(caught.value))]


def let_the_database_quote_a_row(bank: Bank) -> str:
    """Let the database fail while rows enter, with a message that quotes one; return ours."""
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.errors import WarehouseError

    bank.query(
        "create function pg_temp_quote() returns trigger language plpgsql as "
        "$$ begin raise exception 'bad %', new.note using detail = new.note; end $$"
    )
    bank.query(
        "create trigger quote before insert on raw.bank__tubes for each row "
        "execute function pg_temp_quote()"
    )
    delivery_id = bank.send({"tubes.csv": TUBES_HEADER + f"T1;B1;1;1985-03-01;{NAME}\n"})
    with pytest.raises(WarehouseError, match="the database refused a step") as caught:
        ingest(delivery_id)
    return "".join(traceback.format_exception(caught.value))


def server_logs(url: str) -> str:
    """Return all that the server has written to its logs."""
    with psycopg.connect(url) as admin:
        [folder] = admin.execute("show data_directory").fetchone()
    paths = [*Path(folder, "log").glob("*"), Path(folder).parent / "server.log"]
    return "".join(path.read_text(errors="replace") for path in paths if path.exists())


def everything_in(bank: Bank, schema: str) -> str:
    tables = bank.query(
        "select quote_ident(table_name) from information_schema.tables where table_schema = %s",
        schema,
    )
    rows = [bank.query(f"select t::text from {schema}.{name} as t") for (name,) in tables]
    return json.dumps(rows, default=str)


def written_files(home: Path) -> str:
    """Return names and content of every file but those of the senders."""
    texts = []
    for path in home.rglob("*"):
        if path.is_file() and "landing" not in path.relative_to(home).parts:
            texts += [str(path), path.read_bytes().decode(errors="replace")]
    return "\n".join(texts)


def test_planted_values_are_nowhere_but_in_the_rows(watched, caplog, capfd):
    watched.with_people()
    logging.getLogger("great_expectations").setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        said = [*ingest_all(watched), let_the_database_quote_a_row(watched)]
        from janus_warehouse.deliveries import scan_landing

        scan_landing()
    out, err = capfd.readouterr()
    places = {
        "messages and exceptions": "\n".join(said),
        "logs": caplog.text + "\n".join(repr(r.__dict__) for r in caplog.records),
        "output": out + err,
        "ledgers": everything_in(watched, "ops"),
        "files": written_files(watched.warehouse.home),
        "server logs": server_logs(watched.warehouse.url),
    }
    leaks = [f"{what} in {place}" for place, text in places.items() for what in (NAME, NUMBER)
             if what in text]  # fmt: skip
    assert leaks == []
    assert len(places["files"]) > 10_000
    assert "could not be counted" in places["messages and exceptions"]


def test_quarantine_holds_the_row_without_the_identifiers_of_persons(watched):
    watched.with_people()
    for name in ("types", "unknown", "length", "one number", "form"):
        watched.ingest(BAD[name], name=name)

    rows = [
        json.dumps(content) for (content,) in watched.query("select content from quarantine.rows")
    ]
    assert len(rows) >= 6
    assert not [row for row in rows if NUMBER in row]
    assert [row for row in rows if NAME in row], "free cells stay, to be looked at by the loader"
    columns = {key for row in rows for key in json.loads(row)}
    assert not columns & {"number", "bank_number"}


def test_only_the_vault_holds_identifiers_after_ingest(watched):
    watched.with_people()
    for name in BAD:
        watched.ingest(BAD[name], name=name)

    for schema in ("raw", "landing", "quarantine", "ops"):
        assert NUMBERS[1] not in everything_in(watched, schema), schema
    assert NUMBERS[1] in everything_in(watched, "identity")
