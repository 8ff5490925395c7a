"""What must become of the late surveys' answers, worked out here from the codebooks alone.

The rule files are not read: the same facts are written a second time, in other words, so that a
wrong rule and a wrong answer key would have to be wrong in the same way.
"""

import polars as pl
from polars import col

from janus_warehouse.synthetic.expected import (
    Contradiction,
    Told,
    Worked,
    coded,
    counted,
    first_of,
    is_code,
    not_applicable,
    number,
    only_where,
)
from janus_warehouse.synthetic.expected_hubro import hubro_2000

_NOT_MEASURED, _UNKNOWN, _REFUSED = "not_answered", "unknown", "refused"


def expected(survey: str, frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return, for each variable that a survey tells, its values and its reasons, counted.

    Args:
        survey: `age40_1990`, `hubro_2000` or `red_cross`.
        frame: The delivered rows that enter, one per person, in the contract's columns; and as the
            register has it `sex`, 1 or 2, and `age` in whole years on the day.

    Returns:
        By variable `values` and the missing reasons that occur; they add up to the rows. What the
        survey cannot tell is not there.
    """
    told = {"age40_1990": _age40, "hubro_2000": hubro_2000, "red_cross": _donors}[survey]()
    return counted(frame, told, _contradictions(), _WORKED)


def _age40() -> dict[str, Told]:
    mm, lost, not_known = {999.0: _NOT_MEASURED}, {99.0: _NOT_MEASURED}, {99.0: _UNKNOWN}
    yes_no, nine = {"1": "yes", "2": "no"}, {"9": _UNKNOWN}
    hours = {"1": "none", "2": "under_1", "3": "1_to_2", "4": "3_or_more"}
    return {
        **_age40_smoking(),
        "height_cm": number("hoyde", mm, low=70),
        "weight_kg": number("vekt", mm),
        "systolic_bp_mmhg": _mean_of("sbt2", "sbt3"),
        "diastolic_bp_mmhg": _mean_of("dbt2", "dbt3"),
        "pulse_per_minute": number("puls", {0.0: _NOT_MEASURED}),
        "total_cholesterol_mmol_l": number("kol", lost),
        "hdl_cholesterol_mmol_l": number(
            "hdl", lost, beside=((col("attended_date") < "19940101", "not_asked"),)
        ),
        "triglycerides_mmol_l": number("trig", lost),
        "glucose_mmol_l": number("gluk", lost),
        "leisure_activity": _age40_leisure(),
        "hard_activity_hours": coded("mosjhard", hours, nine),
        "light_activity_hours": coded("mosjlett", hours, nine),
        "work_activity": coded("arbfys", dict.fromkeys("1234", "active"), nine),
        "alcohol_frequency": coded(
            "alkofte",
            dict.fromkeys("1234", "drinks"),
            {"7": "not_applicable", "8": _REFUSED, **nine},
        ),
        "teetotaller": coded("avhold", yes_no, nine),
        "beer_glasses_per_week": number("glol", not_known, per=2),
        "wine_glasses_per_week": number("glvin", not_known, per=2),
        "spirits_glasses_per_week": number("glbrenn", not_known, per=2),
        "coffee_cups_per_day": number("kaffe", not_known),
        "education": coded("utd", dict.fromkeys("12345", "school"), nine),
        "self_rated_health": coded("helse", dict.fromkeys("1234", "told"), {"8": _REFUSED, **nine}),
        "myocardial_infarction": coded("hjinf", yes_no, nine),
        "angina": coded("angina", yes_no, nine),
        "stroke": coded("slag", yes_no, nine),
        "diabetes": coded("diab", yes_no, nine),
        "hours_since_meal": coded("tidmat", dict.fromkeys("12345", "told"), nine),
        "fasting": coded("tidmat", {**dict.fromkeys("1234", "no"), "5": "yes"}, nine),
    }


def _age40_smoking() -> dict[str, Told]:
    not_known = {99.0: _UNKNOWN}
    daily, not_daily = is_code("roykdag", "1"), is_code("roykdag", "2")
    before, not_before = not_daily & is_code("royktid", "1"), not_daily & is_code("royktid", "2")
    amount = number("royksig", not_known)
    status = pl.when(daily).then(pl.lit("current")).when(before).then(pl.lit("former"))
    return {
        "smoking_status": Told(
            value=status.when(not_before).then(pl.lit("never")),
            why=first_of(
                (is_code("roykdag", "9") | is_code("royktid", "8", "9"), _UNKNOWN),
                (col("roykdag").is_null() | col("royktid").is_null(), "not_answered"),
                (pl.lit(True), _UNKNOWN),
            ),
        ),
        "cigarettes_per_day": only_where(daily, amount, not_applicable(not_daily)),
        "former_cigarettes_per_day": only_where(
            before, amount, not_applicable(daily | is_code("royktid", "2"))
        ),
        "smoking_years": number("roykaar", not_known, beside=not_applicable(not_before)),
        "years_since_stopping": number(
            "royksl", not_known, beside=not_applicable(daily | is_code("royktid", "2"))
        ),
        "passive_smoking_hours_per_day": number("passroyk", not_known, high=24),
    }


def _age40_leisure() -> Told:
    # Hard activity tells alone; light activity only beside none or little of the other.
    trains = is_code("mosjhard", "2", "3", "4")
    light = is_code("mosjlett", "3", "4")
    rests = is_code("mosjhard", "1") & is_code("mosjlett", "1", "2")
    return Told(
        value=pl.when(trains | light | rests).then(
            pl.when(rests).then(pl.lit("sedentary")).otherwise(pl.lit("moves"))
        ),
        why=first_of(
            (is_code("mosjhard", "9") | is_code("mosjlett", "9"), _UNKNOWN),
            (col("mosjhard").is_null() | col("mosjlett").is_null(), "not_answered"),
        ),
    )


def _mean_of(*columns: str) -> Told:
    read = [number(column, {0.0: _NOT_MEASURED}).value for column in columns]
    mean = pl.mean_horizontal(read)
    return Told(mean, pl.lit(_NOT_MEASURED))


def _donors() -> dict[str, Told]:
    zero, minutes = {0.0: _NOT_MEASURED}, {999.0: _NOT_MEASURED}
    unanswered, yes_no = {"U": _NOT_MEASURED}, {"J": "yes", "N": "no"}
    men = not_applicable(is_code("kjonn", "M"))
    only_yes = {"N": "not_asked", **unanswered}
    groups = [f"{letter}{rhesus}" for letter in ("A", "B", "AB", "O") for rhesus in "+-"]
    return {
        "smoking_status": coded("royker", {"J": "current"}, only_yes),
        "uses_snus": coded("snus", yes_no, unanswered),
        "height_cm": number("hoydecm", zero, low=70),
        "weight_kg": number("vektkg", zero),
        "pulse_per_minute": number("puls", zero),
        "haemoglobin_g_dl": number("hb", zero, high=25),
        "blood_group": coded("blodtype", {group: group for group in groups}, {}),
        "born_in_country": coded("fodtnor", yes_no, unanswered),
        "oral_contraceptives": coded("ppille", {"J": "current"}, only_yes, beside=men),
        "pregnant": coded("gravid", yes_no, unanswered, beside=men),
        "asthma": coded("astma", yes_no, unanswered),
        "any_medicine": coded("medisin", yes_no, unanswered),
        "hours_since_meal": number("sistmat", minutes, per=60, high=72),
        "fasting": number("sistmat", minutes),
    }


def _contradictions() -> list[Contradiction]:
    """Return what cannot be true together, over the variables."""
    bmi = col("weight_kg") / (col("height_cm") / 100) ** 2
    total, hdl = "total_cholesterol_mmol_l", "hdl_cholesterol_mmol_l"
    high, low = "systolic_bp_mmhg", "diastolic_bp_mmhg"
    return [
        *_of_habits(),
        Contradiction(
            (col("height_cm") >= 140) & ~bmi.is_between(8, 150), ("height_cm", "weight_kg")
        ),
        Contradiction(col(low) >= col(high), (low, high)),
        Contradiction(col(hdl) >= col(total), (hdl, total)),
        *_of_women(),
        *_beyond_the_age(),
        Contradiction(
            (col("cancer") == "no") & col("age_at_first_cancer_years").is_not_null(),
            ("cancer", "age_at_first_cancer_years"),
        ),
    ]


def _of_habits() -> list[Contradiction]:
    """Return what a never-smoker and a teetotaller cannot say."""
    never = col("smoking_status") == "never"
    made = [
        Contradiction(never & (col(name) > 0), ("smoking_status", name))
        for name in ("cigarettes_per_day", "former_cigarettes_per_day", "smoking_years",
                     "smoking_start_age_years", "years_since_stopping")
    ]  # fmt: skip
    for drink in ("beer_glasses_per_week", "wine_glasses_per_week", "spirits_glasses_per_week"):
        for name, nothing in (("teetotaller", "yes"), ("alcohol_frequency", "never")):
            made.append(Contradiction((col(name) == nothing) & (col(drink) > 0), (name, drink)))
    return made


def _of_women() -> list[Contradiction]:
    """Return what cannot be true of a man, and what women's answers cannot say together."""
    man, pregnant = col("sex") == 1, col("pregnant") == "yes"
    first_birth, menarche = col("age_at_first_birth_years"), col("age_at_menarche_years")
    menopause, stopped = col("age_at_menopause_years"), col("periods_stopped") == "yes"
    return [
        Contradiction(man & pregnant, ("pregnant",)),
        Contradiction(man & menarche.is_not_null(), ("age_at_menarche_years",)),
        Contradiction(
            first_birth <= menarche, ("age_at_first_birth_years", "age_at_menarche_years")
        ),
        Contradiction(menopause <= menarche, ("age_at_menopause_years", "age_at_menarche_years")),
        Contradiction(
            menopause < first_birth, ("age_at_menopause_years", "age_at_first_birth_years")
        ),
        Contradiction(
            first_birth.is_not_null() & (col("children_born") == 0),
            ("age_at_first_birth_years", "children_born"),
        ),
        Contradiction(
            ~stopped & menopause.is_not_null(), ("periods_stopped", "age_at_menopause_years")
        ),
        Contradiction(stopped & pregnant, ("periods_stopped", "pregnant")),
    ]


def _beyond_the_age() -> list[Contradiction]:
    """Return what would have happened after the attendance, a year more being borne."""
    next_year = col("age") + 1
    start = "smoking_start_age_years"
    return [
        *(
            Contradiction(col(name) > next_year, (name,))
            for name in (start, "age_at_menarche_years", "age_at_first_birth_years",
                         "age_at_menopause_years", "age_at_first_cancer_years")
        ),
        *(
            Contradiction(col(start) + col(name) > next_year, (start, name))
            for name in ("smoking_years", "years_since_stopping")
        ),
        Contradiction(col("smoking_years") > col("age") - 4, ("smoking_years",)),
        Contradiction((col("age") >= 60) & (col("pregnant") == "yes"), ("pregnant",)),
    ]  # fmt: skip


_WORKED = {
    "pack_years": Worked(
        ("cigarettes_per_day", "smoking_years"),
        col("cigarettes_per_day") / 20 * col("smoking_years"),
    ),
    "bmi_kg_m2": Worked(
        ("weight_kg", "height_cm"), col("weight_kg") / (col("height_cm") / 100) ** 2
    ),
    "waist_hip_ratio": Worked(("waist_cm", "hip_cm"), col("waist_cm") / col("hip_cm")),
    "pulse_pressure_mmhg": Worked(
        ("systolic_bp_mmhg", "diastolic_bp_mmhg"),
        col("systolic_bp_mmhg") - col("diastolic_bp_mmhg"),
    ),
    "non_hdl_cholesterol_mmol_l": Worked(
        ("total_cholesterol_mmol_l", "hdl_cholesterol_mmol_l"),
        col("total_cholesterol_mmol_l") - col("hdl_cholesterol_mmol_l"),
    ),
    "alcohol_g_per_day": Worked(
        ("beer_glasses_per_week", "wine_glasses_per_week", "spirits_glasses_per_week"),
        col("beer_glasses_per_week")
        + col("wine_glasses_per_week")
        + col("spirits_glasses_per_week"),
    ),
}
"""Their amount matters to nobody here, only whether there is one."""
