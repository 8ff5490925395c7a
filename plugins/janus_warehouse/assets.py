"""The assets that connect the DAGs: one for each thing that another DAG waits for."""

from airflow.sdk import Asset

RAW_SAMPLE_INVENTORY = Asset(name="raw_sample_inventory", uri="janus://raw/sample_inventory")
RAW_REGISTRY_LINKAGES = Asset(name="raw_registry_linkages", uri="janus://raw/registry_linkages")
RAW_SURVEY_VARIABLES = Asset(name="raw_survey_variables", uri="janus://raw/survey_variables")
RAW_ASSAY_RESULTS = Asset(name="raw_assay_results", uri="janus://raw/assay_results")

HELD_DELIVERIES = Asset(name="held_deliveries", uri="janus://held_deliveries")
"""Each event names what a person is asked about: `{"delivery_ids": ["…"]}`."""

MARTS = Asset(name="marts", uri="janus://marts")
RELEASE = Asset(name="release", uri="janus://release")
"""Each event names its release: `{"release_name": "2022.1"}`."""

_BY_NAME = {
    asset.name: asset
    for asset in (
        RAW_SAMPLE_INVENTORY, RAW_REGISTRY_LINKAGES, RAW_SURVEY_VARIABLES, RAW_ASSAY_RESULTS,
        HELD_DELIVERIES, MARTS, RELEASE,
    )
}  # fmt: skip


def asset_named(name: str) -> Asset:
    """Return the asset of a name, for tasks that share their code and differ in what they tell.

    What an event tells is lost when the asset is named without its address: Airflow takes that
    for another asset.
    """
    return _BY_NAME[name]
