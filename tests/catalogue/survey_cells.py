"""A small matrix of surveys and variables, with small counts in it."""

from janus_warehouse.catalogue.inputs import SurveyCell


def cell(survey, variable, attenders, values, *, status="complete", not_applicable=0):
    return SurveyCell(
        survey, variable, status, "direct", "cm", "How tall are you?", 1972, 1973, attenders,
        values, not_applicable,
    )  # fmt: skip


CELLS = (
    cell("oslo_1972", "cigarettes_per_day", 900, 300, not_applicable=500),
    cell("oslo_1972", "crp_mg_l", 900, 0, status="impossible"),
    cell("oslo_1972", "height_cm", 900, 896),
    cell("oslo_1972", "weight_kg", 900, 880),
    cell("hubro_2000", "height_cm", 0, 0),
    cell("hubro_2000", "weight_kg", 90, 3),
)
