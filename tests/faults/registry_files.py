"""A made-up bank with its first cancer linkage, and files of the next one with things wrong."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

FIRST, SECOND = date(2020, 12, 31), date(2022, 12, 31)
SCALE, SEED = 0.005, 1953


@dataclass
class Registry:
    """A warehouse that holds the bank and the linkage of 2020; more can be sent to it."""

    warehouse: object
    made: Path

    def cases(self, year: int = 2022) -> pl.DataFrame:
        """Return the rows of a linkage as text; change them and send them."""
        path = self.made / "cancer_registry" / f"{year}-12-31" / "cases.csv"
        return pl.read_csv(path, separator=";", infer_schema=False)

    def deaths(self, year: int = 2022) -> list[str]:
        """Return the lines of the cause-of-death file, of fixed width."""
        path = self.made / "cause_of_death" / f"{year}-12-31" / "deaths.txt"
        return path.read_text(encoding="latin-1").splitlines()

    def before_first_draw(self, rows: pl.DataFrame) -> int:
        """Count the cases before the first draw, from the bank's own files; some are planted."""
        (bank,) = (self.made / "biobank").glob("*-12-31")
        donors, draws = (
            pl.read_csv(bank / name, separator=";", infer_schema=False)
            for name in ("donors.csv", "draws.csv")
        )
        first = draws.group_by("donor_number").agg(pl.col("draw_date").min())
        known = donors.join(first, on="donor_number").select("person_number", "draw_date")
        return (
            rows.join(known, on="person_number")
            .filter(pl.col("incidence_date") < pl.col("draw_date"))
            .height
        )

    def send(self, rows: pl.DataFrame, *, as_of: date = SECOND, name: str = "next",
             supersedes: str | None = None) -> str:  # fmt: skip
        """Lay a linkage with a right manifest and return its id."""
        return self.warehouse.deliver(
            name, {"cases.csv": written(rows)}, source="cancer_registry", as_of=as_of,
            supersedes=supersedes,
        )  # fmt: skip

    def ingest(self, rows: pl.DataFrame, **given):
        """Send a linkage and ingest it; return the outcome."""
        from janus_warehouse.deliveries import ingest

        return ingest(self.send(rows, **given))

    def query(self, statement: str, *parameters) -> list[tuple]:
        return self.warehouse.query(statement, *parameters)

    def figures(self, delivery_id: str, section: str, table: str = "cases") -> dict[str, int]:
        """Return value by item of a section of the linkage report."""
        return {
            item: int(value)
            for item, value in self.query(
                "select item, value from ops.linkage_figures where delivery_id = %s "
                "and section = %s and table_name = %s",
                delivery_id, section, table,
            )
        }  # fmt: skip

    def state(self, delivery_id: str) -> str:
        return self.query("select state from ops.deliveries where delivery_id = %s", delivery_id)[
            0
        ][0]

    def page(self, delivery_id: str) -> str:
        folder = self.warehouse.home / "reports" / "linkages" / delivery_id
        return (folder / "report.html").read_text()

    def current(self) -> list[str]:
        """Return the delivery whose cases are in force."""
        return [
            row[0] for row in self.query(
                "select delivery_id from ops.current_tables where table_name = 'cases'"
            )
        ]  # fmt: skip


def written(rows: pl.DataFrame) -> str:
    out = io.BytesIO()
    rows.write_csv(out, separator=";")
    return out.getvalue().decode()


def clean(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without those that the made-up registry spoilt on purpose."""
    return rows.filter(pl.col("tumour_id").str.contains("^T[12]"))


def half(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.head(rows.height // 2)
