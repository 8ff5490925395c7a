"""The donors that a survey itself makes known, where no inventory of a biobank does."""

from janus_warehouse.surveys import Harmonisation, Survey
from janus_warehouse.warehouse.dbt_sources import WRITTEN_BY, staging_name

_DONORS_SQL = """\
-- One row per person whom a survey made known, of collections that have no inventory of donors.
-- {written_by}

with

donors as (

{parts}
)

select * from donors
"""

_PART_SQL = """\
    select
        collection_id,
        donor_id,
        sex_code,
        delivery_id
    from {{{{ ref('{model}') }}}}
"""


def donor_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return the model of the surveys' own donors, by path below `_generated`."""
    models = [
        staging_name(survey.contracts[0])
        for survey in harmonisation.surveys.values()
        if makes_known(survey)
    ]
    parts = "\n    union all\n\n".join(_PART_SQL.format(model=model) for model in models)
    origin = "metadata/harmonisation, and contracts with `person: {mode: register}`"
    text = _DONORS_SQL.format(written_by=WRITTEN_BY.format(origin=origin, mark="--"), parts=parts)
    return {"answers/int_donors__of_surveys.sql": text} if models else {}


def makes_known(survey: Survey) -> bool:
    """Tell whether a survey's attenders become donors by it."""
    person = survey.contracts[0].person
    return person is not None and person.mode == "register"
