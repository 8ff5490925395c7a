"""What must become of the Oslo health study's answers, worked out from its codebook alone."""

import polars as pl
from polars import col

from janus_warehouse.synthetic.expected import (
    Beside,
    Told,
    coded,
    is_code,
    not_applicable,
    number,
    only_where,
)

_MINUS = {-1.0: "unknown"}


def hubro_2000() -> dict[str, Told]:
    """Return what the Oslo health study of 2000 tells of each variable."""
    zero = {0.0: "not_answered"}
    measured = {
        "height_cm": "height", "weight_kg": "weight", "waist_cm": "waist", "hip_cm": "hip",
        "total_cholesterol_mmol_l": "tchol", "hdl_cholesterol_mmol_l": "hdlc",
        "triglycerides_mmol_l": "trigly", "glucose_mmol_l": "gluc",
    }  # fmt: skip
    asked = {
        "hard_activity_hours": ("pahard", "0123"), "alcohol_frequency": ("alcfreq", "12345678"),
        "milk_type": ("milktyp", "01234"), "fruit_frequency": ("fruit", "123456"),
        "vegetable_frequency": ("veget", "123456"), "fish_frequency": ("fish", "123456"),
        "employment": ("employ", "1234567"), "marital_status": ("marstat", "123456"),
        "born_in_country": ("born_no", "01"), "self_rated_health": ("health", "1234"),
        "bp_medicine": ("bpmed", "123"), "lipid_medicine": ("lipmed", "123"),
        "painkiller_frequency": ("paink", "1234"), "myocardial_infarction": ("infarct", "01"),
        "angina": ("angina", "01"), "stroke": ("stroke", "01"), "diabetes": ("diabet", "01"),
        "asthma": ("asthma", "01"), "family_heart_attack": ("fam_mi", "01"),
        "uses_snus": ("snus", "012"),
    }  # fmt: skip
    ill = is_code("cancer", "0")
    return {
        **{name: number(column, {}) for name, column in measured.items()},
        **{name: _asked(column, codes) for name, (column, codes) in asked.items()},
        **_hubro_smoking(),
        **_hubro_drinks(),
        **_hubro_women(),
        "systolic_bp_mmhg": number("sbp2", zero),
        "diastolic_bp_mmhg": number("dbp2", zero),
        "pulse_per_minute": number("pulse", zero),
        "bread_slices_per_day": number("bread", _MINUS),
        "education": number("educyr", _MINUS),
        "household_size": number("hhsize", _MINUS, low=1, high=40),
        "shift_work": _asked(
            "shift", "01", beside=not_applicable(is_code("employ", "3", "4", "5", "6", "7"))
        ),
        "cancer": coded("cancer", {"0": "no", "1": "yes"}, {"-1": "unknown"}),
        "age_at_first_cancer_years": number("agecanc", _MINUS, beside=not_applicable(ill)),
        "hours_since_meal": number("hmeal", _MINUS),
        "fasting": number("hmeal", _MINUS),
    }


def _asked(column: str, codes: str, *, beside: Beside = ()) -> Told:
    """Return an answer whose meaning no contradiction looks at but that of its first code."""
    return coded(column, {code: code for code in codes}, {"-1": "unknown"}, beside=beside)


def _hubro_smoking() -> dict[str, Told]:
    now, before, never = (is_code("smoke", code) for code in "123")
    amount = number("ncig", _MINUS)
    meanings = {"1": "current", "2": "former", "3": "never"}
    return {
        "smoking_status": coded("smoke", meanings, {"-1": "unknown"}),
        "cigarettes_per_day": only_where(now, amount, not_applicable(before | never)),
        "former_cigarettes_per_day": only_where(before, amount, not_applicable(now | never)),
        "smoking_start_age_years": number(
            "astart", _MINUS, beside=not_applicable(never), low=5, high=90
        ),
        "years_since_stopping": number("ystop", _MINUS, beside=not_applicable(now | never)),
        "passive_smoking_hours_per_day": number("passive", _MINUS, per=7, high=24),
    }


def _hubro_drinks() -> dict[str, Told]:
    made = {
        # Code 7, nothing in the past year, is no vow.
        "teetotaller": coded(
            "alcfreq", {**dict.fromkeys("1234567", "no"), "8": "yes"}, {"-1": "unknown"}
        ),
        "alcohol_frequency": coded(
            "alcfreq",
            {**dict.fromkeys("123456", "drinks"), **dict.fromkeys("78", "never")},
            {"-1": "unknown"},
        ),
    }
    for drink, column in (("beer", "beer4w"), ("wine", "wine4w"), ("spirits", "spir4w")):
        glasses = number(column, _MINUS, per=4, high=150)
        none = pl.when(is_code("alcfreq", "7", "8")).then(0.0)
        made[f"{drink}_glasses_per_week"] = Told(pl.coalesce(glasses.value, none), glasses.why)
    return made


def _hubro_women() -> dict[str, Told]:
    man = col("sex") == 1
    stopped, not_stopped = is_code("menstop", "1"), is_code("menstop", "0")
    men = not_applicable(man)
    yes_no, use = {"0": "no", "1": "yes"}, {"0": "never", "1": "former", "2": "current"}
    minus = {"-1": "unknown"}
    return {
        "age_at_menarche_years": number("menarch", _MINUS, beside=men, low=7, high=25),
        "children_born": number("nbirth", _MINUS, beside=men),
        "age_at_first_birth_years": number(
            "ageb1", _MINUS, beside=not_applicable(man | is_code("nbirth", "0")), low=10, high=60
        ),
        "periods_stopped": coded("menstop", yes_no, minus, beside=men),
        "age_at_menopause_years": number(
            "agemeno", _MINUS, beside=not_applicable(man | not_stopped), low=20, high=65
        ),
        "oral_contraceptives": coded("ocpill", use, minus, beside=men),
        "hormone_therapy": coded("hrt", use, minus, beside=men),
        "pregnant": coded("pregn", yes_no, minus, beside=not_applicable(man | stopped)),
    }
