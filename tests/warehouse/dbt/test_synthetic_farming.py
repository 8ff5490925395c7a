"""The farming cohort of a made-up bank is the one that its answer key tells."""

from tests.preloaded_dbt import without_unit_tests

from janus_warehouse.codes.models import run_model
from janus_warehouse.deliveries import ingest, scan_landing
from janus_warehouse.synthetic import generate
from janus_warehouse.warehouse import build

DELIVERIES = ("biobank/2022-12-31", "population_register/2022-12-31", "census/1999-12-31")


def test_the_cohort_has_as_many_donors_as_the_answer_key_says(warehouse):
    key = generate(warehouse.landing, scale=0.02, seed=5)
    scan_landing()
    for folder in DELIVERIES:
        ingest(key.delivery(folder).delivery_id)
    with without_unit_tests():
        build(select="+fct_farming_exposure +fct_occupations")
    totals = key.totals
    ((found, cohort, industry_only, unknown_place),) = warehouse.query(
        "select count(*), count(*) filter (where is_in_farming_cohort), "
        "count(*) filter (where not has_farm_occupation and not has_holding), "
        "(select count(*) from marts.fct_occupations where municipality_code_today is null) "
        "from marts.fct_farming_exposure"
    )

    assert (found, cohort) == (totals["found_in_farming"], totals["farming_cohort"])
    assert 790 <= cohort <= 800, "of 800 farmers, those whose only rows are quarantined are lost"
    assert industry_only == found - cohort > 0
    assert unknown_place == 0
    # The rule that `janus codes municipality` runs on DuckDB is the one that the build ran.
    ours = warehouse.query("select * from marts.dim_municipalities order by 1, 2")
    assert (
        ours == run_model("dim_municipalities", {}).sort("municipality_code", "valid_from").rows()
    )
