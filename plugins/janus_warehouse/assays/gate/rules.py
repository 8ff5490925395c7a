"""The rules about a return as a whole: consequence, what is counted, and what mends it.

The order is the weight: what a laboratory has to do first comes first.
"""

from dataclasses import dataclass

from janus_warehouse.contracts.rules import Tolerance

SUBJECT = "return"
"""Under this name the results of these rules stand in `ops.check_results`."""

NONE = Tolerance(0, "rows")
ANY = Tolerance(100, "percent")
FEW = Tolerance(0.5, "percent")
SOME = Tolerance(1, "percent")


@dataclass(frozen=True)
class GateRule:
    """One rule of the gate.

    Attributes:
        rule_id: Its name in ledgers, quarantine and reports.
        title: What must hold.
        consequence: `refuse`, `quarantine` (failing rows stay out, more than the tolerance
            refuses) or `warn`.
        tolerance: How much is borne.
        dimension: Of data quality, as in the contracts.
        counted: What is counted, in the plural.
        mend: What the laboratory must do.
        needs: What must be known for it: `donors`, `tubes` (which codes are blinded duplicates),
            `other projects`, `earlier returns`, `projects`. A laboratory that asks by itself
            knows none of these.
    """

    rule_id: str
    title: str
    consequence: str
    tolerance: Tolerance
    dimension: str
    counted: str
    mend: str
    needs: frozenset[str] = frozenset()


def _rule(
    rule_id: str, title: str, consequence: str, tolerance: Tolerance, dimension: str,
    counted: str, mend: str, *needs: str,
) -> GateRule:  # fmt: skip
    return GateRule(f"gate.{rule_id}", title, consequence, tolerance, dimension, counted, mend,
                    frozenset(needs))  # fmt: skip


