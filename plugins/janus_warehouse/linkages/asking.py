"""The question about a held linkage, as Airflow shows it to who decides."""

from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.linkages.report import linkage_page
from janus_warehouse.linkages.store import figures_of
from janus_warehouse.platform.database import Role, connect

_SHOWN = ("new", "changed", "renumbered", "unchanged", "retracted", "set_aside")


def question_body(delivery: Delivery) -> str:
    """Return the question in Markdown: why it is held, figures by table, where the report is."""
    doubts = "\n".join(f"- {line}" for line in (delivery.reason or "").splitlines())
    return (
        f"**{delivery.source}** for {delivery.collection_id}, as of {delivery.as_of}, "
        f"{delivery.rows_received:,} rows. It is held because of:\n\n{doubts}\n\n"
        f"{_table(delivery)}\n"
        f"Linkage report: `{linkage_page(delivery.delivery_id)}`\n\n"
        "*Accept*: it enters as it is. *Refuse*: nothing of it enters, and its sender reads your "
        "reason. *Leave held*: nothing happens; a run of this DAG by hand asks again."
    )


def _table(delivery: Delivery) -> str:
    with connect(Role.loader) as connection:
        figures = figures_of(connection, delivery.delivery_id)
    changes: dict[str, dict[str, float]] = {}
    for figure in figures:
        if figure.section in ("changes", "answers"):
            item = "retracted" if figure.item == "gone" else figure.item
            changes.setdefault(figure.table_name, {})[item] = figure.value
    lines = [f"| table | {' | '.join(name.replace('_', ' ') for name in _SHOWN)} |",
             f"|---|{'---:|' * len(_SHOWN)}"]  # fmt: skip
    for table, counts in sorted(changes.items()):
        cells = " | ".join(f"{counts.get(name, 0):,.0f}" for name in _SHOWN)
        lines.append(f"| {table} | {cells} |")
    return "\n".join(lines) + "\n" if changes else ""
