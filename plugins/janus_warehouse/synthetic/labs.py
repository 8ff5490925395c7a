"""What laboratories of targeted panels returned: chemicals and antibodies."""

import numpy as np
import polars as pl

from janus_warehouse.synthetic import texts
from janus_warehouse.synthetic.controls import OF_SAMPLES, WELLS, Controls
from janus_warehouse.synthetic.dirt import Fault
from janus_warehouse.synthetic.people import day
from janus_warehouse.synthetic.returns import (
    LabReturn,
    long_return,
    plant_cells,
    with_controls,
)
from janus_warehouse.synthetic.shipments import study_codes
from janus_warehouse.synthetic.streams import Ints, Stream
from janus_warehouse.synthetic.world import World

_CHEMICALS = {
    # name: (unit, median in thousandths of the unit, limit of detection in thousandths)
    "PFOA": ("ng/mL", 2600, 100), "PFOS": ("ng/mL", 18200, 100), "PFHXS": ("ng/mL", 900, 80),
    "PFNA": ("ng/mL", 480, 60), "PFDA": ("ng/mL", 170, 60), "PFUNDA": ("ng/mL", 110, 60),
    "PCB118": ("pg/mL", 142000, 20000), "PCB138": ("pg/mL", 410000, 20000),
    "PCB153": ("pg/mL", 690000, 20000), "PCB180": ("pg/mL", 360000, 20000),
    "DDE": ("pg/mL", 2100000, 40000), "DDT": ("pg/mL", 60000, 40000),
}  # fmt: skip
_ANTIGENS = {
    # name: (median of the negative, median of the positive, percent positive)
    "HPV16_L1": (60, 2400, 12), "HPV16_E6": (45, 3600, 3), "HPV16_E7": (50, 1900, 4),
    "HPV18_L1": (55, 1800, 8), "HPV18_E6": (40, 1500, 2), "EBV_VCA_IGA": (90, 1600, 14),
    "EBV_VCA_IGG": (300, 9800, 96), "EBV_EBNA1_IGA": (80, 1300, 11),
    "EBV_EBNA1_IGG": (200, 7400, 92), "EBV_EA_IGG": (110, 2100, 18),
}  # fmt: skip
_TOXICOLOGY = {
    "project": "pfas-testicular-cancer", "approval": "REK example 2026/0001 (made up)",
    "laboratory": "toxicology_lab", "platform": "targeted_chemistry",
    "platform_version": "LC-MS/MS 2.1", "method": "Isotope dilution and tandem mass spectrometry",
}  # fmt: skip
_SEROLOGY = {
    "project": "hpv-ebv-head-neck", "approval": "REK 2014/0871",
    "laboratory": "serology_lab", "platform": "multiplex_serology",
    "platform_version": "multiplex 4", "method": "Bead-based multiplex serology",
}  # fmt: skip
_SEROLOGY_HEADERS = {
    "study_code": "SampleCode", "analyte_code": "Antigen", "value": "MFI", "unit": "Unit",
    "status_code": "Status", "plate_id": "Plate", "well": "Well", "batch_id": "Batch",
    "run_date": "RunDate", "method_version": "Method",
}  # fmt: skip
_TIMES = np.array([8, 8, 8, 8, 8, 10, 12, 14, 16])
_BY = np.array([16, 14, 12, 10, 8, 8, 8, 8, 8])


def spread(stream: Stream, median: Ints) -> Ints:
    """Return whole numbers around a median, skewed as concentrations are.

    A factor between 1/16 and 16 is made of four factors between 1/2 and 2; no logarithm
    is needed, whose last digit could depend on the machine.
    """
    made = np.asarray(median, dtype=np.int64) * 4096
    for _ in range(4):
        step = stream.below(len(made), len(_TIMES))
        made = made * _TIMES[step] // _BY[step]
    return made // 4096


