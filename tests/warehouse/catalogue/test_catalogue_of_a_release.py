"""The catalogue counts a real frozen release, as a role that may read nothing else."""

import csv
import io
from datetime import date

import psycopg
import pytest
from psycopg import sql
from rdflib.namespace import DCTERMS
from typer.testing import CliRunner

from janus_warehouse.catalogue import build_catalogue
from janus_warehouse.catalogue.declared import ColumnOf, Content, load_declared
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.foreign import read_rdf
from janus_warehouse.catalogue.namespaces import HEALTH
from janus_warehouse.catalogue.reading import count, read_input
from janus_warehouse.cli import app
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import REPO_ROOT
from janus_warehouse.releases import UnknownReleaseError, cut_release

TABLES = {
    "dim_analytes": "analyte_id text, name text",
    "dim_donors": "collection_id text, donor_id text, sex_code text, birth_date date",
    "dim_draws": "collection_id text, donor_id text, draw_date date, age_at_draw_years numeric",
    "dim_shipments": "collection_id text, study_code text, donor_id text",
    "dim_tubes": "collection_id text, tube_barcode text",
    "fct_cancer_cases": "collection_id text, tumour_id text, donor_id text, incidence_date date, "
    "age_at_diagnosis_years numeric",
    "fct_farm_holdings": "collection_id text, donor_id text",
    "fct_farming_exposure": "collection_id text, donor_id text, "
    "age_at_first_farming_years smallint",
    "fct_follow_up": "collection_id text, donor_id text, exit_date date, "
    "age_at_entry_years smallint",
    "fct_lead_times": "collection_id text, draw_id text, tumour_id text, lead_days integer",
    "fct_measurements": "collection_id text, donor_id text, value numeric",
    "fct_occupations": "collection_id text, donor_id text",
    "fct_survey_answers": "collection_id text, donor_id text, variable text",
    "dim_surveys": "survey_id text, collection_id text, first_year int, last_year int",
    "fct_completeness": "collection_id text, survey_id text, variable text, status text, "
    "rule text, unit text, question text, n_attenders int, n_values int, n_not_applicable int",
}

# Tables of which nothing is computed.
TABLES |= dict.fromkeys(
    (
        "dim_analyte_identifiers", "dim_assay_runs", "dim_cancer_entities", "dim_case_checks",
        "dim_municipalities", "dim_site_groups",
        "dim_survey_rules", "dim_variables",
    ),
    "code text, label_en text",
)  # fmt: skip
TABLES |= dict.fromkeys(
    (
        "fct_measurement_cautions", "fct_tube_accounts", "fct_tube_findings",
        "fct_tube_movements",
    ),
    "collection_id text, donor_id text",
)  # fmt: skip
TABLES["survey_answers_wide"] = "collection_id text, donor_id text"
TABLES |= {
    f"fct_{name}": "collection_id text, donor_id text, known_from date"
    for name in (
        "cancer_case_changes", "cancer_case_history", "cancer_cases_as_known", "case_flags",
        "death_history", "follow_up_history", "migration_history", "multiple_primaries",
        "residence_history", "survey_attendances", "vital_status_history",
    )
}  # fmt: skip


def donors():
    """Twenty men and four others born in 1940, and twelve people of another collection."""
    people = [("janus", f"m{i}", "1") for i in range(20)]
    people += [("janus", f"w{i}", "2") for i in range(3)] + [("janus", "w3", None)]
    people += [("nhanes", f"m{i}", "1") for i in range(12)]
    return [(*person, date(1940, 6, 1)) for person in people]


