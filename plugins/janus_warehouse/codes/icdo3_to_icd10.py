"""`janus codes icdo3-to-icd10`: what a tumour in ICD-O-3 is in ICD-10 and in the statistics."""

import polars as pl

from janus_warehouse.codes.cases import behaviours_disagree, code_columns, plain_codes
from janus_warehouse.codes.dates import WAYS, day_of
from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import CodeTool, first_problem

_KNOWN = ("is_known_topography", "is_known_morphology")
TRIPLE = code_columns()


def convert(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the ICD-10 code, edition, entities, group and problems of each row.

    Codes are read with or without the point, in any case; `8500/3` in the morphology gives the
    behaviour too. Each distinct triple is looked at once, by the models that build the warehouse.

    Args:
        rows: Text columns `topography_code`, `morphology_code`, `behaviour_code`, `sex_code` and
            `incidence_date` (or a year); missing is null.
    """
    written = rows.select(
        *plain_codes(), behaviours_disagree().alias("disagree"), "sex_code", *_year()
    )
    triples = written.select(TRIPLE).unique().drop_nulls()
    classified = classify(triples)
    answered = written.join(classified, on=TRIPLE, how="left", maintain_order="left")
    return _with_problems(answered)


def classify(triples: pl.DataFrame) -> pl.DataFrame:
    """Return each distinct triple with its classification, its entities and their sex."""
    given = {"int_tumour_codes__distinct": triples}
    classified = run_model("int_tumour_codes__classified", given)
    entities = run_model("cancer_entity", {}).select(
        "cancer_entity_code", "entity_level", pl.col("sex_code").alias("entity_sex")
    )
    counted = (
        run_model("int_tumour_codes__entities", given)
        .join(entities, on="cancer_entity_code", how="inner")
        .sort("entity_level", descending=True)
        .group_by(TRIPLE, maintain_order=True)
        .agg(
            pl.col("cancer_entity_code").str.join(",").alias("cancer_entity_codes"),
            pl.col("entity_sex").drop_nulls().first(),
        )
    )
    return classified.join(counted, on=TRIPLE, how="left")


def _year() -> list[pl.Expr]:
    given = pl.col("incidence_date")
    alone = given.str.extract(r"^(\d{4})(?:-\d{2})?$", 1).cast(pl.Int32)
    year = pl.coalesce(day_of("incidence_date").dt.year(), alone)
    return [year.alias("year"), (given.is_not_null() & year.is_null()).alias("is_no_date")]


def _with_problems(rows: pl.DataFrame) -> pl.DataFrame:
    """Say in words what a coder should look at; the first of several, in the order of the list."""
    editions = run_model("icdo3_edition", {})
    since = editions.filter(pl.col("icdo3_edition") > "3.0").select(
        "icdo3_edition", pl.col("valid_from").dt.year().alias("since_year")
    )
    until = editions.select(
        pl.col("icdo3_edition").alias("last_icdo3_edition"),
        pl.col("valid_to").dt.year().alias("until_year"),
    )
    rows = rows.join(since, on="icdo3_edition", how="left", maintain_order="left")
    rows = rows.join(until, on="last_icdo3_edition", how="left", maintain_order="left")
    missing = pl.any_horizontal(pl.col(name).is_null() for name in TRIPLE)
    problems = [
        (missing, "topography, morphology or behaviour is missing"),
        (pl.col("disagree"), "the behaviour in the morphology is not the one beside it"),
        (~pl.col("is_known_topography"), "the topography is no code of ICD-O-3"),
        (~pl.col("is_known_histology"), "the morphology is no code of ICD-O-3"),
        (
            ~pl.col("is_known_morphology"),
            "ICD-O-3 does not list the morphology with this behaviour",
        ),
        (pl.col("icd10_code").is_null(), "ICD-10 has no code for this behaviour at this site"),
        (
            pl.col("entity_sex").is_not_null()
            & pl.col("sex_code").is_in(["1", "2"])
            & (pl.col("entity_sex") != pl.col("sex_code")),
            "the site is of the other sex",
        ),
        (
            pl.col("since_year") > pl.col("year"),
            "the morphology came with a later edition of ICD-O-3",
        ),
        (
            pl.col("until_year") < pl.col("year"),
            "the morphology went out with a later edition of ICD-O-3",
        ),
        (pl.col("is_no_date"), f"incidence_date is no year and no date like {WAYS}"),
        (~pl.col("sex_code").is_in(["1", "2"]), "sex_code is neither 1 nor 2"),
    ]
    return rows.with_columns(
        first_problem(problems),
        *(pl.when(~missing).then(pl.col(name).fill_null(False)).alias(name) for name in _KNOWN),
    ).rename({"icdo3_edition": "edition"})


def _legend() -> dict[str, dict[str, str]]:
    listed = {
        "Codes of site_group_code": ("site_group", "site_group_code"),
        "Codes of cancer_entity_codes": ("cancer_entity", "cancer_entity_code"),
    }
    return {
        title: dict(run_model(seed, {}).select(code, "label_en").iter_rows())
        for title, (seed, code) in listed.items()
    }


TOOL = CodeTool(
    does="Give the ICD-10 code, cancer entities and site group of tumours in ICD-O-3.",
    required={
        "topography_code": "ICD-O-3 topography, C50.9 or C509",
        "morphology_code": "ICD-O-3 morphology, 8500 or 8500/3",
    },
    optional={
        "behaviour_code": "behaviour 0, 1, 2, 3 or 6, where the morphology does not hold it",
        "sex_code": "1 man, 2 woman: tells sites of the other sex",
        "incidence_date": (
            f"year, or day as in {WAYS}: tells morphologies of a later edition, and those taken out"
        ),
    },
    adds={
        "icd10_code": "ICD-10 code without the point; empty where there is none",
        "is_known_topography": (
            "true or false: whether ICD-O-3 has the topography; empty where a code is missing"
        ),
        "is_known_morphology": (
            "true or false: whether ICD-O-3 lists the morphology with the behaviour; empty where "
            "a code is missing"
        ),
        "edition": "first edition of ICD-O-3 that does: 3.0, 3.1 or 3.2",
        "cancer_entity_codes": (
            "entities of the Nordic statistics, the narrowest first, with a comma between"
        ),
        "site_group_code": "group of sites on the warehouse's pages",
        "problem": "what to look at, in words; empty where nothing is",
    },
    run=convert,
    example="topography_code,morphology_code\nC50.9,8500/3\nC44.3,8090/3\nC77.1,9680/3",
    legend=_legend,
)
