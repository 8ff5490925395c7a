"""Deliveries of three donors of the bank and one person of NHANES, small enough to work by hand."""

from datetime import date

from raw_rows import RawRows

CASE = {
    "tumour_sequence": 1, "incidence_date_quality": "1", "basis_code": "7",
    "behaviour_code": "3", "found_at_autopsy": "0", "vital_status_code": "1",
    "follow_up_date": date(2022, 12, 31), "sex_code": "1", "birth_date": date(1950, 6, 15),
}  # fmt: skip


def deliver_everything(raw: RawRows) -> None:
    """Enter the deliveries of three donors of the bank and one person of NHANES."""
    raw.accept("inventory", "biobank", INVENTORY)
    raw.accept("population-2020", "population_register", POPULATION_2020, as_of=date(2020, 12, 31))
    raw.accept("population-2022", "population_register", POPULATION_2022)
    raw.accept("deaths", "cause_of_death", DEATHS)
    raw.accept("cases-2020", "cancer_registry", CASES_2020, as_of=date(2020, 12, 31))
    raw.accept("cases-2022", "cancer_registry", CASES_2022)
    raw.accept("oslo", "health_surveys", OSLO, as_of=date(1974, 6, 30))
    raw.accept("pfas", "laboratories", PFAS, returned=FORM)
    raw.accept("nhanes", "nhanes_survey", NHANES, collection="nhanes")
    raw.accept("nhanes-deaths", "nhanes_mortality", NHANES_DEATHS, collection="nhanes")


INVENTORY = {
    "donors": [
        {"donor_id": "D1", "sex_code": "1", "birth_date": date(1950, 6, 15),
         "donor_group": "survey", "consent_status": "active"},
        {"donor_id": "D2", "sex_code": "2", "birth_date": date(1940, 1, 1),
         "donor_group": "red_cross", "consent_status": "withdrawn",
         "withdrawn_date": date(2015, 3, 3)},
        {"donor_id": "D3", "sex_code": "2", "birth_date": date(1960, 2, 29),
         "donor_group": "survey", "consent_status": "active"},
    ],
    "draws": [
        {"donor_id": "D1", "draw_id": "W1", "draw_date": date(1972, 10, 1),
         "survey_id": "oslo_1972"},
        {"donor_id": "D2", "draw_id": "W2", "draw_date": date(1980, 1, 1),
         "survey_id": "red_cross"},
        {"donor_id": "D3", "draw_id": "W3", "draw_date": date(1995, 2, 28),
         "survey_id": "age40_1990"},
    ],
    "tubes": [
        {"tube_barcode": "1", "draw_id": "W1", "material_code": "SER", "volume_ul": 500,
         "thaw_count": 0, "tube_status": "stored", "freezer": "F1", "rack": "R001", "box": "B01",
         "position": "A01"},
        {"tube_barcode": "2", "draw_id": "W2", "material_code": "SER", "volume_ul": 0,
         "thaw_count": 2, "tube_status": "used_up"},
    ],
    "shipments": [
        {"donor_id": "D2", "study_code": "S1", "tube_barcode": "2", "project_id": "pfas",
         "laboratory": "toxicology_lab", "shipped_date": date(2019, 1, 1),
         "is_blinded_duplicate": False, "shipment_id": "pfas-1", "set_number": 4},
    ],
}  # fmt: skip

