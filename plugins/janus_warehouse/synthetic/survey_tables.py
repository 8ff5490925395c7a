"""The survey deliveries' tables: codebooks filled in, and faults planted."""

import polars as pl

from janus_warehouse.synthetic import codebooks
from janus_warehouse.synthetic.census import number_faults
from janus_warehouse.synthetic.dirt import Fault, plant
from janus_warehouse.synthetic.inventory import Table
from janus_warehouse.synthetic.surveys import Visit
from janus_warehouse.synthetic.world import World


def _over(column: str, missing: str) -> pl.Expr:
    return pl.col(column).is_not_null() & (pl.col(column) != missing)


def _equal(diastolic: str, systolic: str) -> dict[str, str | pl.Expr | None]:
    return {diastolic: pl.col(systolic)}


def _normal(systolic: str) -> pl.Expr:
    # A diastolic pressure as high as this one still lies within its own range.
    return pl.col(systolic).cast(pl.Float64, strict=False).is_between(100, 170)


FAULTS: dict[str, list[Fault]] = {
    "oslo_1972": [
        Fault("bad_code", ("roykn.codes",), {"roykn": "7"}, pl.col("sigdag").is_null()),
        Fault("impossible_date", ("attended_date.type",), {"attended_date": "30.02.1973"}),
        Fault("implausible_value", ("hoyde.range",), {"hoyde": "17"}),
        Fault("implausible_value", ("kol.range",), {"kol": "6"}),
        Fault("contradiction", ("dbt1_below_sbt1",), _equal("dbt1", "sbt1"), _normal("sbt1")),
        Fault("suspicious", (), {"royalder": "15"}, pl.col("roykn") == "1", warns=True),
        Fault("suspicious", (), {"hush": "1"}, pl.col("sivil") == "G", warns=True),
    ],
    "counties_1974": [
        Fault("bad_code", ("kaffe.codes",), {"kaffe": "7"}),
        Fault("impossible_date", ("attended_date.type",), {"attended_date": "31061975"}),
        Fault("implausible_value", ("sys.range",), {"sys": "410"}, _over("dia", "0")),
        Fault("implausible_value", ("attended_in_survey_period",), {"attended_date": "03051984"}),
        Fault("contradiction", ("dia_below_sys",), _equal("dia", "sys"), _normal("sys")),
        Fault("suspicious", (), {"ol14": "12"}, pl.col("alko") == "0", warns=True),
    ],
    "counties_1985": [
        Fault("bad_code", ("mosjon.codes",), {"mosjon": "6"}),
        Fault("impossible_date", ("attended_date.type",), {"attended_date": "1986-13-05"}),
        Fault("implausible_value", ("hoyde_m.range",), {"hoyde_m": "178"}),
        Fault("bad_form", ("kolest.type",), {"kolest": "6.12"}),
        Fault("contradiction", ("former_smoking_only_asked_of_others",), {"roykfor": "1"},
              pl.col("roykdag") == "1"),
        # A man is whose children were not asked for.
        Fault("suspicious", (), {"gravid": "1"}, pl.col("barn").is_null(), warns=True),
        Fault("suspicious", (), {"vingl": "7"}, pl.col("alkofrek") == "1", warns=True),
    ],
    "age40_1990": [
        Fault("bad_code", ("helse.codes",), {"helse": "6"}),
        Fault("bad_code", ("utd.codes",), {"utd": "0"}),
        Fault("impossible_date", ("attended_date.type",), {"attended_date": "19940631"}),
        Fault("implausible_value", ("hoyde.range",), {"hoyde": "17.8"},
              pl.col("vekt") == "999"),
        Fault("implausible_value", ("gluk.range",), {"gluk": "552"}),
        Fault("implausible_value", ("sbt1.range",), {"sbt1": "320"}, _over("dbt1", "0")),
        Fault("contradiction", ("dbt2_below_sbt2",), _equal("dbt2", "sbt2"), _normal("sbt2")),
        Fault("contradiction", ("municipality_in_county",), {"fylke": "20"},
              ~pl.col("komm").str.starts_with("20")),
        Fault("contradiction", ("stopping_only_of_former_smokers",), {"royksl": "4"},
              pl.col("royktid") == "2"),
        Fault("missing_required", ("kjonn.required",), {"kjonn": None}),
        Fault("suspicious", ("teetotaller_drinks_nothing",), {"avhold": "1"},
              pl.col("glol").is_in(["3", "4", "5"]) & pl.col("glvin").is_in(["1", "2"])
              & (pl.col("glbrenn") != "99"), warns=True),
    ],
    "hubro_2000": [
        Fault("bad_code", ("smoke.codes",), {"smoke": pl.lit(5.0)}, pl.col("ystop").is_null()),
        Fault("implausible_value", ("height.range",), {"height": pl.lit(1.78)}),
        Fault("implausible_value", ("tchol.range",), {"tchol": pl.lit(231.0)}),
        Fault("contradiction", ("dbp2_below_sbp2",), _equal("dbp2", "sbp2"), _normal("sbp2")),
        Fault("missing_required", ("attended_date.required",),
              {"attended_date": pl.lit(None, dtype=pl.Int64)}),
        Fault("bad_code", ("marstat.codes",), {"marstat": pl.lit(9.0)}),
        Fault("implausible_value", ("menarch.range",), {"menarch": pl.lit(44.0)},
              pl.col("menarch") > 0),
        Fault("contradiction", ("stopping_only_of_former_smokers",), {"ystop": pl.lit(4.0)},
              pl.col("smoke") == 3),
        Fault("contradiction", ("first_birth_only_of_mothers",), {"ageb1": pl.lit(24.0)},
              pl.col("nbirth") == 0),
        Fault("suspicious", ("pregnancy_of_women",), {"pregn": pl.lit(1.0)},
              pl.col("sex") == 1, warns=True),
    ],
    "donors_form": [
        Fault("bad_code", ("blodtype.codes",), {"blodtype": "C+"}),
        Fault("impossible_date", ("attended_date.type",), {"attended_date": "31.09.1981"}),
        Fault("implausible_value", ("hb.range",), {"hb": "145"}),
        Fault("bad_form", ("vektkg.type",), {"vektkg": "72 kg"}),
        Fault("implausible_value", ("puls.range",), {"puls": "7"}),
        Fault("suspicious", ("pregnancy_of_women",), {"gravid": "J"},
              pl.col("kjonn") == "M", warns=True),
    ],
}  # fmt: skip
"""Faults of each survey beside those of identity numbers.

A suspicious row enters. Where no rule of the contract warns of it, the warehouse must find that
its answers contradict each other.
"""


def survey(world: World, source: str, table: str) -> Table:
    """Return a survey's table, with faults.

    Args:
        world: Whom it asks.
        source: `health_surveys` or `red_cross`.
        table: The survey, named as in its contract.
    """
    visit = Visit.of(world, "red_cross" if source == "red_cross" else table)
    frame = getattr(codebooks, table)(visit)
    faults = [*number_faults(world), *FAULTS[table]]
    return plant(frame, world.contracts[source, table], faults, world.stream(f"dirt {table}"))