def rows():
    people = donors()
    janus = [person for person in people if person[0] == "janus"]
    return {
        "dim_analytes": [("pfos", "PFOS")],
        "dim_donors": people,
        "dim_draws": [(c, d, date(1973, 5, 1), 32.9) for c, d, *_ in janus],
        "dim_tubes": [(c, f"{d}-{i}") for c, d, *_ in janus for i in range(3)],
        # Every man has one tumour at 60, one of them a second at 75.
        "fct_cancer_cases": [
            *(("janus", f"t{i}", f"m{i}", date(2000, 7, 1), 60.1) for i in range(20)),
            ("janus", "t99", "m0", date(2015, 7, 1), 75.1),
        ],
        "fct_farm_holdings": [(c, d) for c, d, *_ in janus],
        "fct_farming_exposure": [(c, d, 39) for c, d, *_ in janus],
        "fct_occupations": [(c, d) for c, d, *_ in janus],
        "fct_follow_up": [(c, d, date(2022, 12, 31), 32) for c, d, *_ in people],
        "fct_lead_times": [("janus", "w1", "t1", 9000)],
        "fct_measurements": [("janus", "m1", 1.5), ("janus", "m2", 2.5)],
        "fct_survey_answers": [(c, d, v) for c, d, *_ in people for v in ("smoking", "height")],
    }


def content(**changes):
    facts = {
        "collection": "janus",
        "tables": ["fct_cancer_cases"],
        "records": "fct_cancer_cases",
        "individuals": "fct_cancer_cases",
        "age": ColumnOf(table="fct_cancer_cases", column="age_at_diagnosis_years"),
        "temporal": ColumnOf(table="fct_cancer_cases", column="incidence_date"),
    }
    return Content(**(facts | changes))


@pytest.fixture
def release(warehouse, monkeypatch):
    """A release of small marts whose counts are known."""
    given = rows()
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        for table, columns in TABLES.items():
            name = sql.Identifier("marts", table)
            connection.execute(sql.SQL("create table {} (" + columns + ")").format(name))
            for column in columns.split(", "):
                described = sql.Identifier("marts", table, column.split()[0])
                comment = sql.SQL("comment on column {} is 'What it says.'").format(described)
                connection.execute(comment)
            values = given.get(table) or [[None] * len(columns.split(", "))]
            marks = sql.SQL(", ").join([sql.Placeholder()] * len(values[0]))
            insert = sql.SQL("insert into {} values ({})").format(name, marks)
            connection.cursor().executemany(insert, values)
        connection.execute(
            "insert into ops.builds (build_id, started_at, finished_at, state, code_version, "
            "deliveries) values ('b1', now(), now(), 'succeeded', 'abc1234', '{}')"
        )
    monkeypatch.setattr(
        "janus_warehouse.warehouse.dbt_manifest", lambda: {"nodes": {}, "sources": {}}
    )
    return cut_release("2022.1")


@pytest.fixture
def publisher(release):
    with connect(Role.publisher) as connection:
        yield connection


def test_people_are_counted_once_and_in_their_own_collection(publisher, release):
    counts = count(publisher, release.schema, content())

    assert (counts.records, counts.individuals) == (21, 20)
    assert counts.first_ages == {60: 20}
    assert counts.last_ages == {60: 19, 75: 1}
    assert counts.first_years == {2000: 20}
    assert counts.last_years == {2000: 19, 2015: 1}
    assert counts.cells == {("2000-2004", "men"): 20}


def test_only_people_of_the_dataset_are_counted_in_another_table(publisher, release):
    counts = count(
        publisher,
        release.schema,
        content(
            individuals="fct_measurements",
            records="fct_measurements",
            age=ColumnOf(table="dim_draws", column="age_at_draw_years"),
            temporal=ColumnOf(table="dim_draws", column="draw_date"),
        ),
    )

    assert (counts.individuals, counts.first_ages) == (2, {32: 2})
    assert counts.first_years == {1973: 2}


def test_without_a_date_people_are_grouped_by_age_and_without_either_by_sex(publisher, release):
    by_age = count(publisher, release.schema, content(temporal=None))
    by_sex = count(publisher, release.schema, content(temporal=None, age=None))

    assert by_age.cells == {("60-69", "men"): 20}
    assert by_sex.cells == {("unknown", "men"): 20}