RULES: tuple[GateRule, ...] = (
    _rule("sent_to_laboratory", "The bank sent tubes of the project to the laboratory",
          "refuse", NONE, "consistency", "returns",
          "Write project and laboratory in return.yaml as they stand in the shipment's manifest."),
    _rule("platform_known", "The platform is one of the bank's list",
          "refuse", NONE, "conformity", "returns",
          "Write the platform in return.yaml by its code."),
    _rule("approval_in_force", "The project's approval was in force",
          "refuse", NONE, "consistency", "returns",
          "Ask the bank: the approval must be prolonged before the results can enter.",
          "projects"),
    _rule("duplicates_agree", "Blinded duplicates agree",
          "refuse", NONE, "accuracy", "plates",
          "Compare the plate's layout with the order of the results: is the plate turned, or "
          "exchanged with another? Correct codes or wells and send the files again.", "tubes"),
    _rule("sexes_agree", "Markers of sex fit the donors",
          "refuse", NONE, "accuracy", "plates",
          "Look whether plates were exchanged or samples shifted; correct the codes and send the "
          "files again.", "donors"),
    _rule("codes_issued", "Every code was issued by the bank",
          "quarantine", FEW, "consistency", "rows",
          "Correct the codes to those on the tubes and send the files again; if the tube truly "
          "carries the code, tell the bank."),
    _rule("codes_of_project", "Every code was issued to this project and sent to this laboratory",
          "quarantine", FEW, "consistency", "rows",
          "Take these samples out, and return them with the project they belong to.",
          "other projects"),
    _rule("codes_doubled", "A sample that was run more than once has replicate numbers",
          "quarantine", SOME, "uniqueness", "rows",
          "Give each run of the sample its replicate number (1, 2, …), or correct the code if "
          "another tube was meant."),
    _rule("codes_complete", "Every code that was sent came back or is missing for a reason",
          "refuse", NONE, "completeness", "codes",
          "Send the results, or write each code into samples.csv with its missing_reason (for "
          "example `broken`, `used up`, `comes with the next return`)."),
    _rule("plates_whole", "No plate is cut short",
          "refuse", NONE, "completeness", "plates",
          "Export the plate again, to its last well, and send the file again."),
    _rule("sheets_whole", "No file is cut short",
          "refuse", NONE, "completeness", "files",
          "Export the file again and compare its last line before sending."),
    _rule("files_agree_on_cells", "Two files do not report one result twice and differently",
          "refuse", NONE, "consistency", "results",
          "Decide which file is right and leave the other out; two runs of a sample need "
          "replicate numbers."),
    _rule("files_agree_on_limits", "Two files state the same limits and units",
          "refuse", NONE, "consistency", "analytes",
          "Correct limit or unit in the file that is wrong; limits that belong to one plate need "
          "the plate beside them."),
    _rule("units_stated", "Every number has a unit",
          "refuse", NONE, "completeness", "analytes",
          "Write the unit of each analyte into the column unit of analytes.csv."),
    _rule("units_known", "The unit is one of the analyte's",
          "refuse", NONE, "conformity", "analytes",
          "Report in the unit that was agreed, or name the unit correctly."),
    _rule("units_plausible", "Numbers are of the size that the unit makes likely",
          "refuse", NONE, "accuracy", "analytes",
          "Look whether the unit that stands there is the unit of the numbers, and correct one "
          "of them."),
    _rule("samples_sized", "The numbers of a sample are of the size of the others'",
          "quarantine", SOME, "accuracy", "samples",
          "Look whether these samples stand in another unit, and bring them to that of the others; "
          "take out what failed, and write it into samples.csv with its missing_reason."),
    _rule("values_differ", "Results of an analyte are not all the same",
          "refuse", NONE, "accuracy", "analytes",
          "Look whether a cell was filled down the column, or one number put in the place of "
          "all; report what was measured."),
    _rule("values_not_copied", "No two samples have the same results throughout",
          "refuse", NONE, "uniqueness", "codes",
          "One of the samples has the other's results: report what was measured in each."),
    _rule("analytes_known", "The dictionary has every analyte",
          "refuse", NONE, "conformity", "analytes",
          "Correct the name; if the analyte is new, ask the bank to enter it into its dictionary, "
          "and the same return can be taken up."),
    _rule("values_not_negative", "No concentration is negative",
          "quarantine", FEW, "accuracy", "results",
          "Report below the limit of detection what the instrument gives below zero, with the "
          "status below_lod and the cell of the number empty."),
    _rule("values_in_limits", "Numbers lie within what the platform can give",
          "quarantine", FEW, "accuracy", "results",
          "Look for shifted columns and lost decimal points, and send the file again."),
    _rule("values_whole", "A platform that counts gives whole numbers",
          "quarantine", FEW, "conformity", "results",
          "Send the counts as they were counted: not scaled, not normalised, not rounded."),
    _rule("cells_vary", "No analyte and no sample of a matrix has one number throughout",
          "quarantine", SOME, "accuracy", "results",
          "Look whether a cell was filled along the row or the column; report what was measured."),
    _rule("status_fits_number", "Status, number and limits agree",
          "quarantine", FEW, "consistency", "results",
          "Correct the status or the limit; the number is reported as the instrument gave it, "
          "never the limit in its place."),
    _rule("places_possible", "Plates and wells are possible places",
          "quarantine", FEW, "conformity", "samples",
          "Write wells as A01 to H12 (96 wells) or A01 to P24 (384 wells), each with its plate."),
    _rule("places_used_once", "One well holds one sample",
          "quarantine", FEW, "uniqueness", "samples",
          "Correct plate or well of the samples that stand in one place."),
    _rule("run_dates_possible", "Runs lie between shipment and return",
          "quarantine", FEW, "accuracy", "samples",
          "Correct the date of the run, written as 2026-12-31."),
    _rule("donors_consent", "Samples are of donors who still consent",
          "quarantine", ANY, "consistency", "rows",
          "Nothing to do to the files: these results are dropped. Destroy what is left of the "
          "samples as the agreement says, and confirm it to the bank.", "donors"),
    _rule("cells_complete", "Every sample has a line for every analyte of its file",
          "warn", ANY, "completeness", "samples",
          "Next time write a line with the status missing where there is no result."),
    _rule("values_finite", "Every number is finite",
          "warn", ANY, "conformity", "results",
          "They are taken as missing: leave such cells empty and say with the status why."),
    _rule("reason_without_result", "What is missing for a reason has no results",
          "warn", ANY, "consistency", "codes",
          "Take the missing_reason away, or the results."),
    _rule("marker_of_other_sex", "Hardly any donor has a marker of the other sex",
          "warn", ANY, "accuracy", "donors",
          "A few are possible; look whether these samples were exchanged.", "donors"),
    _rule("approval_named", "The return names the project's approval",
          "warn", ANY, "consistency", "returns",
          "Write the reference of the approval in return.yaml as the agreement has it.",
          "projects"),
    _rule("embargo_to_come", "An embargo ends after the return",
          "warn", ANY, "consistency", "returns",
          "Leave embargo_until out, or write the day on which it ends."),
)  # fmt: skip

RULES_BY_ID = {rule.rule_id: rule for rule in RULES}
WEIGHT = {rule.rule_id: place for place, rule in enumerate(RULES)}

OF_MATRICES = ("gate.samples_sized", "gate.values_whole", "gate.cells_vary")
"""Rules about values that are in a matrix."""

TOLD_BY = {
    "study_code_was_issued": {"gate.codes_issued"},
    "study_code_is_of_the_project": {"gate.codes_issued", "gate.codes_of_project"},
    "key.unique": {"gate.codes_doubled"},
    "unit_is_stated": {"gate.units_stated"},
    "below_lod_is_below": {"gate.status_fits_number"},
    "detected_is_not_below": {"gate.status_fits_number"},
    "above_uloq_is_above": {"gate.status_fits_number"},
    "well.pattern": {"gate.places_possible"},
    "value_is_not_negative": {"gate.values_not_negative"},
    "value_in_limits": {"gate.values_in_limits"},
    "value_is_whole": {"gate.values_whole"},
    "status_fits_the_value": {"gate.status_fits_number"},
    "analyte_varies": {"gate.cells_vary"},
    "sample_varies": {"gate.cells_vary"},
}
"""Rule of the contracts → rules of the gate that say the same, with more. Where one of them
speaks, the sentence of the contract is left out."""


def told_by(speaking: set[str]) -> frozenset[str]:
    """Return the rules of the contracts that are left out when rules of the gate speak."""
    return frozenset(rule for rule, those in TOLD_BY.items() if those & speaking)
