"""Bringing the database in line with the contracts: raw tables, and the list of contracts."""

import psycopg

from janus_warehouse.contracts.contract import Contract
from janus_warehouse.contracts.loading import load_contracts
from janus_warehouse.errors import ContractError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.locks import AdvisoryLock

_UPSERT = """
insert into ops.contracts (source, table_name, collection_id, version, restatement, sha256)
values (%s, %s, %s, %s, %s, %s)
on conflict (source, table_name) do update set collection_id = excluded.collection_id,
    version = excluded.version, restatement = excluded.restatement, sha256 = excluded.sha256
"""


def sync_contracts(contracts: list[Contract] | None = None) -> list[Contract]:
    """Make the raw table of every contract and return the contracts that were new or changed.

    Nothing is dropped: a column that a contract no longer has keeps its history.

    Raises:
        ContractError: A contract gives another type to a column that already holds data.
    """
    contracts = load_contracts() if contracts is None else contracts
    with connect(Role.loader) as connection:
        changed = _changed(connection, contracts)
    if not changed:
        return []
    with connect(Role.admin) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", [AdvisoryLock.contracts])
        for contract in changed:
            if not contract.is_in_lake:
                _sync_table(connection, contract)
            connection.execute(
                _UPSERT,
                [contract.source, contract.table, contract.collection, contract.version,
                 contract.restatement, contract.sha256],
            )  # fmt: skip
    return changed


def _changed(connection: psycopg.Connection, contracts: list[Contract]) -> list[Contract]:
    known: dict[str, str] = dict(
        connection.execute("select source || '.' || table_name, sha256 from ops.contracts")
    )
    return [c for c in contracts if known.get(f"{c.source}.{c.table}") != c.sha256]


def _sync_table(connection: psycopg.Connection, contract: Contract) -> None:
    connection.execute(contract.raw_ddl())  # type: ignore[arg-type]
    existing: dict[str, str] = dict(
        connection.execute(
            "select column_name, data_type from information_schema.columns "
            "where table_schema = 'raw' and table_name = %s",
            [contract.raw_name],
        )
    )
    spelled = {"timestamptz": "timestamp with time zone"}
    for column in contract.kept_columns:
        expected = spelled.get(column.physical_type, column.physical_type)
        found = existing.get(column.name)
        if found is None:
            connection.execute(
                f'alter table {contract.raw_table} add column "{column.name}" '
                f"{column.physical_type}"
            )
        elif found != expected:
            raise ContractError(
                f"{contract.path}: column {column.name} is {found} in {contract.raw_table} and "
                f"{expected} in the contract; accepted rows keep their type, so give the "
                "changed column a new name"
            )
        comment = column.description.replace("'", "''")
        connection.execute(
            f"comment on column {contract.raw_table}.\"{column.name}\" is '{comment}'"
        )
