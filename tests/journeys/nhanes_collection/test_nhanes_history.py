"""The public mortality file as a registry's linkage: an earlier picture of it, then the file.

The earlier linkage is made from the published file: deaths after 60 months are not known yet, and
some people are missing. What the history says must be exactly what was altered.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import nhanes_files as nhanes
import pytest

EARLIER = date(2009, 12, 31)
KNOWN_MONTHS = 60
LEFT_OUT = 10
"""Every tenth line is missing from the earlier linkage."""
STATUS, MONTHS, EXAM = slice(15, 16), slice(43, 46), slice(46, 49)
MODELS = ("int_history__nhanes_mortality__mortality_2003",
          "int_history__nhanes_mortality__mortality_2005")  # fmt: skip


@dataclass
class Altered:
    """How many lines of a file were left as they are, made alive, or left out."""

    kept: int = 0
    revived: int = 0
    left_out: int = 0


def earlier(text: str) -> tuple[str, Altered]:
    """Return the file as it could have been in 2009, and what is otherwise in it."""
    lines, altered = [], Altered()
    for number, line in enumerate(text.splitlines()):
        if number % LEFT_OUT == 0:
            altered.left_out += 1
            continue
        months = line[MONTHS].strip()
        if line[STATUS] == "1" and months.isdigit() and int(months) > KNOWN_MONTHS:
            altered.revived += 1
            # Alive: no cause, no flags, and no word of who told of the death.
            line = f"{line[:15]}0{'':<27}{line[MONTHS]}{line[EXAM]}{'':<5}"
        else:
            altered.kept += 1
        lines.append(line)
    return "\n".join(lines) + "\n", altered


def only_the_people(folder: Path) -> None:
    """Leave of a survey's delivery the table that makes its people known."""
    from janus_warehouse.deliveries import write_manifest
    from janus_warehouse.deliveries.manifest import MANIFEST, read_manifest

    manifest = folder / MANIFEST
    as_of = read_manifest(manifest.read_text(encoding="utf-8"), str(manifest)).as_of
    manifest.unlink()
    for path in folder.iterdir():
        if not path.name.startswith("demographics"):
            path.unlink()
    write_manifest(folder, source="nhanes_survey", collection="nhanes", as_of=as_of)


@pytest.fixture(scope="module")
def linked(new_collection):
    """Give the collection after both linkages, the earlier one arriving last, and its history."""
    from janus_warehouse.deliveries import decide, settle, write_manifest
    from janus_warehouse.warehouse import build

    collection = new_collection("nhanes_history")
    home = collection.home
    altered: dict[str, Altered] = {}
    with collection.environment():
        for folder in nhanes.lay_deliveries(home / "landing"):
            if folder.parent.name == "nhanes_lab":
                folder.rename(home / f"not-delivered-{folder.name}")
            elif folder.parent.name == "nhanes_mortality":
                published = folder
            else:
                only_the_people(folder)
    collection.ingest()
    with collection.environment():
        folder = home / "landing" / "nhanes_mortality" / "earlier"
        folder.mkdir()
        for path in sorted(published.glob("*.dat")):
            text, altered[path.stem] = earlier(path.read_text(encoding="ascii"))
            (folder / path.name).write_text(text, encoding="ascii")
        write_manifest(folder, source="nhanes_mortality", collection="nhanes", as_of=EARLIER)
    collection.ingest()
    ((held,),) = collection.query("select delivery_id from ops.deliveries where state = 'held'")
    with collection.environment():
        # An earlier day than the last linkage's is asked about; here it is the truth.
        decide(held, accept=True, reason="the archive came late")
        assert settle(held).state == "accepted"
        build(select=" ".join(MODELS))
    return collection, altered


@pytest.mark.parametrize("model", MODELS)
def test_the_history_tells_exactly_what_was_altered(linked, model):
    collection, by_table = linked
    altered = by_table[model.rsplit("__", 1)[1]]
    found = {
        (change, day): count
        for change, day, count in collection.query(
            f"select change, known_from, count(*) from intermediate.{model} group by 1, 2"
        )
    }

    assert found == {
        ("new", EARLIER): altered.kept + altered.revived,
        ("new", nhanes.LINKED_UNTIL): altered.left_out,
        ("changed", nhanes.LINKED_UNTIL): altered.revived,
    }
    assert min(altered.kept, altered.revived, altered.left_out) > 50


@pytest.mark.parametrize("model", MODELS)
def test_only_deaths_changed_and_all_of_them_in_status_and_months(linked, model):
    collection, _ = linked
    fields = [
        set(names.split(","))
        for (names,) in collection.query(
            f"select changed_fields from intermediate.{model} where change = 'changed'"
        )
    ]

    assert all({"vital_status_code", "months_from_interview"} <= names for names in fields)
    assert not any("eligibility_code" in names for names in fields)


@pytest.mark.parametrize("model", MODELS)
def test_what_is_known_now_is_the_published_file(linked, model):
    collection, _ = linked
    table = model.removeprefix("int_history__")
    columns = "donor_id, vital_status_code, leading_cause_code"

    assert collection.query(
        f"select count(*) from (select {columns} from intermediate.{model} "
        f"where known_to is null except all select {columns} from raw.{table} where delivery_id = "
        "(select delivery_id from ops.current_tables where table_name = %s)) as differing",
        table.split("__")[1],
    ) == [(0,)]
