"""A small bank with contracts of its own, and short questions about what became of a delivery."""

import hashlib
import os
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parent / "contracts"
NUMBERS = ("01815010260", "02825210140", "03835410020", "04845610091")
"""Numbers of the test population: month + 80."""

PEOPLE = "number;bank_number;sex_code;birth_date\n" + "".join(
    f"{number};B{n};{1 + n % 2};195{n}-05-05\n" for n, number in enumerate(NUMBERS)
)
TUBES_HEADER = "tube;bank_number;volume_ml;drawn;note\n"
TUBES = TUBES_HEADER + "".join(f"T{n};B{n};1.5;1985-03-0{n + 1};\n" for n in range(4))
VISITS = "number;WEIGHT;TOWN\n" + "".join(f"{number};70,5;Bodø\n" for number in NUMBERS)


@dataclass
class Bank:
    """A warehouse with the contracts of `tests/faults/contracts`, as its senders see it."""

    warehouse: object

    def send(self, files: dict[str, bytes | str], *, source: str = "bank", name: str = "one",
             **given) -> str:  # fmt: skip
        """Lay a delivery with a right manifest and return its id."""
        return self.warehouse.deliver(name, files, source=source, **given)

    def folder(self, source: str = "bank", name: str = "one") -> Path:
        return self.warehouse.landing / source / name

    def lay(self, manifest: bytes | str, files: dict[str, bytes | str] | None = None, *,
            source: str = "bank", name: str = "one") -> None:  # fmt: skip
        """Lay a folder with a manifest written by hand."""
        folder = self.folder(source, name)
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in {**(files or {}), "manifest.yaml": manifest}.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / path).write_bytes(data)

    def manifest_of(self, data: bytes, *, table: str = "tubes", rows: int = 4, **changed) -> str:
        """Return a manifest's text for one file, with some of its keys changed."""
        entry = {
            "path": f"{table}.csv", "table": table, "contract": "1.0.0", "rows": rows,
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data),
        }  # fmt: skip
        entry.update({key: changed.pop(key) for key in list(changed) if key in entry})
        content = {"manifest": 1, "source": "bank", "collection": "janus",
                   "as_of": date(2022, 12, 31), "files": [entry], **changed}  # fmt: skip
        return yaml.safe_dump(content)

    def ingest(self, files: dict[str, bytes | str], **given):
        """Send and ingest; return the outcome."""
        from janus_warehouse.deliveries import ingest

        return ingest(self.send(files, **given))

    def with_people(self) -> "Bank":
        """Make the four people known."""
        assert self.ingest({"people.csv": PEOPLE}, name="people").state == "accepted"
        return self

    def rest(self, source: str = "bank", name: str = "one", seconds: float = 3600) -> None:
        """Let the files of a delivery look as old as that."""
        then = time.time() - seconds
        for path in self.folder(source, name).iterdir():
            os.utime(path, (then, then))

    def query(self, statement: str, *parameters) -> list[tuple]:
        return self.warehouse.query(statement, *parameters)

    def count(self, table: str) -> int:
        return self.query(f"select count(*) from {table}")[0][0]

    def quarantine(self) -> list[tuple[str, int, list[str]]]:
        """Return table, line and broken rules of every quarantined row."""
        return self.query(
            "select table_name, line_number, rule_ids from quarantine.rows order by 1, 2"
        )

    def footprint(self, delivery_id: str) -> dict[str, int]:
        """Return how many rows or tables of a delivery stand where data can be."""
        found = {}
        for table in ("people", "tubes"):
            found[table] = self._of("raw.bank__" + table, delivery_id)
        found["visits"] = self._of("raw.clinic__visits", delivery_id)
        found["deaths"] = self._of("raw.deaths__deaths", delivery_id)
        found["quarantine"] = self._of("quarantine.rows", delivery_id)
        found["identifiers"] = self._of("identity.identifiers", delivery_id)
        found["donors"] = self.query(
            "select count(*) from identity.donors where registered_by = %s", delivery_id
        )[0][0]
        found["landed"] = self.query(
            "select count(*) from pg_class as c inner join pg_namespace as n "
            "on n.oid = c.relnamespace where n.nspname = 'landing' and c.relkind in ('r', 'v')"
        )[0][0]
        return found

    def _of(self, table: str, delivery_id: str) -> int:
        statement = f"select count(*) from {table} where delivery_id = %s"
        return self.query(statement, delivery_id)[0][0]

    def refused(self, outcome) -> str:
        """Assert that a delivery left nothing but its ledger row and report; give the message."""
        assert outcome.state == "refused"
        assert outcome.rows_received == outcome.rows_refused
        assert (outcome.rows_accepted, outcome.rows_quarantined) == (0, 0)
        left = self.footprint(outcome.delivery_id)
        assert not any(left.values()), left
        assert (self.report(outcome.delivery_id) / "report.html").exists()
        [(state, reason)] = self.query(
            "select state, reason from ops.deliveries where delivery_id = %s", outcome.delivery_id
        )
        assert (state, reason) == ("refused", outcome.reason)
        return outcome.reason

    def report(self, delivery_id: str) -> Path:
        return self.warehouse.home / "reports" / "deliveries" / delivery_id
