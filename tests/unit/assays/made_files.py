"""Small valid files of wide formats, made up; tests spoil them."""

from pathlib import Path

import openpyxl
from openpyxl.styles import PatternFill

ADAT = "\r\n".join(
    "\t".join(cells)
    for cells in [
        ["^HEADER"], ["!Version", "1.2"], ["!AssayType", "Study"], ["!AssayVersion", "V4.1"],
        ["!StudyMatrix", "Serum"], ["!ProcessSteps", "Raw RFU, Hyb Normalization"],
        ["PlateScale_Scalar_Plate_1", "1.08"], ["PlateTailTest_Plate_1", "PASS"],
        ["^COL_DATA"],
        ["!Name", "SeqId", "TargetFullName", "UniProt", "Units", "Dilution", "ColCheck"],
        ["!Type", *["String"] * 6],
        ["^ROW_DATA"],
        ["!Name", "PlateId", "PlateRunDate", "PlatePosition", "SampleId", "SampleType", "RowCheck",
         "NormScale_20"],
        ["!Type", *["String"] * 7],
        ["^TABLE_BEGIN"],
        *[
            [""] * 7 + cells for cells in [
                ["SeqId", "10000-28", "10001-7", "10003-15"],
                ["TargetFullName", "Crystallin", "Kinase", "Finger"],
                ["UniProt", "P43320", "P04049", "P51814 P00001"],
                ["Units", "RFU", "RFU", "RFU"],
                ["Dilution", "20", "0.5", "20"],
                ["ColCheck", "PASS", "FLAG", "PASS"],
            ]
        ],
        ["PlateId", "PlateRunDate", "PlatePosition", "SampleId", "SampleType", "RowCheck",
         "NormScale_20", "", "", "", ""],
        ["Plate 1", "2023-05-18", "A1", "SABCDEFG1", "Sample", "PASS", "1.02", "", "476.5", "310.1",
         "100"],
        ["Plate 1", "2023-05-18", "A2", "SABCDEFG2", "Sample", "FLAG", "0.7", "", "470.2", "",
         "99"],
        ["Plate 1", "2023-05-18", "A3", "SABCDEFG3", "Sample", "FAIL", "0.2", "", "40", "31", "9"],
        ["Plate 1", "2023-05-18", "A4", "170261", "Calibrator", "PASS", "1", "", "480", "300",
         "98"],
        ["Plate 1", "2023-05-18", "A5", "170261", "Calibrator", "PASS", "1", "", "481", "301",
         "97"],
        ["Plate 1", "2023-05-18", "A6", "", "Buffer", "PASS", "", "", "20", "21", "22"],
        [""],
    ]
).rstrip("\t")  # fmt: skip

NHANES = (
    '"SEQN","WTSA2YR","LBXPFOA","LBDPFOAL","LBXPFOS","LBDPFOSL"\n'
    "901,1.5,2.4,0,0.14,1\n902,0,,,11,0\n903,3,0.07,1,22.5,0\n"
)


def write_nightingale(path: Path) -> None:
    """Write a sheet with three samples, of which the second has a flag."""
    sheet = (book := openpyxl.Workbook()).active
    for row in [
        [None, None, None, "A STUDY", None, "N=", 3],
        [None, None, None, "Zero (0)", "Very low concentration"],
        [],
        ["High lactate", "Low glucose", None, "Total cholesterol", "Alanine", "Omega-3 share"],
        [None, None, "sampleid", "Total-C", "Ala", "Omega_3_pct"],
        [1, 0, None, "mmol/l", "mmol/l", "%"],
        [None, None, "success %", 1, 0.67, 1],
        [None, None, "SABCDEFG1", 4.25, 0.3, 2.836e-10],
        ["x", None, "SABCDEFG2", 5.5, "NA", 4.5],
        [None, None, "SABCDEFG3", 0, 0.31, 5],
    ]:
        sheet.append(row)
    sheet.merge_cells("D1:E1")
    book.save(path)


def write_metabolon(path: Path) -> None:
    """Write a workbook with two compounds and three samples, two scales and a derived sheet."""
    book = openpyxl.Workbook()
    sheets = {
        "Chemical Annotation": [
            ["CHEM_ID", "CHEMICAL_NAME", "CAS", "HMDB", "PLATFORM"],
            ["35", "S-1-pyrroline-5-carboxylate", "2906-39-0", "HMDB0001301", "Pos Early"],
            ["50", "spermidine", "124-20-9", "HMDB0001257", "Pos Early"],
        ],
        "Sample Meta Data": [
            ["PARENT_SAMPLE_NAME", "CLIENT_SAMPLE_ID", "BATCH"],
            ["LAB-1", "SABCDEFG1", "B1"], ["LAB-2", "SABCDEFG2", "B1"], ["LAB-3", "POOL1", "B2"],
        ],
        "Peak Area Data": [
            ["PARENT_SAMPLE_NAME", "35", "50"],
            ["LAB-2", 120034.5, None], ["LAB-1", 99.25, 1e-12], ["LAB-3", 3, 4],
        ],
        "Batch-normalized Data": [
            ["PARENT_SAMPLE_NAME", "35", "50"],
            ["LAB-1", 1.5, 0.25], ["LAB-2", 0.5, None], ["LAB-3", 1, 1],
        ],
        "Log Transformed Data": [["PARENT_SAMPLE_NAME", "35", "50"], ["LAB-1", 0.4, -1.4]],
    }  # fmt: skip
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


GREEN, BLUE, LIGHT, YELLOW = "FF00CD66", "FF6A5ACD", "FF87CEEB", "FFFFFFCC"


def write_biocrates(path: Path) -> None:
    """Write an export with two plates of a kit, two metabolites and a sum."""
    sheet = (book := openpyxl.Workbook()).active
    for row in [
        [
            "Plate Bar Code",
            "Sample Bar Code",
            "Sample Type",
            "Measurement Time",
            "C0",
            "Ala",
            "Sum",
        ],
        [None, None, None, "Class", "Acylcarnitines", "Aminoacids", "Metabolism Indicators"],
        ["Color code:", None, None, "LOD (calc.) 1030420001/1 [µM]", 0.4, 1.5],
        [
            "Dark blue:",
            None,
            "< LOD (Limit of Detection)",
            "LOD (calc.) 1030420002/1 [µM]",
            0.05,
            9,
        ],
        ["Light blue:", None, "< LLOQ or > ULOQ", "OP 1030420002-1", "MXP500F"],
        ["Green:", None, "Valid", None, None, "MXP500L"],
        [],
        ["1030420001-1 | 1030420002-1", "SABCDEFG1", "Sample", "2023.05.18 17:52", 20.5, 300, 1],
        ["1030420001-1 | 1030420002-1", "SABCDEFG2", "Sample", "2023.05.18 17:58", 0.01, 1.6, 2],
        ["1030420001-1 | 1030420002-1", "SABCDEFG3", "Sample", "2023.05.18 18:04", 99, 2, "NA"],
        ["1030420001-1 | 1030420002-1", "Zero-1", "Zero Sample", "2023.05.18 18:10", 0, 0, None],
    ]:
        sheet.append(row)
    for at, colours in enumerate(
        [(GREEN, GREEN, GREEN), (BLUE, LIGHT, LIGHT), (LIGHT, GREEN, YELLOW), (BLUE, BLUE, YELLOW)]
    ):
        for column, colour in enumerate(colours, 5):
            sheet.cell(8 + at, column).fill = PatternFill("solid", fgColor=colour)
    book.save(path)
