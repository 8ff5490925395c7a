"""What the bank knows that a return is judged by: codes, donors, projects, earlier returns."""

from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

import polars as pl
import psycopg

from janus_warehouse.assays.gate.landed import Form, Landed

FROM_MANIFEST = "shipment_manifest"
"""Kind of the delivery by which a laboratory's own check knows the shipment."""

ISSUED = {
    "study_code": pl.String, "project_id": pl.String, "laboratory": pl.String,
    "shipment": pl.String, "shipped_date": pl.Date, "plate_id": pl.String, "well": pl.String,
    "tube_barcode": pl.String, "sex_code": pl.String, "is_withdrawn": pl.Boolean,
}  # fmt: skip

_ISSUED: LiteralString = """
with donors as (
    select distinct on (donor_id) donor_id, sex_code, consent_status
    from raw.biobank__donors
    where delivery_id in (
        select delivery_id from ops.current_tables
        where source = 'biobank' and table_name = 'donors' and collection_id = %(collection)s
    )
    order by donor_id, line_number desc
)
select
    shipments.study_code, shipments.project_id, shipments.laboratory,
    coalesce(shipments.shipment_id, shipments.shipped_date::text, ''),
    shipments.shipped_date, shipments.plate_id, shipments.well, shipments.tube_barcode,
    donors.sex_code,
    coalesce(donors.consent_status = 'withdrawn', false) or withdrawn.donor_id is not null
from raw.biobank__shipments as shipments
left join donors on shipments.donor_id = donors.donor_id
left join governance.withdrawn_donors as withdrawn on shipments.donor_id = withdrawn.donor_id
where
    shipments.delivery_id in (
        select delivery_id from ops.current_tables
        where source = 'biobank' and table_name = 'shipments' and collection_id = %(collection)s
    )
    and (shipments.project_id = %(project)s or shipments.study_code = any(%(codes)s))
"""
EARLIER: LiteralString = """
select delivery_id from ops.deliveries inner join ops.returns using (delivery_id)
where
    state = 'accepted' and platform = %(platform)s and collection_id = %(collection)s
    and delivery_id is distinct from %(supersedes)s
"""
_CAME_BACK: LiteralString = (
    "select distinct study_code from raw.laboratories__samples where missing_reason is null and "
    f"delivery_id in ({EARLIER} and project_id = %(project)s and laboratory = %(laboratory)s)"
)
_MEDIANS: LiteralString = f"""
select
    analyte_code, unit, percentile_cont(0.5) within group (order by value::double precision)
from raw.laboratories__results
where
    status_code = 'detected' and sample_kind = 'sample' and value is not null
    and delivery_id in ({EARLIER} order by settled_at desc limit 3)
group by analyte_code, unit
having count(*) >= 20
"""


_OF_MATRICES: LiteralString = f"""
select
    analyte_code, percentile_cont(0.5) within group (order by median::double precision)
from raw.laboratories__matrix_analytes
where
    n_detected >= 20
    and delivery_id in ({EARLIER} order by settled_at desc limit 3)
group by analyte_code
"""
_TOTAL_OF_SAMPLES: LiteralString = f"""
select percentile_cont(0.5) within group (order by totals.total::double precision)
from raw.laboratories__matrix_samples as totals
where
    totals.total > 0
    and totals.delivery_id in ({EARLIER} order by settled_at desc limit 3)
    and exists (
        select 1 from raw.laboratories__samples as samples
        where
            samples.delivery_id = totals.delivery_id and samples.sample_code = totals.sample_code
            and samples.sample_kind = 'sample'
    )
"""


@dataclass(frozen=True)
class Context:
    """What a return is judged by.

    Attributes:
        issued: As `ISSUED`: every code of the project, and what is known of the return's others.
        is_at_laboratory: Whether only the shipment's manifest is known.
        came_back: Codes of the project that earlier returns of the platform brought results for.
        medians: analyte_code, unit, median of what was detected in the last returns.
        of_matrices: The same of returns whose values are in a matrix: analyte_code, median.
        total_of_samples: Median of what samples of such returns counted or measured in all; None
            when there was none.
        valid_until: Last day of the project's approval; None when nothing says so.
        approval: Reference of the approval; None when the project is not registered.
    """

    issued: pl.DataFrame
    is_at_laboratory: bool
    came_back: pl.Series
    medians: pl.DataFrame
    of_matrices: pl.DataFrame
    total_of_samples: float | None
    valid_until: date | None
    approval: str | None

    def sent(self, form: Form) -> pl.DataFrame:
        """Return what was sent to the laboratory for the project."""
        return self.issued.filter(
            project_id=form.project_id, laboratory=form.laboratory
        )  # fmt: skip

    def expected(self, form: Form, codes: pl.Series) -> pl.DataFrame:
        """Return what was sent with the shipments that a return is of.

        A laboratory that got two shipments returns them one by one.
        """
        sent = self.sent(form)
        of = sent.filter(pl.col("study_code").is_in(codes.implode()))["shipment"].unique()
        return sent.filter(pl.col("shipment").is_in(of.implode())) if len(of) else sent


def read_context(connection: psycopg.Connection, landed: Landed) -> Context:
    """Return what the database knows about the codes, project and platform of a return."""
    form = landed.form
    asked = {
        "collection": form.collection_id, "project": form.project_id, "platform": form.platform,
        "laboratory": form.laboratory, "supersedes": form.supersedes,
        "codes": landed.of_bank["sample_code"].unique().to_list(),
    }  # fmt: skip
    is_at_laboratory = _is_at_laboratory(connection)
    valid_until, approval = None, None
    if not is_at_laboratory:
        valid_until, approval = _project(connection, form.project_id)
    return Context(
        issued=_frame(connection, _ISSUED, asked, ISSUED),
        is_at_laboratory=is_at_laboratory,
        came_back=_frame(connection, _CAME_BACK, asked, {"study_code": pl.String})["study_code"],
        medians=_frame(
            connection, _MEDIANS, asked,
            {"analyte_code": pl.String, "unit": pl.String, "median": pl.Float64},
        ),
        of_matrices=_frame(
            connection, _OF_MATRICES, asked, {"analyte_code": pl.String, "median": pl.Float64}
        ),
        total_of_samples=connection.execute(_TOTAL_OF_SAMPLES, asked).fetchall()[0][0],
        valid_until=valid_until,
        approval=approval,
    )  # fmt: skip


def _frame(
    connection: psycopg.Connection, query: LiteralString, asked: dict[str, Any],
    schema: dict[str, Any],
) -> pl.DataFrame:  # fmt: skip
    rows = connection.execute(query, asked).fetchall()
    return pl.DataFrame(rows, schema=schema, orient="row")


def _is_at_laboratory(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        "select 1 from ops.deliveries where kind = %s limit 1", [FROM_MANIFEST]
    ).fetchone()
    return found is not None


def _project(connection: psycopg.Connection, project_id: str) -> tuple[date | None, str | None]:
    """Return last day and reference of an approval, as registered or as the metadata has it."""
    row = connection.execute(
        "select valid_until, specification ->> 'ethics_reference' from governance.projects "
        "where project_id = %s",
        [project_id],
    ).fetchone()
    if row is not None:
        return row
    from janus_warehouse.projects import load_projects

    for project in load_projects():
        if project.project_id == project_id:
            return project.valid_until, project.ethics_reference
    return None, None
