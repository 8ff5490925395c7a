"""The registry's rules over cases: what each looks at, when it fails, who leaves such cases out.

`metadata/case_checks/*.yaml` is the one table of rules. From it come the SQL that flags cases,
the mart `dim_case_checks`, the page of rules in docs/, and the tests: each rule brings a case
that breaks it and one that just does not.

Source:
    IARC Technical Report 42 (2005), "Check and conversion programs for cancer registries";
    JRC-ENCR report EUR 29089 (2018), "Cancer data quality checks: one common procedure for
    European cancer registries".
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.metadata.located import LocatedYaml, read_yaml
from janus_warehouse.metadata.variables import Text
from janus_warehouse.platform.settings import get_settings

CODE = re.compile(r"^(IARC|ENCR|JANUS)(-[A-Z0-9]+){1,4}$")
Consumer = Literal["statistics", "matching", "extracts"]
CONSUMERS: tuple[Consumer, ...] = ("statistics", "matching", "extracts")
# A condition is SQL over columns of one row; what could end a statement cannot be in it.
Condition = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^;~]+$")]

GIVEN_COLUMNS = frozenset({
    "sex_code", "birth_date", "incidence_date", "follow_up_date", "vital_status_code",
    "basis_code", "topography_code", "morphology_code", "behaviour_code", "grade_code",
    "laterality_code", "found_at_autopsy", "given_age_years", "register_sex_code",
    "register_birth_date", "has_draw", "known_on_date",
})  # fmt: skip
"""Columns of `int_cases__checkable` that a case brings along."""

DERIVED_COLUMNS = {
    "age_years": ("birth_date", "incidence_date"),
    "site_code": ("topography_code",),
    "is_known_topography": ("topography_code",),
    "is_known_morphology": ("morphology_code", "behaviour_code"),
    "icdo3_edition": ("morphology_code", "behaviour_code"),
    "is_unusual_site": ("topography_code", "morphology_code"),
    "is_repeated": ("topography_code", "morphology_code", "incidence_date"),
    "has_several_sexes": ("sex_code",),
    "has_several_births": ("birth_date",),
}
"""Columns of `int_cases__checkable` that are worked out, and from what."""

EXAMPLE_CASE: dict[str, str | bool | None] = {
    "sex_code": "1", "birth_date": "1950-06-15", "incidence_date": "2005-03-10",
    "follow_up_date": "2020-12-31", "vital_status_code": "1", "basis_code": "7",
    "topography_code": "C182", "morphology_code": "8140", "behaviour_code": "3",
    "grade_code": "2", "laterality_code": "0", "found_at_autopsy": "0",
    "given_age_years": "54", "register_sex_code": "1", "register_birth_date": "1950-06-15",
    "has_draw": True, "known_on_date": "2020-12-31",
}  # fmt: skip
"""The case that the examples of rules change: a man with cancer of the colon, and no flag."""

_SQL_WORDS = frozenset({
    "and", "or", "not", "in", "between", "is", "null", "true", "false", "date", "case", "when",
    "then", "else", "end", "abs", "left",
})  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Cell = str | bool | int | date | None
Example = tuple[dict[str, Cell], ...]


class CaseCheck(_Strict):
    """One rule as written in the file, without its code.

    Attributes:
        severity: `error` cannot be true; `warning` needs a look; `rare` occurs, but seldom.
        applies: Condition of the cases that the rule is about: the denominator.
        fails: Condition of those among them that break it: the numerator.
        source: Where the rule is published, or why it is ours.
        excluded_from: Who leaves cases with this flag out.
        breaks: Changes to the example case that break the rule; a list for several tumours of
            one person.
        keeps: Changes after which the rule just holds.
        why: What is unusual about the rule.
    """

    severity: Literal["error", "warning", "rare"]
    applies: Condition = "true"
    fails: Condition
    description: Text
    source: Annotated[str, StringConstraints(min_length=5)]
    excluded_from: tuple[Consumer, ...] = ()
    breaks: Example = Field(min_length=1)
    keeps: Example = Field(min_length=1)
    why: str | None = None

    @field_validator("breaks", "keeps", mode="before")
    @classmethod
    def _one_tumour_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns of a case without which the rule cannot be asked."""
        used = _words(self.applies) | _words(self.fails)
        derived = {of for name in used & set(DERIVED_COLUMNS) for of in DERIVED_COLUMNS[name]}
        return frozenset((used & GIVEN_COLUMNS) | derived)


@dataclass(frozen=True)
class CaseChecks:
    """All rules by code in the order of files and lines, and the topic (file) of each."""

    rules: dict[str, CaseCheck]
    topics: dict[str, str]


def load_case_checks(metadata_dir: Path | None = None) -> CaseChecks:
    """Return every rule.

    Raises:
        MetadataError: A rule has an unknown key or a wrong value, its code is not of our form or
            written in two files, or a condition or example names a column that cases lack.
    """
    folder = (metadata_dir or get_settings().metadata_dir) / "case_checks"
    rules: dict[str, CaseCheck] = {}
    topics: dict[str, str] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        document = read_yaml(path)
        entries, found = document.entries(CaseCheck)
        problems += found
        for code, rule in entries.items():
            problems += _problems(document, code, rule)
            if code in rules:
                problems.append(document.problem([code], f"is already in {topics[code]}.yaml"))
            rules[code], topics[code] = rule, path.stem
    if problems:
        raise MetadataError("\n".join(problems))
    return CaseChecks(rules, topics)


def _problems(document: LocatedYaml, code: str, rule: CaseCheck) -> list[str]:
    """Return what is wrong between a rule and the cases it is about."""
    problems = []
    if not CODE.match(code):
        expected = "expected a code such as IARC-SEX-SITE: IARC, ENCR or JANUS, then words"
        problems.append(document.problem([code], expected))
    columns = GIVEN_COLUMNS | set(DERIVED_COLUMNS)
    for key in ("applies", "fails"):
        if strangers := _words(getattr(rule, key)) - columns - _SQL_WORDS:
            found = f"{', '.join(sorted(strangers))} is no column of int_cases__checkable"
            problems.append(document.problem([code, key], found))
    for key in ("breaks", "keeps"):
        named = {name for tumour in getattr(rule, key) for name in tumour}
        if strangers := named - GIVEN_COLUMNS:
            found = f"{', '.join(sorted(strangers))} is no column that a case brings along"
            problems.append(document.problem([code, key], found))
    return problems


def _words(condition: str) -> set[str]:
    return set(re.findall(r"\b[a-z_]\w*\b", re.sub(r"'[^']*'", "", condition)))
