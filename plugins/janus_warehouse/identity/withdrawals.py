"""Recording that donors have withdrawn: found in the vault, written down by their key only."""

from collections.abc import Sequence
from datetime import date

from psycopg.types.json import Jsonb

from janus_warehouse.errors import WarehouseError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

_FIND = """
select asked.line, i.donor_id
from unnest(%s::text[]) with ordinality as asked (value, line)
left join identity.identifiers as i on i.system = %s and i.value = asked.value
order by asked.line
"""

_RECORD = """
insert into governance.withdrawals as w (donor_id, withdrawn_date)
values (%s, %s)
on conflict (donor_id) do update
    set withdrawn_date = excluded.withdrawn_date, recorded_at = clock_timestamp()
    where w.withdrawn_date <> excluded.withdrawn_date
"""


class UnknownDonorError(WarehouseError):
    """An identifier that the vault does not know; the message counts lines and shows none."""


def record_withdrawals(identifiers: Sequence[str], *, system: str, withdrawn: date) -> int:
    """Record that donors have withdrawn, all of them or none; return how many that is news of.

    The loader looks them up, because nobody else may; the curator writes, because the loader
    has no business in governance. Recording a donor again with another day corrects the day.

    Args:
        identifiers: One identifier of each donor, in the order of the input.
        system: Identifier system of all of them, for example `national_number`.
        withdrawn: The day from which it counts.

    Raises:
        UnknownDonorError: The vault does not know all of them; nothing was recorded.
    """
    donors = _known_donors(identifiers, system)
    with connect(Role.curator) as connection:
        news = [
            donor_id
            for donor_id in donors
            if connection.execute(_RECORD, [donor_id, withdrawn]).rowcount
        ]
        for donor_id in news:
            connection.execute(
                "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
                [
                    get_settings().actor,
                    "record withdrawal",
                    donor_id,
                    Jsonb({"withdrawn_date": withdrawn.isoformat()}),
                ],
            )
    return len(news)


def _known_donors(identifiers: Sequence[str], system: str) -> list[str]:
    """Return the keys of the donors, each once."""
    with connect(Role.loader) as connection:
        found = connection.execute(_FIND, [list(identifiers), system]).fetchall()
    unknown = [line for line, donor_id in found if donor_id is None]
    if unknown or not found:
        where = f" (the first in line {unknown[0]})" if unknown else ""
        raise UnknownDonorError(
            f"expected identifiers of donors in system {system}, found {len(unknown)} unknown of "
            f"{len(found)}{where}: nothing was recorded; check them and --system, one in each "
            "line of standard input"
        )
    return list(dict.fromkeys(donor_id for _, donor_id in found))
