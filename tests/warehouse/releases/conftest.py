"""A tiny warehouse with hand-made marts: 300 made-up donors, a build and two deliveries."""

from pathlib import Path

import pytest

DONORS = 300
WITHDRAWN = "donor-17"

MARTS = f"""
create table marts.dim_collections (collection_id text primary key, title text not null);
insert into marts.dim_collections values ('janus', 'Janus'), ('nhanes', 'NHANES');

create table marts.dim_donors (
    collection_id text not null, donor_id text not null, sex_code text not null,
    birth_date date, birth_year smallint, donor_group text, is_withdrawn boolean not null,
    loaded_at timestamptz not null default clock_timestamp(),
    primary key (collection_id, donor_id)
);
comment on table marts.dim_donors is 'One row per donor.';
comment on column marts.dim_donors.birth_date is 'Day of birth, by the population register.';
insert into marts.dim_donors
select
    'janus', 'donor-' || n, (1 + n % 2)::text, date '1930-01-01' + n * 37,
    extract(year from date '1930-01-01' + n * 37),
    case when n % 5 = 0 then 'red_cross' else 'survey' end,
    n = 17
from generate_series(1, {DONORS}) as n;

create table marts.dim_draws (
    collection_id text not null, draw_id text primary key, donor_id text not null,
    draw_date date, survey_id text, age_at_draw_years numeric(5, 2)
);
insert into marts.dim_draws
select 'janus', 'draw-' || n, 'donor-' || n, date '1974-01-01' + n, 'counties_1974', 20 + n / 7.0
from generate_series(1, {DONORS}) as n;

create table marts.dim_tubes (
    collection_id text not null, tube_barcode text primary key, draw_id text not null,
    volume_ul integer, freezer text, parent_barcode text
);
insert into marts.dim_tubes
select 'janus', 'tube-' || n, 'draw-' || n, 100 + n, 'F1',
    case when n > 250 then 'tube-' || n - 250 end
from generate_series(1, {DONORS}) as n;

create table marts.dim_analytes (
    analyte_id text primary key, analyte_name text, platform text, unit text
);
insert into marts.dim_analytes values
('pfoa', 'Perfluorooctanoic acid', 'LC-MS', 'ng/mL'), ('pfos', 'PFOS', 'LC-MS', 'ng/mL');

create table marts.fct_cancer_cases (
    collection_id text not null, tumour_id text primary key, donor_id text not null,
    incidence_date date, topography_code text, behaviour_code text
);
insert into marts.fct_cancer_cases
select 'janus', 'tumour-' || n, 'donor-' || n, date '1990-01-01' + n,
    case when n % 3 = 0 then 'C349' else 'C619' end, '3'
from generate_series(1, 90) as n;

create table marts.fct_survey_answers (
    collection_id text not null, donor_id text not null, survey_id text not null,
    variable text not null, value_original text, value text, unit text, missing_reason text,
    primary key (collection_id, donor_id, survey_id, variable)
);
insert into marts.fct_survey_answers
select 'janus', 'donor-' || n, 'counties_1974', variable,
    case when n % 4 > 0 then (n % 3)::text when n % 8 = 0 then '' end,
    case when n % 4 > 0 then (n % 3)::text end, null,
    case when n % 4 = 0 then 'not_asked' end
from generate_series(1, {DONORS}) as n, unnest(array['smoking_status', 'diabetes']) as variable;

create table marts.survey_answers_wide (
    collection_id text not null, donor_id text not null, survey_id text not null,
    delivery_id text not null, smoking_status text, smoking_status_missing text,
    diabetes text, diabetes_missing text, primary key (collection_id, donor_id, survey_id)
);
insert into marts.survey_answers_wide
select collection_id, donor_id, survey_id, 'survey-1974',
    max(value) filter (where variable = 'smoking_status'),
    max(missing_reason) filter (where variable = 'smoking_status'),
    max(value) filter (where variable = 'diabetes'),
    max(missing_reason) filter (where variable = 'diabetes')
from marts.fct_survey_answers group by 1, 2, 3;

create table marts.fct_measurements (
    collection_id text not null, measurement_id text primary key, donor_id text not null,
    tube_barcode text not null, study_code text not null, analyte_id text not null,
    value numeric, value_exact double precision, value_reported text, status_code text, note text,
    plate_id text, run_date date
);
insert into marts.fct_measurements
select 'janus', analyte || '-' || n, 'donor-' || n, 'tube-' || n, 'study-' || n, analyte,
    round(n / 7.0, 3), n / 7.0, 'about ' || n || ', say', 'detected',
    case n % 3 when 0 then 'two' || chr(10) || 'lines, "quoted"' when 1 then '' end,
    'plate-' || n % 4, date '2005-03-01'
from generate_series(1, 120) as n, unnest(array['pfoa', 'pfos']) as analyte;
"""

