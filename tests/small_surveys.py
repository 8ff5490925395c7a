"""Two small surveys with contracts and dictionary, for tests that break them."""

from pathlib import Path

_TEXT = "{nb: Tekst her, en: Text here}"
_CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: janus.clinic.{table}
name: A survey
version: 1.0.0
status: active
domain: clinic
dataProduct: janus
description: {{purpose: Answers to a small survey.}}
customProperties:
  - {{property: kind, value: survey}}
schema:
  - name: {table}
    physicalName: raw.clinic__{table}
    description: One row per attender.
    customProperties:
      - {{property: format, value: {{kind: csv}}}}
      - {{property: restatement, value: full}}
      - {{property: person, value: {{column: number, system: national_number}}}}
    properties:
      - {{name: number, required: true, classification: identifier, description: The number.}}
      - {{name: attended_date, logicalType: date, physicalType: date, description: Day.}}
"""
_NUMBER = """\
      - name: {name}
        logicalType: number
        physicalType: numeric
        description: A number.
        customProperties:
          - {{property: unit, value: {unit}}}
          - {{property: missing, value: ["", "{missing}"]}}
"""
_CODE = """\
      - name: {name}
        description: A code.
        customProperties:
          - {{property: codes, value: ["1", "2", "9"]}}
          - {{property: missing, value: ["", "9"]}}
"""
FILES = {
    "expectations/janus/clinic/wave_1.yaml": _CONTRACT.format(table="wave_1")
    + _NUMBER.format(name="hoyde", unit="m", missing="9,99")
    + _NUMBER.format(name="gluk", unit="mg/dL", missing="999")
    + _CODE.format(name="royk")
    + "      - {name: yrke, description: Occupation in words.}\n",
    "expectations/janus/clinic/wave_2.yaml": _CONTRACT.format(table="wave_2")
    + _NUMBER.format(name="hoyde", unit="m", missing="9,99")
    + _NUMBER.format(name="gluk", unit="mg/dL", missing="999")
    + _CODE.format(name="royk"),
    "expectations/janus/clinic/wave_2_form.yaml": _CONTRACT.format(table="wave_2_form").replace(
        "name: number,", "name: number, unique: true,"
    )
    + _CODE.format(name="snus"),
    "metadata/codelists/smoking.csv": (
        "code,label_no,label_en,valid_from,valid_to\nnever,aldri,never,,\ndaily,daglig,daily,,\n"
    ),
    "metadata/variables/surveys/health.yaml": f"""\
height_cm:
  label: {_TEXT}
  description: {_TEXT}
  type: decimal
  sensitivity: sensitive
  unit: cm
  decimals: 1
  range: {{minimum: 100, maximum: 230}}
glucose_mmol_l:
  label: {_TEXT}
  description: {_TEXT}
  type: decimal
  sensitivity: sensitive
  unit: mmol/L
  decimals: 1
  molar_mass: 180.156
  range: {{minimum: 0.5, maximum: 60}}
smoking:
  label: {_TEXT}
  description: {_TEXT}
  type: code
  sensitivity: sensitive
  codelist: smoking
occupation:
  label: {_TEXT}
  description: {_TEXT}
  type: text
  sensitivity: sensitive
height_squared_m2:
  label: {_TEXT}
  description: {_TEXT}
  type: decimal
  sensitivity: sensitive
  unit: m2
  decimals: 2
  range: {{minimum: 1, maximum: 6}}
""",
    "metadata/harmonisation/derived.yaml": """\
height_squared_m2:
  of: [height_cm]
  expression: "power({height_cm} / 100, 2)"
""",
    "metadata/harmonisation/checks.yaml": f"""\
tall_enough:
  label: {_TEXT}
  of: [height_cm]
  holds: "{{height_cm}} > 120"
  blanks: [height_cm]
""",
    "metadata/harmonisation/janus/wave_1.yaml": f"""\
survey:
  label: {_TEXT}
  description: The first wave.
  years: [1974, 1975]
  tables: [clinic.wave_1]
rules:
  height_cm:
    rule: direct
    columns: [hoyde]
    missing: {{"9.99": not_answered}}
    examples:
      - {{given: {{hoyde: 1.80}}, value: "180"}}
      - {{given: {{hoyde: 9.99}}, missing: not_answered}}
  smoking:
    rule: recode
    columns: [royk]
    recode: {{"1": never, "2": daily}}
    missing: {{"9": unknown}}
    examples:
      - {{given: {{royk: "1"}}, value: never}}
  glucose_mmol_l:
    rule: operation
    columns: [gluk]
    expression: "{{gluk}} / 18"
    missing: {{"999": not_answered}}
  occupation:
    rule: direct
    columns: [yrke]
""",
    "metadata/harmonisation/janus/wave_2.yaml": f"""\
survey:
  label: {_TEXT}
  description: The second wave.
  years: [1984, 1985]
  tables: [clinic.wave_2, clinic.wave_2_form]
based_on: wave_1
rules:
  smoking:
    rule: case_when
    columns: [royk, snus]
    cases:
      - {{when: "{{royk}} = '2'", then: daily}}
      - {{when: "{{snus}} = '2'", then: never}}
    missing: {{"9": unknown}}
    missing_when: [{{when: "royk = '1' and snus = '1'", reason: unknown}}]
impossible:
  - why: Not asked.
    variables: [occupation]
""",
}  # fmt: skip


def write(folder: Path) -> Path:
    """Write the files below a folder and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
