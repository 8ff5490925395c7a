"""What must become of the early surveys' answers, worked out here from the codebooks alone.

The rule files are not read: the same facts are written a second time, in other words, so that a
wrong rule and a wrong answer key would have to be wrong in the same way.
"""

from collections.abc import Sequence

import polars as pl

from janus_warehouse.synthetic.expected import VALUES

_YES_NO = {"9": "unknown"}
_GLASSES = {"88": "refused", "99": "unknown"}
_MAN = pl.col("sex") == 1


def expected(survey: str, frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return, for each variable that a survey tells, its values and its reasons, counted.

    Args:
        survey: `oslo_1972`, `counties_1974` or `counties_1985`.
        frame: The delivered rows that enter, one per person, as text; and `sex`, 1 or 2.

    Returns:
        By variable `values` and the missing reasons that occur; they add up to the rows. What the
        survey cannot tell is not there.
    """
    outcomes = {
        "oslo_1972": _oslo_1972,
        "counties_1974": _counties_1974,
        "counties_1985": _counties_1985,
    }[survey]()
    # An empty cell is read as null from a file and made as null by the codebooks.
    text = frame.with_columns(pl.col(pl.String).replace("", None))
    table = text.select(outcome.alias(variable) for variable, outcome in outcomes.items())
    return {
        variable: dict(sorted(table[variable].value_counts().iter_rows())) for variable in outcomes
    }


def _told(
    column: str,
    missing: dict[str, str],
    *,
    unasked: pl.Expr | None = None,
    why_unasked: str = "not_applicable",
    codes: str = "",
) -> pl.Expr:
    """Return what becomes of a column: a value, or the reason why there is none.

    Args:
        column: Name in the contract.
        missing: Reason of each of its missing codes.
        unasked: Whom the question was not put to; their cell is empty.
        why_unasked: The reason of theirs.
        codes: The codes that have a meaning; when not given, whatever is told is a number or text.
    """
    cell = pl.col(column)
    outcome = pl.lit(VALUES)
    if codes:
        outcome = pl.when(cell.is_in(list(codes))).then(outcome).otherwise(pl.lit("unmapped"))
    for code, reason in missing.items():
        outcome = pl.when(cell == code).then(pl.lit(reason)).otherwise(outcome)
    empty: pl.Expr = pl.lit("not_answered")
    if unasked is not None:
        empty = pl.when(unasked.fill_null(False)).then(pl.lit(why_unasked)).otherwise(empty)
    return pl.when(cell.is_null()).then(empty).otherwise(outcome)


def _contradicted(outcome: pl.Expr, contradiction: pl.Expr) -> pl.Expr:
    return pl.when(contradiction.fill_null(False)).then(pl.lit("inconsistent")).otherwise(outcome)


def _derived(*parts: pl.Expr) -> pl.Expr:
    """Return what becomes of a variable worked out from others: the first part that lacks tells."""
    outcome: pl.Expr = pl.lit(VALUES)
    for part in reversed(parts):
        outcome = pl.when(part == VALUES).then(outcome).otherwise(part)
    return outcome


def _more_than_none(column: str, missing: Sequence[str] = ("88", "99")) -> pl.Expr:
    return pl.col(column).is_not_null() & ~pl.col(column).is_in(["0", *missing])


def _oslo_1972() -> dict[str, pl.Expr]:
    never, former, daily = (pl.col("roykn") == code for code in "123")
    not_measured = {"999": "not_answered"}
    # Who never smoked cannot have begun; both answers go.
    began_and_never = never & _more_than_none("royalder", ["99"])
    height, weight = _told("hoyde", not_measured), _told("vekt", not_measured)
    systolic, diastolic = (_told(name, {"0": "not_answered"}) for name in ("sbt1", "dbt1"))
    return {
        "smoking_status": _contradicted(_told("roykn", _YES_NO, codes="123"), began_and_never),
        "cigarettes_per_day": _told("sigdag", {"99": "unknown"}, unasked=never | former),
        "former_cigarettes_per_day": _told("sigfor", {"99": "unknown"}, unasked=never | daily),
        "smoking_start_age_years": _contradicted(
            _told("royalder", {"0": "not_applicable", "99": "unknown"}), began_and_never
        ),
        "years_since_stopping": _told("sluttar", {"99": "unknown"}, unasked=never | daily),
        "smokes_pipe_or_cigars": _told("pipesig", _YES_NO, codes="12"),
        "height_cm": height,
        "weight_kg": weight,
        "bmi_kg_m2": _derived(weight, height),
        "systolic_bp_mmhg": systolic,
        "diastolic_bp_mmhg": diastolic,
        "pulse_pressure_mmhg": _derived(systolic, diastolic),
        "pulse_per_minute": _told("puls30", {"0": "not_answered"}),
        "total_cholesterol_mmol_l": _told("kol", not_measured),
        "triglycerides_mmol_l": _told("trig", not_measured),
        "leisure_activity": _told("fysfri", _YES_NO, codes="1234"),
        "work_activity": _told("fysarb", _YES_NO, codes="1234"),
        "beer_glasses_per_week": _told("olglas", _GLASSES),
        "spirits_glasses_per_week": _told("brennev", _GLASSES),
        "milk_glasses_per_day": _told("melk", {"99": "unknown"}),
        "bread_spread": _told("smor", _YES_NO, codes="1234"),
        "fish_frequency": _told("fisk", _YES_NO, codes="1234"),
        "takes_cod_liver_oil": _told("tran", _YES_NO, codes="12"),
        "occupation": _told("yrke", {}),
        "marital_status": _told("sivil", {"X": "unknown"}, codes="UGEF"),
        "household_size": _told("hush", {"99": "unknown"}),
        "shift_work": _told("skift", {"7": "not_applicable", "9": "unknown"}, codes="12"),
        "myocardial_infarction": _told("infarkt", _YES_NO, codes="12"),
        "angina": _told("brystkr", _YES_NO, codes="12"),
        "stroke": _told("slag", _YES_NO, codes="12"),
        "diabetes": _told("sukker", _YES_NO, codes="12"),
        "family_heart_attack": _told("famhj", {"3": "unknown", "9": "not_answered"}, codes="12"),
        "bp_medicine": _told("medtrykk", _YES_NO, codes="123"),
        "hours_since_meal": _told("fast", {"99": "unknown"}),
        "fasting": _told("fast", {"99": "unknown"}),
    }


def _counties_1974() -> dict[str, pl.Expr]:
    other = pl.col("royk") == "0"
    not_measured = {"999": "not_answered"}
    height, weight = _told("hcm", not_measured), _told("vkg", not_measured)
    systolic, diastolic = (_told(name, {"0": "not_answered"}) for name in ("sys", "dia"))
    cigarettes = _told("rant", {"99": "unknown"}, unasked=other)
    # Of who does not smoke daily, nobody asked about the past.
    years, start = (
        _told(name, {"99": "unknown"}, unasked=other, why_unasked="not_asked")
        for name in ("raar", "raldr")
    )
    return {
        "smoking_status": _told("royk", {"0": "not_asked", "9": "unknown"}, codes="1"),
        "cigarettes_per_day": cigarettes,
        "smoking_years": years,
        "smoking_start_age_years": start,
        "pack_years": _derived(cigarettes, years),
        "smokes_pipe_or_cigars": _told("pipe", _YES_NO, codes="01"),
        "height_cm": height,
        "weight_kg": weight,
        "bmi_kg_m2": _derived(weight, height),
        "systolic_bp_mmhg": systolic,
        "diastolic_bp_mmhg": diastolic,
        "pulse_pressure_mmhg": _derived(systolic, diastolic),
        "total_cholesterol_mmol_l": _told("chol", {"99.9": "not_answered"}),
        "leisure_activity": _told("fysakt", _YES_NO, codes="1234"),
        "work_activity": _told("arbakt", _YES_NO, codes="1234"),
        **_counties_1974_asked(),
    }


def _counties_1974_asked() -> dict[str, pl.Expr]:
    dry_with_beer = (pl.col("alko") == "0") & _more_than_none("ol14")
    drinks = _told("alko", {"8": "refused", "9": "unknown"}, codes="01234")
    meal = {"77": "refused", "99": "unknown"}
    return {
        "alcohol_frequency": _contradicted(drinks, dry_with_beer),
        "teetotaller": _contradicted(drinks, dry_with_beer),
        "beer_glasses_per_week": _contradicted(_told("ol14", _GLASSES), dry_with_beer),
        "milk_glasses_per_day": _told("melkuke", {"99": "unknown"}),
        "milk_type": _told("melkslag", _YES_NO, codes="012"),
        "bread_slices_per_day": _told("skiver", {"99": "unknown"}),
        "bread_spread": _told("fett", _YES_NO, codes="0123"),
        "fruit_frequency": _told("frukt", _YES_NO, codes="1234"),
        "fish_frequency": _told("fiskuke", _YES_NO, codes="01234567"),
        "takes_cod_liver_oil": _told("tran", _YES_NO, codes="012"),
        "marital_status": _told("sivst", _YES_NO, codes="12345"),
        "shift_work": _told("skift", _YES_NO, codes="01"),
        "myocardial_infarction": _told("hjerte", _YES_NO, codes="01"),
        "angina": _told("angina", _YES_NO, codes="01"),
        "diabetes": _told("diab", _YES_NO, codes="01"),
        "asthma": _told("astma", _YES_NO, codes="01"),
        "family_heart_attack": _told("slekt", _YES_NO, codes="01"),
        "bp_medicine": _told("medbt", _YES_NO, codes="012"),
        "hours_since_meal": _told("timmat", meal),
        "fasting": _told("timmat", meal),
    }


def _counties_1985() -> dict[str, pl.Expr]:
    measured = {
        "height_cm": _told("hoyde_m", {"9,99": "not_answered"}),
        "weight_kg": _told("vekt", {"999": "not_answered"}),
        "systolic_bp_mmhg": _told("sbtmid", {"0": "not_answered"}),
        "diastolic_bp_mmhg": _told("dbtmid", {"0": "not_answered"}),
        "total_cholesterol_mmol_l": _told("kolest", {"99": "not_answered"}),
        "hdl_cholesterol_mmol_l": _told("hdlkol", {"99": "not_answered"}),
    }
    return {
        **_counties_1985_smoking(),
        **measured,
        "bmi_kg_m2": _derived(measured["weight_kg"], measured["height_cm"]),
        "pulse_pressure_mmhg": _derived(
            measured["systolic_bp_mmhg"], measured["diastolic_bp_mmhg"]
        ),
        "non_hdl_cholesterol_mmol_l": _derived(
            measured["total_cholesterol_mmol_l"], measured["hdl_cholesterol_mmol_l"]
        ),
        "exercise_frequency": _told("mosjon", _YES_NO, codes="12345"),
        **_counties_1985_alcohol(),
        "coffee_cups_per_day": _told("kaffekop", {"99": "unknown"}),
        "tea_cups_per_day": _told("tekop", {"99": "unknown"}),
        "milk_glasses_per_day": _told("melkgl", {"99": "unknown"}),
        "milk_type": _told("melktyp", _YES_NO, codes="1234"),
        "fruit_frequency": _told("frukt", _YES_NO, codes="12345"),
        "vegetable_frequency": _told("gronn", _YES_NO, codes="12345"),
        "fish_frequency": _told("fisk", _YES_NO, codes="12345"),
        "marital_status": _told("samliv", {"8": "refused", "9": "unknown"}, codes="123456"),
        "employment": _told("yrkakt", _YES_NO, codes="1234567"),
        **_counties_1985_women(),
        "self_rated_health": _told("helse", _YES_NO, codes="1234"),
        "stroke": _told("slag", _YES_NO, codes="12"),
        "diabetes": _told("sukkersyk", _YES_NO, codes="12"),
        "asthma": _told("astma", _YES_NO, codes="12"),
        "bp_medicine": _told("blodtmed", _YES_NO, codes="123"),
        "painkiller_frequency": _told("smertest", _YES_NO, codes="1234"),
        "fasting": _told("fastet", _YES_NO, codes="12"),
    }


def _counties_1985_smoking() -> dict[str, pl.Expr]:
    daily, others = (pl.col("roykdag") == code for code in "12")
    before, not_before = (pl.col("roykfor") == code for code in "12")
    status = pl.when(daily | (others & (before | not_before))).then(pl.lit(VALUES))
    not_known = pl.col("roykdag").is_in(["9"]) | pl.col("roykfor").is_in(["8", "9"])
    left_open = pl.col("roykdag").is_null() | pl.col("roykfor").is_null()
    return {
        "smoking_status": status.when(not_known)
        .then(pl.lit("unknown"))
        .when(left_open)
        .then(pl.lit("not_answered"))
        .otherwise(pl.lit("unknown")),
        "cigarettes_per_day": _told("antsig", {"99": "unknown"}, unasked=others),
        "smoking_start_age_years": _told(
            "startald", {"99": "unknown"}, unasked=others & not_before
        ),
        "years_since_stopping": _told("slutaar", {"9999": "unknown"}, unasked=daily | not_before),
        "passive_smoking_hours_per_day": _told("passiv", {"77": "refused", "99": "unknown"}),
    }


def _counties_1985_alcohol() -> dict[str, pl.Expr]:
    never = pl.col("alkofrek") == "1"
    columns = {"beer": "olgl", "wine": "vingl", "spirits": "brgl"}
    drinks = {column: never & _more_than_none(column) for column in columns.values()}
    often = _contradicted(
        _told("alkofrek", {"8": "refused", "9": "unknown"}, codes="123456"),
        pl.any_horizontal(*drinks.values()),
    )
    glasses = {
        drink: _contradicted(_told(column, _GLASSES), drinks[column])
        for drink, column in columns.items()
    }
    return {
        "alcohol_frequency": often,
        "teetotaller": often,
        **{f"{drink}_glasses_per_week": outcome for drink, outcome in glasses.items()},
        "alcohol_g_per_day": _derived(*glasses.values()),
    }


def _counties_1985_women() -> dict[str, pl.Expr]:
    pregnant = _told("gravid", {"3": "unknown", "9": "not_answered"}, unasked=_MAN, codes="12")
    return {
        "age_at_menarche_years": _told("menarke", {"99": "unknown"}, unasked=_MAN),
        "children_born": _told("barn", {"99": "unknown"}, unasked=_MAN),
        "age_at_first_birth_years": _told(
            "fodsel1", {"99": "unknown"}, unasked=_MAN | (pl.col("barn") == "0")
        ),
        "periods_stopped": _told("mensslut", _YES_NO, unasked=_MAN, codes="12"),
        "age_at_menopause_years": _told(
            "mensald", {"99": "unknown"}, unasked=_MAN | (pl.col("mensslut") == "2")
        ),
        "oral_contraceptives": _told(
            "ppille", {"8": "refused", "9": "unknown"}, unasked=_MAN, codes="123"
        ),
        "pregnant": _contradicted(pregnant, _MAN & (pl.col("gravid") == "1")),
    }