def toxicology(world: World, study: str, *, wrong_unit: bool = False) -> LabReturn:
    """Return a return of PFAS, PCB and DDT, with faults.

    Args:
        world: Whose samples.
        study: A key of `STUDIES`.
        wrong_unit: Whether the laboratory reports PCB and DDT in ng/mL against the agreement.
    """
    rows, stream = world.shipments.of(study), world.stream(f"toxicology {study}")
    codes = study_codes(world.shipments.code_number[rows])
    absent = _without_result(len(rows))
    names = list(_CHEMICALS)
    sample, analyte = samples_by_analytes(len(rows) - absent, len(names))
    median = np.array([m for _, m, _ in _CHEMICALS.values()])
    lod = np.array([limit for *_, limit in _CHEMICALS.values()])[analyte]
    amount = measured(stream, world.shipments.person[rows], median, sample, analyte)
    status = np.where(amount < lod, 1, 0)
    status = np.where(stream.chance(len(sample), 0.004), 2, status)
    status = np.where(stream.chance(len(sample), 0.003), 3, status)
    units = ["ng/mL" if wrong_unit else unit for unit, *_ in _CHEMICALS.values()]
    frame = pl.DataFrame({
        "study_code": pl.Series(codes).gather(sample),
        "analyte_code": texts.coded(names, analyte),
        "value": texts.without(texts.decimals(amount, 3, ","), status == 2),
        "unit": texts.coded(units, analyte),
        "lod": texts.decimals(lod, 3, ","),
        "status_code": texts.coded(("detected", "below_lod", "missing", "qc_failed"), status),
        **plates(sample, day(2019, 3, 4), "dd.MM.yyyy"),
        "method_version": pl.repeat("LC-MS/MS 2.1", len(sample), eager=True),
    })  # fmt: skip
    faults = [] if wrong_unit else _toxicology_faults()
    cells = plant_cells(frame, faults, world, f"dirt {study}")
    return long_return(
        form=_TOXICOLOGY, file="pfas_pcb.csv", separator=";",
        cells=with_controls(cells, _toxicology_controls(world, study, len(codes) - absent, units)),
        analytes=len(names), sheet=_sheet(codes, absent),
    )  # fmt: skip


