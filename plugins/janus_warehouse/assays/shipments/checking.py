"""May these tubes leave? What the inventory, governance and earlier shipments say of each.

The loader looks tubes and donors up, because nobody else may; the curator knows who withdrew and
what was shipped. Donor numbers stay in memory on their way into the delivery of the shipment.
"""

import polars as pl
import psycopg

from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.assays.shipments.request import Request, lines_of
from janus_warehouse.platform.database import Role, connect

_FOUND = """
with asked as (
    select tube_barcode from unnest(%(barcodes)s::text[]) as asked (tube_barcode)
),

current_tables as (
    select delivery_id, table_name, as_of from ops.current_tables
    where source = 'biobank' and collection_id = %(collection)s
),

tubes as (
    select tubes.*, current_tables.as_of
    from raw.biobank__tubes as tubes
    inner join current_tables
        on tubes.delivery_id = current_tables.delivery_id and current_tables.table_name = 'tubes'
),

draws as (
    select
        draws.draw_id,
        draws.identifier_key,
        draws.donor_id,
        coalesce(today.donor_id, draws.donor_id) as donor_today
    from raw.biobank__draws as draws
    inner join current_tables
        on draws.delivery_id = current_tables.delivery_id and current_tables.table_name = 'draws'
    left join ops.person_assignments as today
        on coalesce(draws.identifier_key, draws.donor_id) = today.identifier_key
),

withdrawn as (
    select donors.donor_id
    from raw.biobank__donors as donors
    inner join current_tables
        on donors.delivery_id = current_tables.delivery_id and current_tables.table_name = 'donors'
    where donors.consent_status = 'withdrawn'
),

-- What was sent after the inventory was taken is not in the inventory yet.
sent_since as (
    select shipments.tube_barcode
    from raw.biobank__shipments as shipments
    inner join current_tables
        on
            shipments.delivery_id = current_tables.delivery_id
            and current_tables.table_name = 'shipments'
    inner join tubes on shipments.tube_barcode = tubes.tube_barcode
    where shipments.shipped_date >= tubes.as_of
)

select
    asked.tube_barcode,
    tubes.as_of,
    tubes.tube_status,
    tubes.volume_ul,
    tubes.thaw_count::int as thaw_count,
    draws.donor_today as donor_id,
    coalesce(
        (select numbers.value from identity.identifiers as numbers
        where numbers.identifier_key = draws.identifier_key and numbers.system = 'donor_number'),
        (select min(numbers.value) from identity.identifiers as numbers
        where numbers.donor_id = draws.donor_id and numbers.system = 'donor_number')
    ) as donor_number,
    exists (
        select 1 from withdrawn where withdrawn.donor_id in (draws.donor_id, draws.donor_today)
    ) as is_withdrawn,
    exists (
        select 1 from sent_since where sent_since.tube_barcode = asked.tube_barcode
    ) as is_out
from asked
left join tubes on asked.tube_barcode = tubes.tube_barcode
left join draws on tubes.draw_id = draws.draw_id
"""

_RESERVED = """
select tube_barcode from governance.tube_reservations
where tube_barcode = any(%s) and project_id <> %s and reserved_until >= %s
"""

_OUT = """
select distinct samples.tube_barcode
from governance.shipment_samples as samples
inner join governance.shipments as shipments on samples.shipment_id = shipments.shipment_id
where samples.tube_barcode = any(%s) and shipments.shipped_date >= %s
"""


def find_tubes(tubes: pl.DataFrame, request: Request, collection: str) -> pl.DataFrame:
    """Return the tubes with what is known of each, if all of them may leave.

    Args:
        tubes: As `read_tubes` gives them.
        request: Says how much is taken of each.
        collection: Whose tubes these are.

    Returns:
        `tubes` with `donor_number`, `volume_left_ul`, `thaw_count`.

    Raises:
        ShipmentRefusedError: With every problem: its lines, and the mend.
    """
    barcodes = tubes["tube_barcode"].to_list()
    with connect(Role.loader) as connection:
        found = _fetched(connection, barcodes, collection)
    known = tubes.join(found, on="tube_barcode", how="left", maintain_order="left")
    as_of = found["as_of"].drop_nulls()
    with connect(Role.curator) as connection:
        donors = connection.execute(
            "select donor_id from governance.withdrawn_donors where donor_id = any(%s)",
            [known["donor_id"].drop_nulls().to_list()],
        ).fetchall()
        out = connection.execute(_OUT, [barcodes, as_of.max() if len(as_of) else request.shipped])
        reserved = connection.execute(
            _RESERVED, [barcodes, request.project_id, request.shipped]
        ).fetchall()
    known = known.with_columns(
        pl.col("is_withdrawn") | pl.col("donor_id").is_in([donor for (donor,) in donors]),
        pl.col("is_out") | pl.col("tube_barcode").is_in([barcode for (barcode,) in out]),
        is_reserved=pl.col("tube_barcode").is_in([barcode for (barcode,) in reserved]),
    )
    problems = _problems(known, request)
    if problems:
        raise ShipmentRefusedError("\n".join(problems))
    return known.rename({"volume_ul": "volume_left_ul"}).drop("as_of", "donor_id")


def _fetched(
    connection: psycopg.Connection, barcodes: list[str], collection: str
) -> pl.DataFrame:  # fmt: skip
    rows = connection.execute(_FOUND, {"barcodes": barcodes, "collection": collection}).fetchall()
    schema = {
        "tube_barcode": pl.String, "as_of": pl.Date, "tube_status": pl.String,
        "volume_ul": pl.Int64, "thaw_count": pl.Int32, "donor_id": pl.String,
        "donor_number": pl.String, "is_withdrawn": pl.Boolean, "is_out": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _problems(known: pl.DataFrame, request: Request) -> list[str]:
    """Return what is wrong; a line is told of under its first problem only."""
    problems = []
    stored = pl.col("tube_status") == "stored"
    for bad, wrong in (
        (pl.col("tube_status").is_null(),
         "the inventory has no such tube; check the barcodes, or take the newest "
         "inventory in first"),
        (pl.col("donor_number").is_null(),
         "draw or donor of the tube is not known; the bank has to complete its register"),
        (pl.col("is_withdrawn"),
         "the donor has withdrawn consent; take the tube out, with its set "
         "if that has no case or no controls then"),
        (pl.col("is_out"),
         "the tube has left since the inventory was taken, or is about to; choose another, "
         "or wait for the next inventory"),
        (pl.col("is_reserved"),
         "the tube is reserved for another project; choose another, or ask that project to free "
         "it (`janus shipment free`)"),
        (~stored,
         "the tube is not stored (issued, used up or missing); choose another of the same draw"),
        (pl.col("volume_ul") < request.volume_ul,
         f"the tube has less than {request.volume_ul} uL; choose another, or send less with "
         "--volume-ul"),
    ):  # fmt: skip
        lines = known.filter(bad)["line"]
        if len(lines):
            problems.append(f"{request.tubes.name}: {lines_of(lines)}: {wrong}")
            known = known.filter(~bad)
    return problems