_RESIDENT = {"sex_code": "1", "birth_date": date(1950, 6, 15)}
POPULATION_2020 = {
    "residents": [
        {"donor_id": "D1", **_RESIDENT, "vital_status_code": "2", "status_date": date(1999, 9, 9)},
    ],
    "migrations": [],
}
POPULATION_2022 = {
    "residents": [
        {"donor_id": "D1", **_RESIDENT, "vital_status_code": "1",
         "status_date": date(2022, 12, 31)},
        {"donor_id": "D2", "sex_code": "2", "birth_date": date(1940, 1, 11),
         "vital_status_code": "2", "status_date": date(2010, 1, 2)},
        {"donor_id": "D3", "sex_code": "2", "birth_date": date(1960, 2, 29),
         "vital_status_code": "3", "status_date": date(1999, 2, 28)},
    ],
    "migrations": [
        {"donor_id": "D3", "migration_type": "emigrated", "migration_date": date(1999, 2, 28)},
    ],
}  # fmt: skip
DEATHS = {
    "deaths": [
        {"donor_id": "D2", "death_date": date(2010, 1, 1), "underlying_cause_code": "C509"},
    ]
}
CASES_2020 = {
    "cases": [
        {**CASE, "donor_id": "D1", "tumour_id": "T1", "incidence_date": date(2000, 6, 14),
         "topography_code": "C619", "morphology_code": "8140"},
        {**CASE, "donor_id": "D1", "tumour_id": "T2", "incidence_date": date(2001, 1, 1),
         "topography_code": "C679", "morphology_code": "8120"},
    ]
}  # fmt: skip
# The later linkage retracts T2 and moves T1 by two days, over the birthday.
CASES_2022 = {
    "cases": [
        {**CASE, "donor_id": "D1", "tumour_id": "T1", "incidence_date": date(2000, 6, 16),
         "topography_code": "C619", "morphology_code": "8140"},
        {**CASE, "donor_id": "D2", "tumour_id": "T3", "incidence_date": date(2005, 1, 10),
         "topography_code": "C504", "morphology_code": "8500", "sex_code": "2",
         "birth_date": date(1940, 1, 1)},
    ]
}  # fmt: skip
OSLO = {
    "oslo_1972": [
        {"donor_id": "D1", "attended_date": date(1972, 10, 1), "hoyde": 180, "vekt": 81,
         "sbt1": 0, "dbt1": 80, "kol": 232, "roykn": "2", "fysfri": "1", "infarkt": "2",
         "sukker": "9"},
    ]
}  # fmt: skip
_RUN = {"native_file": "run.csv", "line": 2, "study_code": "S1", "sample_code": "S1",
        "sample_kind": "sample", "replicate": 1, "unit": "ng/mL", "lod": 0.1, "plate_id": "P001",
        "well": "A01", "batch_id": "B1", "run_date": date(2019, 5, 5),
        "method_version": "LC-MS 2"}  # fmt: skip
FORM = {
    "project_id": "pfas", "approval": "REK 1", "laboratory": "toxicology_lab",
    "platform": "targeted_chemistry", "platform_version": "LC-MS 2", "method": "LC-MS",
    "format": "long_csv",
}  # fmt: skip
PFAS = {
    "analytes": [
        {"native_file": "run.csv", "analyte_code": code, "unit": "ng/mL"}
        for code in ("PFOA", "PFOS")
    ],
    "results": [
        {"analyte_code": "PFOA", "value": 2.5, "status_code": "detected", **_RUN},
        {"analyte_code": "PFOS", "value": 0.04, "status_code": "below_lod", **_RUN},
    ]
}  # fmt: skip
NHANES = {
    "demographics_c": [{"donor_id": "N1", "sex_code": "2", "age_years": 60, "education_code": "5"}],
    "smoking_c": [
        {"donor_id": "N1", "smoked_100_cigarettes_code": "1", "smokes_now_code": "3"},
    ],
    "body_measures_c": [{"donor_id": "N1", "height_cm": 160.0, "weight_kg": 64.0}],
    "cholesterol_c": [{"donor_id": "N1", "total_cholesterol_mmol_l": 5.2}],
}
NHANES_DEATHS = {
    "mortality_2003": [
        {"donor_id": "N1", "eligibility_code": "1", "vital_status_code": "1",
         "leading_cause_code": "002", "months_from_interview": 30},
    ]
}  # fmt: skip
HUBRO = {
    "hubro_2000": [
        {
            "donor_id": "D1",
            "attended_date": date(2000, 6, 1),
            "sex": "1",
            "height": 179,
            "weight": 85,
            "smoke": "3",
            "educyr": 16,
        },
    ]
}