def _toxicology_controls(world: World, study: str, samples: int, units: list[str]) -> pl.DataFrame:
    controls = Controls.beside(samples)
    median, limit = (np.array(part) for part in list(zip(*_CHEMICALS.values(), strict=True))[1:])
    amount = controls.measured(world.stream(f"controls {study}"), median)
    control, analyte = samples_by_analytes(len(controls.codes), len(median))
    # What is left in the vial of a blank is a fifth of the limit.
    amount = np.where(controls.is_blank[:, None], limit // 5, amount).ravel()
    lod = limit[analyte]
    return pl.DataFrame({
        "study_code": pl.Series(controls.codes).gather(control),
        "analyte_code": texts.coded(list(_CHEMICALS), analyte),
        "value": texts.decimals(amount, 3, ","),
        "unit": texts.coded(units, analyte),
        "lod": texts.decimals(lod, 3, ","),
        "status_code": texts.coded(("detected", "below_lod"), np.where(amount < lod, 1, 0)),
        **places(controls.plate[control], controls.place[control], day(2019, 3, 4), "dd.MM.yyyy"),
        "method_version": pl.repeat("LC-MS/MS 2.1", len(control), eager=True),
    })  # fmt: skip


def _toxicology_faults() -> list[Fault]:
    detected = pl.col("status_code") == "detected"
    return [
        _never_sent(),
        Fault("contradiction", ("below_lod_is_below",), {"status_code": "below_lod"}, detected),
        Fault("contradiction", ("number_or_reason",), {"value": None}, detected),
        Fault("repeated_key", ("key.unique",), pairs=True),
    ]


def _never_sent() -> Fault:
    # Codes and wells of their own, so that no two rows share a key and no two samples a place.
    number = pl.int_range(pl.len())
    code = "SX" + (number + 1_000_000).cast(pl.String)
    letter = (number // 12 % 8).replace_strict(dict(enumerate("ABCDEFGH")), return_dtype=pl.String)
    well = letter + (number % 12 + 1).cast(pl.String).str.zfill(2)
    rules = ("study_code_was_issued", "study_code_is_of_the_project")
    changed: dict[str, str | pl.Expr | None] = {
        "study_code": code, "plate_id": "P999", "well": well,
    }  # fmt: skip
    return Fault("unknown_reference", rules, changed)


def serology(world: World, *, corrected: bool) -> LabReturn:
    """Return the antibody results; the first version left one background in on two plates."""
    rows, stream = world.shipments.of("serology"), world.stream("serology")
    codes = study_codes(world.shipments.code_number[rows])
    names = list(_ANTIGENS)
    sample, analyte = samples_by_analytes(len(rows), len(names))
    low, high, positive_pct = (np.array(part) for part in zip(*_ANTIGENS.values(), strict=True))
    person = world.shipments.person[rows]
    positive = stream.below(len(person) * len(names), 100).reshape(-1, len(names)) < positive_pct
    median = np.where(positive[_first_of(person)], high, low)
    signal = measured(stream, person, median, sample, analyte)
    signal = np.minimum(signal * 10, 320_000)
    absent = stream.chance(len(sample), 0.005)
    if not corrected:
        unsubtracted = (sample // OF_SAMPLES < 2) & (analyte == names.index("EBV_EA_IGG"))
        signal = np.where(unsubtracted, signal + 300, signal)
    status = np.where(absent, 1, np.where(stream.chance(len(sample), 0.004), 2, 0))
    frame = pl.DataFrame({
        "study_code": pl.Series(codes).gather(sample),
        "analyte_code": texts.coded(names, analyte),
        "value": texts.without(texts.decimals(signal, 1), absent),
        "unit": pl.repeat("MFI", len(sample), eager=True),
        "status_code": texts.coded(("detected", "missing", "qc_failed"), status),
        **plates(sample, day(2016, 2, 1), "yyyy-MM-dd"),
        "method_version": pl.repeat("multiplex 4", len(sample), eager=True),
    })  # fmt: skip
    faults = [
        _never_sent(),
        Fault("contradiction", ("no_number_when_missing",), {"status_code": "missing"},
              pl.col("value").is_not_null()),
        Fault("repeated_key", ("key.unique",), pairs=True),
    ]  # fmt: skip
    cells = plant_cells(frame, faults, world, f"dirt serology {corrected}")
    return long_return(
        form=_SEROLOGY, file="hpv_ebv.csv", separator=",", headers=_SEROLOGY_HEADERS,
        cells=with_controls(cells, _serology_controls(world, len(rows))),
        analytes=len(names), has_specification=False,
    )  # fmt: skip


def _serology_controls(world: World, samples: int) -> pl.DataFrame:
    controls, stream = Controls.beside(samples), world.stream("controls serology")
    low = np.array([low for low, *_ in _ANTIGENS.values()])
    control, analyte = samples_by_analytes(len(controls.codes), len(low))
    signal = controls.measured(stream, low * 10)
    # A blank well has the light that the beads give by themselves.
    light = (20 + stream.below(signal.size, 21)).reshape(signal.shape)
    signal = np.where(controls.is_blank[:, None], light, signal).ravel()
    return pl.DataFrame({
        "study_code": pl.Series(controls.codes).gather(control),
        "analyte_code": texts.coded(list(_ANTIGENS), analyte),
        "value": texts.decimals(signal, 1),
        "unit": pl.repeat("MFI", len(control), eager=True),
        "status_code": pl.repeat("detected", len(control), eager=True),
        **places(controls.plate[control], controls.place[control], day(2016, 2, 1), "yyyy-MM-dd"),
        "method_version": pl.repeat("multiplex 4", len(control), eager=True),
    })  # fmt: skip


def _without_result(samples: int) -> int:
    """Return how many of the samples had too little serum to be measured."""
    return 2 if samples >= WELLS else 0


def _sheet(codes: list[str], absent: int) -> pl.DataFrame:
    """Return what the laboratory tells of its tubes; the last ones could not be measured."""
    measured = len(codes) - absent
    return pl.DataFrame({
        "sample_code": codes,
        "volume_used_ul": ["150"] * measured + ["0"] * absent,
        "thaws_after": ["1"] * len(codes),
        "missing_reason": [""] * measured + ["too little serum"] * absent,
    })  # fmt: skip


def measured(stream: Stream, person: Ints, median: Ints, sample: Ints, analyte: Ints) -> Ints:
    """Return what is measured in each cell: the person's amount, a few percent off.

    Args:
        stream: Of chances.
        person: Whose serum each sample is; a blinded duplicate has the person of another sample.
        median: Of each analyte, or of each sample and analyte.
        sample: Of each cell.
        analyte: Of each cell.
    """
    usual = np.broadcast_to(median, (len(person), median.shape[-1]))
    amount = spread(stream, usual.ravel()).reshape(usual.shape)[_first_of(person)]
    return amount[sample, analyte] * (970 + stream.below(len(sample), 61)) // 1000


def _first_of(person: Ints) -> Ints:
    """Return, for each sample, the first one of the same person."""
    _, first, inverse = np.unique(person, return_index=True, return_inverse=True)
    return first[inverse]


def samples_by_analytes(samples: int, analytes: int) -> tuple[Ints, Ints]:
    return np.repeat(np.arange(samples), analytes), np.tile(np.arange(analytes), samples)


def plates(sample: Ints, first_run: int, form: str) -> dict[str, pl.Series]:
    """Return plate, well, batch and run date of samples that fill plate after plate."""
    return places(sample // OF_SAMPLES, sample % OF_SAMPLES, first_run, form)


def places(plate: Ints, place: Ints, first_run: int, form: str) -> dict[str, pl.Series]:
    """Return plate, well, batch and run date, from plate and well from 0."""
    row = texts.coded("ABCDEFGH", place // 12)
    return {
        "plate_id": "P" + texts.whole(plate + 1).str.zfill(3),
        "well": row + texts.whole(place % 12 + 1).str.zfill(2),
        "batch_id": "B" + texts.whole(plate // 4 + 1),
        "run_date": texts.dates(first_run + plate * 2, form),
    }
