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
