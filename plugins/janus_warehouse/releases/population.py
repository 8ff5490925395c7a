"""Whether the people of a release are made up: the Norwegian test population tells itself apart."""

from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.releases.manifest import Table

# The month of a number of the test population is raised by 80: its third digit is 8 or 9.
_NUMBERS = """
select d.collection_id, bool_and(substr(i.value, 3, 1) in ('8', '9'))
from {donors} as d
inner join identity.identifiers as i using (donor_id)
where i.system = 'national_number'
group by d.collection_id
order by d.collection_id
"""


def population_facts(
    connection: psycopg.Connection[Any], schema: str, tables: dict[str, Table]
) -> dict[str, Any]:
    """Return what the manifest says when every donor's national number is of the test population.

    That is `test_population: true` and the collections whose donors have such numbers. It is
    empty when one number is another, or there is no number at all: silence is no promise.

    Args:
        connection: Of the administrator, who may read the vault.
        schema: Where the release is frozen.
        tables: The tables of the release.
    """
    donors = tables.get("dim_donors")
    if donors is None or not {"collection_id", "donor_id"} <= set(donors.column_names):
        return {}
    query = sql.SQL(_NUMBERS).format(donors=sql.Identifier(schema, donors.name))
    found = connection.execute(query).fetchall()
    if not found or not all(is_test for _, is_test in found):
        return {}
    return {
        "test_population": True,
        "test_population_collections": [collection for collection, _ in found],
    }
