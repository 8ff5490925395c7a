"""A laboratory's return as a delivery: the form it fills in, and the manifest made from it."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from janus_warehouse.assays.platforms import IN_LAKE, known_platforms
from janus_warehouse.assays.reading import read_file
from janus_warehouse.assays.sheets import Sheets
from janus_warehouse.assays.unpacking import forget_unpacked
from janus_warehouse.deliveries.endings import RETURNS
from janus_warehouse.deliveries.manifest import (
    Returned,
    contracts_to_deliver,
    described_file,
    place_manifest,
)
from janus_warehouse.errors import DeliveryRefusedError

FORM = "return.yaml"
NATIVE = "returned"


class _Form(BaseModel):
    """What a laboratory fills in; the format is found in the files unless it is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str
    approval: str
    laboratory: str
    platform: str
    platform_version: str
    method: str
    embargo_until: date | None = Field(default=None)
    format: str | None = None


def is_return(folder: Path) -> bool:
    """Tell whether a folder holds a laboratory's return."""
    return (folder / NATIVE).is_dir()


def write_return_manifest(
    folder: Path, *, collection: str, as_of: date, supersedes: str | None = None
) -> Path:
    """Write the manifest of a laboratory's return and return its path.

    Args:
        folder: Holds `return.yaml` and the folder `returned/` with the laboratory's files.
        collection: Whose samples these are.
        as_of: The day the results describe: that of the laboratory's report.
        supersedes: The return that this one corrects.

    Raises:
        DeliveryRefusedError: The form is missing or incomplete, a file is of no known format, or
            the day is still to come.
    """
    contracts = contracts_to_deliver(folder, RETURNS, as_of)
    returned = _read_form(folder)
    values = "matrix" if returned.platform in IN_LAKE else "results"
    described = [
        described_file(folder, NATIVE, contracts[table])
        for table in ("analytes", "qc", "samples", values)
    ]
    forget_unpacked(described[0]["sha256"])
    return place_manifest(folder, {
        "manifest": 1, "source": RETURNS, "collection": collection, "as_of": as_of,
        "supersedes": supersedes, "returned": returned.model_dump(),
        # A table that has nothing to say is left out.
        "files": [file for file in described if file["rows"]],
    })  # fmt: skip


def _read_form(folder: Path) -> Returned:
    path = folder / FORM
    fields = ", ".join(_Form.model_fields)
    if not path.exists():
        raise DeliveryRefusedError(
            f"{path}: not there; a return needs this form beside the folder {NATIVE}/, with the "
            f"lines {fields} (embargo_until and format may be left out)"
        )
    try:
        form = _Form.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        content = form.model_dump() | {"format": form.format or _format_of(folder / NATIVE)}
        returned = Returned.model_validate(content)
    except yaml.YAMLError:
        raise DeliveryRefusedError(
            f"{path}: not readable as YAML; write one `name: value` on each line"
        ) from None
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'the form'}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise DeliveryRefusedError(
            f"{path}: the form is incomplete: {problems}; its lines are {fields}"
        ) from None
    if returned.platform not in known_platforms():
        raise DeliveryRefusedError(
            f"{path}: unknown platform {returned.platform}; expected one of "
            f"{', '.join(known_platforms())}"
        )
    return returned


def _format_of(native: Path) -> Any:
    """Return the one format of all files of a return."""
    paths = sorted(p for p in native.rglob("*") if p.is_file() and not Sheets.is_sheet(p))
    found = {read_file(path).format: path.name for path in paths}
    if len(found) != 1:
        named = ", ".join(f"{name} ({file})" for name, file in found.items()) or "no file"
        raise DeliveryRefusedError(
            f"{native}: expected files of one format, found {named}; make a return of each"
        )
    return next(iter(found))
