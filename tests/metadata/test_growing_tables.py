"""Tables that grow by delivery are made anew when what they ask of donors may have changed."""

import re
from pathlib import Path

from janus_warehouse.warehouse.selection import DONOR_TABLES

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"


def test_the_tables_that_tell_of_donors_are_those_that_renew_the_answers():
    sql = (MODELS / "intermediate/donors/int_donors__persons.sql").read_text(encoding="utf-8")
    refs = set(re.findall(r"ref\('(\w+)'\)", sql))
    staging = {f"stg_{table.replace('.', '__')}" for table in DONOR_TABLES}

    assert refs == {*staging, "int_donors__of_surveys"}


def test_every_table_that_grows_asks_for_survey_and_delivery():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in MODELS.rglob("*.sql")}
    growing = {name for name, text in texts.items() if "materialized='incremental'" in text}

    assert growing == {"fct_survey_answers", "int_answers__counts", "survey_answers_wide"}
    asked = "where {{ is_new_delivery('survey_id', 'delivery_id') }}"
    assert [name for name in growing if asked not in texts[name]] == []
