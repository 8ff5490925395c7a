"""The account of each project: tubes sent, back, used up, missing; results; what disagrees."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from janus_warehouse.assays.marts import Row, reading_marts, rows
from janus_warehouse.assays.tubes.errors import UnknownTubeError
from janus_warehouse.metadata import load_codelists

STATES = ("returned", "used_up", "missing", "out")
LISTED = 200
"""How many tubes of one finding are named; the document names them all."""

_TOTALS = """
select project_id, laboratory, shipped_date, max(shipment_id) as shipment_id,
    count(*) as n_codes,
    count(distinct tube_barcode) as n_tubes,
    count(*) filter (where has_results) as n_with_results,
    count(*) filter (where not has_results and laboratory_reason is not null) as n_with_reason,
    count(*) filter (where not has_results and laboratory_reason is null) as n_silent,
    count(*) filter (where tube_state = 'returned') as n_returned,
    count(*) filter (where tube_state = 'used_up') as n_used_up,
    count(*) filter (where tube_state = 'missing') as n_missing,
    count(*) filter (where tube_state = 'out') as n_out,
    count(*) filter (where findings is not null) as n_with_findings,
    max(days_out) as most_days_out, max(n_analytes) as most_analytes,
    max(n_platforms) as most_platforms
from marts.fct_tube_accounts
where %(project)s::text is null or project_id = %(project)s
group by project_id, laboratory, shipped_date
order by project_id, shipped_date, laboratory
"""

_FINDINGS = """
select project_id, finding_code, study_code, tube_barcode, laboratory, found_date, finding_detail
from marts.fct_tube_findings
where project_id is not null and (%(project)s::text is null or project_id = %(project)s)
order by project_id, finding_code, study_code
"""

# A tube of a project may also break the rules of the inventory itself.
_OF_TUBES = """
select distinct accounts.project_id, findings.finding_code, null::text as study_code,
    findings.tube_barcode, null::text as laboratory, findings.found_date, findings.finding_detail
from marts.fct_tube_findings as findings
inner join marts.fct_tube_accounts as accounts
    on findings.collection_id = accounts.collection_id
    and findings.tube_barcode = accounts.tube_barcode
where findings.project_id is null
    and (%(project)s::text is null or accounts.project_id = %(project)s)
order by 1, 2, 4
"""

# What the door kept out: codes that were never issued, or to another project.
_REFUSED = """
select returns.project_id, returns.delivery_id, returns.laboratory, checks.subject, checks.rule_id,
    checks.rows_failing
from ops.check_results as checks
inner join ops.returns on checks.run_id = returns.delivery_id
where checks.rule_id in ('study_code_was_issued', 'study_code_is_of_the_project')
    and checks.rows_failing > 0
    and (%(project)s::text is null or returns.project_id = %(project)s)
order by 1, 2, 4, 5
"""

_INVENTORY = """
select max(inventory_date) as inventory_date from marts.fct_tube_accounts
"""


@dataclass(frozen=True)
class ProjectAccount:
    """What became of the tubes of one project."""

    project_id: str
    shipments: tuple[Row, ...]
    findings: tuple[Row, ...]
    """Each with finding code, barcode, study code, detail; first those of the accounts."""
    kept_out: tuple[Row, ...]
    """Rows of returns about codes that were never issued, or to another project."""
    inventory_date: date | None

    def total(self, column: str) -> int:
        """Return the sum of a column over the shipments."""
        return sum(row[column] for row in self.shipments)

    @property
    def by_code(self) -> dict[str, list[Row]]:
        """The findings by their code, the most frequent first."""
        grouped: dict[str, list[Row]] = {}
        for row in self.findings:
            grouped.setdefault(row["finding_code"], []).append(row)
        return dict(sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0])))

    def as_dict(self, words: dict[str, str]) -> dict[str, Any]:
        """Return the account as the document beside the page."""
        return {
            "project_id": self.project_id,
            "inventory_date": self.inventory_date,
            "codes_sent": self.total("n_codes"),
            "with_results": self.total("n_with_results"),
            "with_reason": self.total("n_with_reason"),
            "without_answer": self.total("n_silent"),
            "states": {state: self.total(f"n_{state}") for state in STATES},
            "shipments": list(self.shipments),
            "findings": {
                code: {
                    "meaning": words.get(code, code),
                    "count": len(found),
                    "rows": [
                        {k: v for k, v in row.items() if k not in ("project_id", "finding_code")}
                        for row in found
                    ],
                }
                for code, found in self.by_code.items()
            },
            "rows_kept_out_at_the_door": list(self.kept_out),
        }


def read_accounts(project: str | None = None) -> tuple[list[ProjectAccount], dict[str, str]]:
    """Return the account of one project or of all, and what each finding means.

    Raises:
        UnknownTubeError: Nothing was ever sent for the project.
        NotAvailableError: No database answers, or the marts have not been built.
    """
    asked = {"project": project}
    with reading_marts("tubes") as connection:
        totals = rows(connection, _TOTALS, asked)
        found = rows(connection, _FINDINGS, asked) + rows(connection, _OF_TUBES, asked)
        kept_out = rows(connection, _REFUSED, asked)
        [inventory] = rows(connection, _INVENTORY)
    words = {code.code: code.label_en for code in load_codelists()["tube_finding"].codes}
    projects = sorted({row["project_id"] for row in [*totals, *found, *kept_out]})
    if project is not None and not projects:
        raise UnknownTubeError(
            f"expected a project that tubes were sent for, found nothing sent for {project}; "
            "`janus tubes report` without a name lists them"
        )
    accounts = [
        ProjectAccount(
            name, _of(name, totals), _of(name, found), _of(name, kept_out),
            inventory["inventory_date"],
        )
        for name in projects
    ]  # fmt: skip
    return accounts, words


def _of(project: str, found: list[Row]) -> tuple[Row, ...]:
    return tuple(row for row in found if row["project_id"] == project)
