"""Does a folder for a laboratory hold anything that is not for the laboratory?

Every byte is looked at, also inside workbooks, before the folder is handed out.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from janus_warehouse.assays.shipments.errors import LeakError

_FORMS = {
    "donor key": rb"(?<![0-9A-Za-z])D[0-9A-F]{16}(?![0-9A-Za-z])",
    "national number": rb"(?<![0-9A-Za-z.])[0-9]{6}[ -]?[0-9]{5}(?![0-9A-Za-z])",
    "donor number": rb"(?<![0-9A-Za-z])J[0-9]{7}(?![0-9A-Za-z])",
    "tube barcode": rb"(?<![0-9A-Za-z.])[0-9]{10}(?![0-9A-Za-z])",
    "status or set": rb"(?i)(?<![0-9a-z])(cases?|controls?|matched|set_number)(?![0-9a-z])",
}


def refuse_leaks(folder: Path, secrets: Iterable[str] = (), told: Iterable[str] = ()) -> None:
    """Raise if a file tells who a sample is of, which set it is in, or who is a case.

    Args:
        folder: What the laboratory will get.
        secrets: Texts that must not be there: the identifiers of the shipment's donors and tubes.
        told: Names that the laboratory may know, such as the project's, whatever words are in them.

    Raises:
        LeakError: Names the files and the kinds of what was found, never the text itself.
    """
    known = [secret.encode() for secret in secrets]
    names = re.compile(b"|".join(re.escape(text.encode()) for text in told) or b"(?!)")
    found = []
    for name, content in _contents(folder):
        data = names.sub(b" ", content)
        words = set(re.findall(rb"[0-9A-Za-z_]+", data))
        kinds = [kind for kind, form in _FORMS.items() if re.search(form, data)]
        if words.intersection(known):
            kinds.append("identifier of the shipment")
        found += [f"{name}: {kind}" for kind in dict.fromkeys(kinds)]
    if found:
        raise LeakError(
            "the files for the laboratory tell more than study code, plate, well and volume, so "
            f"nothing was sent: {'; '.join(found)}. This is a fault of the program: report it"
        )


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file; of a workbook those of its parts, unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        yield f"name of {name}", name.encode()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                for part in parts.namelist():
                    yield f"{name} ({part})", parts.read(part)
        else:
            yield name, path.read_bytes()