LEDGER = """
insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, as_of,
    content_sha256, state, settled_at)
values
    ('biobank-2022-12-31-aaaaaaaaaa', 'biobank', 'janus', 'inventory', 'biobank/a', '2022-12-31',
     repeat('a', 64), 'accepted', now()),
    ('cancer_registry-2022-12-31-bb', 'cancer_registry', 'janus', 'registry', 'cr/b', '2022-12-31',
     repeat('b', 64), 'accepted', now());
insert into ops.builds (build_id, state, code_version, deliveries, started_at)
values ('build-1', 'succeeded', 'code-1',
    array['cancer_registry-2022-12-31-bb', 'biobank-2022-12-31-aaaaaaaaaa'], '2026-01-01');
"""

DEFINITIONS = {
    "variables": {
        "sex_code": {
            "label": {"nb": "Kjønn", "en": "Sex"},
            "description": {"nb": "Kjønn.", "en": "Sex by the register."},
            "type": "code",
            "unit": None,
            "codelist": "sex",
        },
        "smoking_status": {
            "label": {"nb": "Røyking", "en": "Smoking"},
            "description": {"nb": "Røyking.", "en": "Smoking at the survey."},
            "type": "code",
            "unit": None,
            "codelist": "smoking_status",
        },
        "missing_reason": {
            "label": {"nb": "Hvorfor verdien mangler", "en": "Why the value is missing"},
            "description": {"nb": "Årsak.", "en": "Reason."},
            "type": "code",
            "unit": None,
            "codelist": "missing_reason",
        },
    },
    "codelists": {
        "sex": [
            {"code": "1", "nb": "mann", "en": "man"},
            {"code": "2", "nb": "kvinne", "en": "woman"},
        ],
        "smoking_status": [{"code": "0", "nb": "aldri", "en": "never"}],
        "missing_reason": [{"code": "not_asked", "nb": "ikke spurt", "en": "not asked"}],
    },
}  # fmt: skip

PROJECT = """\
specification: 1
project_id: {project_id}
title: A made-up study
ethics_reference: REK example 2026/0003
legal_basis: GDPR Art. 6(1)(e)
purpose: Shows what an extract is.
valid_until: {valid_until}
recipients:
  - {{name: Some Body, institution: Some Place}}
cohort:
  collection: janus
{cohort}
datasets:
  - name: donors
    mart: dim_donors
    description: One row per donor.
    columns: [donor_id, sex_code, birth_date, donor_group]
    dates: {{birth_date: year}}
  - name: tubes
    mart: dim_tubes
    description: One row per tube.
    columns: [tube_barcode, draw_id, volume_ul, parent_barcode]
  - name: survey_answers
    mart: fct_survey_answers
    description: One row per answer.
    columns: [survey_id, variable, value_original, value, missing_reason]
    only:
      variable: {{values: [smoking_status]}}
  - name: cancer_cases
    mart: fct_cancer_cases
    description: Lung cancer.
    columns: [tumour_id, incidence_date, topography_code]
    dates: {{incidence_date: month}}
    only:
      topography_code: {{starting_with: [C34]}}
  - name: measurements
    mart: fct_measurements
    description: One row per measurement.
    columns:
      [measurement_id, tube_barcode, study_code, analyte_id, value, value_exact, value_reported,
       note, plate_id, run_date]
    dates: {{run_date: exact}}
    only:
      analyte_id: {{values: [pfoa]}}
  - name: analytes
    mart: dim_analytes
    description: One row per analyte.
    columns: [analyte_id, analyte_name, unit]
"""


@pytest.fixture
def marts(warehouse, monkeypatch):
    """Give a warehouse whose marts are filled by hand and whose last build succeeded."""
    from janus_warehouse.releases import freezing

    monkeypatch.setattr(freezing, "read_definitions", lambda folder: DEFINITIONS)
    warehouse.query(MARTS)
    warehouse.query(LEDGER)
    return warehouse


@pytest.fixture
def projects(tmp_path: Path, monkeypatch):
    """Give a function that writes a specification; only those written exist."""
    from janus_warehouse.projects import loading

    folder = tmp_path / "projects"
    folder.mkdir()
    monkeypatch.setattr(loading, "projects_folder", lambda: folder)

    def write(project_id="study-one", cohort="  sex: male", valid_until="2099-12-31", **changes):
        text = PROJECT.format(project_id=project_id, cohort=cohort, valid_until=valid_until)
        for old, new in changes.get("replace", {}).items():
            assert old in text
            text = text.replace(old, new)
        (folder / f"{project_id}.yaml").write_text(text, encoding="utf-8")
        return project_id

    return write