def test_people_without_a_date_or_a_sex_are_in_a_cell_of_their_own(publisher, release):
    temporal = ColumnOf(table="fct_cancer_cases", column="incidence_date")
    counts = count(publisher, release.schema, content(individuals="dim_donors", temporal=temporal))

    assert counts.cells == {
        ("2000-2004", "men"): 20,
        ("unknown", "women"): 3,
        ("unknown", "unknown"): 1,
    }
    assert sum(counts.cells.values()) == counts.individuals


@pytest.mark.parametrize("schema", ["raw", "identity", "staging", "quarantine", "governance"])
def test_the_publisher_may_read_releases_and_nothing_that_came_before(publisher, schema):
    granted = publisher.execute(
        "select has_schema_privilege(current_user, %s, 'usage')", [schema]
    ).fetchone()

    assert granted == (False,)


def test_the_publisher_may_not_change_a_release(publisher, release):
    table = sql.Identifier(release.schema, "dim_donors")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        publisher.execute(sql.SQL("delete from {}").format(table))


def test_the_catalogue_of_a_release_is_published(release, warehouse):
    result = build_catalogue("2022.1")

    assert result.path == warehouse.home / "catalogue" / "catalogue.ttl"
    assert len(result.datasets) == 7
    graph = read_rdf(result.path.parent / "datasets" / "cancer_cases.ttl")
    assert [int(n) for n in graph.objects(None, HEALTH.numberOfUniqueIndividuals)] == [20]
    # Two measured people are fewer than five: their dataset says no figure.
    graph = read_rdf(result.path.parent / "datasets" / "assay_measurements.ttl")
    assert not list(graph.objects(None, HEALTH.numberOfUniqueIndividuals))
    assert not list(graph.objects(None, DCTERMS.temporal))


def test_a_small_group_is_withheld_in_the_published_counts(release):
    folder = build_catalogue("2022.1").path.parent / "datasets" / "donors_and_samples"
    table = list(csv.DictReader(io.StringIO((folder / "counts.csv").read_text())))

    # Three women and one unknown: with the total of 24 the men would tell the sum of them.
    assert [(row["sex"], row["individuals"]) for row in table] == [
        ("men", ""),
        ("unknown", ""),
        ("women", ""),
        ("total", "24"),
    ]


def test_the_catalogue_of_a_release_can_be_built_again_with_the_same_bytes(release):
    first = build_catalogue("2022.1").path.resolve()
    again = build_catalogue("2022.1").path.resolve()

    assert first == again, "the edition is named by its content"


def test_a_release_that_was_never_cut_is_refused(release):
    with pytest.raises(UnknownReleaseError, match=r"2022\.2"):
        build_catalogue("2022.2")


def test_a_column_that_the_release_lacks_is_told_before_anything_is_counted(release):
    facts = load_declared(REPO_ROOT / "metadata")
    wrong = content(age=ColumnOf(table="fct_cancer_cases", column="age_years"))
    facts.datasets["cancer_cases"] = facts.datasets["cancer_cases"].model_copy(
        update={"content": wrong}
    )

    with pytest.raises(CatalogueInputError, match=r"cancer_cases\.yaml needs fct_cancer_cases\.ag"):
        read_input("2022.1", facts)


def test_the_commands_build_check_and_show(release):
    run = CliRunner()
    built = run.invoke(app, ["catalogue", "build", "2022.1"])
    checked = run.invoke(app, ["catalogue", "validate"])
    shown = run.invoke(app, ["catalogue", "show"])

    assert (built.exit_code, checked.exit_code, shown.exit_code) == (0, 0, 0)
    assert "7 datasets" in built.stdout
    assert checked.stdout.count(", 0 breaches") == 8
    assert "cancer_cases (2022.1): Cancer cases among Janus donors; individuals 20;" in shown.stdout
    assert (
        "assay_measurements (2022.1): Laboratory results of Janus samples; individuals withheld"
        in shown.stdout
    )


def test_showing_what_was_never_published_is_refused(warehouse):
    result = CliRunner().invoke(app, ["catalogue", "show"])

    assert result.exit_code == 3
    assert "no catalogue is published" in result.stderr
