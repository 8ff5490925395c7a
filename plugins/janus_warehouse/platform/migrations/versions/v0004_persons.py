"""Persons merged and split: keys of identifiers, decisions, and who an identifier belongs to."""

from pathlib import Path

from alembic import op
from psycopg import sql

from janus_warehouse.contracts import load_contracts
from janus_warehouse.identity.keys import keep_donor_key, key_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    keep_donor_key(driver)
    driver.execute(
        sql.SQL("update identity.identifiers set identifier_key = {}").format(
            key_sql(sql.Identifier("system"), sql.Identifier("value"))
        )
    )
    for (table,) in driver.execute(
        "select table_name from information_schema.columns "
        "where table_schema = 'raw' and column_name = 'donor_id' order by 1"
    ).fetchall():
        _add_keys(driver, table)


def _add_keys(driver, table: str) -> None:
    """Give a raw table its column, filled where a donor has one identifier of the kind asked.

    Where a donor has several, nobody knows by which of them an old row came. It stays null and
    goes with the donor's first identifier.
    """
    name = sql.Identifier("raw", table)
    driver.execute(
        sql.SQL("alter table {} add column if not exists identifier_key text").format(name)
    )
    systems = [c.person.system for c in load_contracts() if c.raw_name == table and c.person]
    if not systems:
        return
    driver.execute(
        sql.SQL(
            """
            update {} as r set identifier_key = known.identifier_key
            from (
                select donor_id, min(identifier_key) as identifier_key
                from identity.identifiers
                where system = {}
                group by donor_id
                having count(*) = 1
            ) as known
            where known.donor_id = r.donor_id and r.identifier_key is null
            """
        ).format(name, sql.Literal(systems[0]))
    )
