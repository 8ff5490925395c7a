"""A landed return as frames: what its form says, and its canonical tables."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import psycopg

from janus_warehouse.assays.lake.gist import Gist
from janus_warehouse.assays.unpacking import unpacked_part
from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.landing import local_folder
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.deliveries.readers.source import fingerprint
from janus_warehouse.errors import WarehouseError

_OF_CELLS = ("results", "matrix")
PLACE = ("plate_id", "batch_id", "run_date")
"""What tells one plate of a return from another of the same name."""


@dataclass(frozen=True)
class Form:
    """What a return's manifest says of it."""

    project_id: str
    approval: str
    laboratory: str
    platform: str
    embargo_until: date | None
    as_of: date
    collection_id: str
    supersedes: str | None


@dataclass(frozen=True)
class Landed:
    """A return whose rows are landed.

    Attributes:
        form: What its manifest says.
        samples: As the contract, with the number of the row in `row` (from 0).
        analytes: As the contract.
        results: As the contract with `row`; None when the platform's values are in a matrix.
        gist: Such a matrix in little; None when the values are rows.
        first_lines: Line number of row 0 by table.
        cells: How many results there are.
    """

    form: Form
    samples: pl.DataFrame
    analytes: pl.DataFrame
    results: pl.LazyFrame | None
    gist: Gist | None
    first_lines: dict[str, int]
    cells: int

    @property
    def of_bank(self) -> pl.DataFrame:
        """The samples of the bank among all that were run."""
        return self.samples.filter(pl.col("sample_kind") == "sample")

    @property
    def measured(self) -> pl.LazyFrame:
        """The results of samples of the bank; of a matrix those of its gist, to be compared."""
        if self.gist is not None:
            results = self.gist.cells.lazy().with_columns(
                value=pl.col("amount"),
                panel=pl.lit(None, pl.String),
                unit=pl.lit(None, pl.String),
            )
        else:
            assert self.results is not None
            results = self.results
        return results.filter(pl.col("sample_kind") == "sample")

    @property
    def codes_with_results(self) -> pl.Series:
        """Codes of samples that have results: all that have no reason for being missing."""
        if self.results is None:
            return self.of_bank.filter(pl.col("missing_reason").is_null())["sample_code"].unique()
        codes = self.measured.select("sample_code").unique().collect()
        return codes["sample_code"]


def read_landed(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> Landed | None:
    """Return the tables of a landed return; None when the delivery is no return.

    Args:
        connection: As loader.
        delivery: A delivery in state `checked`, its rows still landed.
        contracts: Its contracts by table.

    Raises:
        WarehouseError: The folder has changed since its rows were landed.
    """
    form = _form(connection, delivery)
    if form is None:
        return None
    tables = {t.table_name: t for t in ledger.tables_of(connection, delivery.delivery_id)}
    some = next(iter(tables.values()))
    folder = local_folder(delivery) / some.path
    if fingerprint(folder)[0] != some.sha256:
        raise WarehouseError(
            f"{delivery.delivery_id}: the files changed while they were judged; nothing was kept, "
            "run the ingest again"
        )

    def frame(part: str) -> pl.DataFrame:
        return pl.read_parquet(unpacked_part(folder, part), row_index_name="row")

    results = gist = None
    if "matrix" in tables:
        from janus_warehouse.assays.lake.door import gist_of

        gist = gist_of(connection, delivery, tables["matrix"], contracts)
    if "results" in tables:
        path = unpacked_part(folder, "results")
        results = pl.scan_parquet(path, row_index_name="row")
    return Landed(
        form, frame("samples"), frame("analytes"), results, gist,
        {name: table.first_line for name, table in tables.items()},
        sum(table.rows_received for name, table in tables.items() if name in _OF_CELLS),
    )  # fmt: skip


def _form(connection: psycopg.Connection, delivery: Delivery) -> Form | None:
    row = connection.execute(
        "select project_id, approval, laboratory, platform, embargo_until from ops.returns "
        "where delivery_id = %s",
        [delivery.delivery_id],
    ).fetchone()
    if row is None:
        return None
    assert delivery.as_of is not None
    project_id, approval, laboratory, platform, embargo_until = row
    return Form(
        project_id, approval, laboratory, platform, embargo_until,
        delivery.as_of, delivery.collection_id, delivery.supersedes,
    )  # fmt: skip
