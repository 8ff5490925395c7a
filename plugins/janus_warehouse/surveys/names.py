"""Names that are made of a survey's id, and how long it may be so that all of them fit."""

ANSWERS = "int_answers__{survey}"
LONG_ANSWERS = "int_answers__{survey}_long"
CODES_TEST = "{survey}_maps_every_code"
EXAMPLES_TEST = "{survey}_answers_as_its_examples_say_{number}"

LONGEST_NAME = 63
"""PostgreSQL cuts names off behind it, those of dbt's unit tests too."""
_MOST_TESTS = 99
LONGEST_SURVEY_ID = LONGEST_NAME - max(
    len(name.format(survey="", number=_MOST_TESTS))
    for name in (ANSWERS, LONG_ANSWERS, CODES_TEST, EXAMPLES_TEST)
)
