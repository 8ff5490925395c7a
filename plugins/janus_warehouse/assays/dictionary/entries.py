"""What stands in the dictionary, and what an answer of it looks like."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Analyte:
    """One variable that a platform measures.

    Attributes:
        analyte_id: Key, as in the marts.
        name: In English.
        name_no: In Norwegian.
        analyte_class: Group that it belongs to.
        platform: Code of the platform. The same substance on a platform whose numbers mean
            something else is another analyte; both have the same identifiers.
        unit: UCUM, or a scale of the platform's own (NPX, RFU, MFI).
        form: `wet_weight`, `lipid_adjusted` or nothing.
        molar_mass: Grams a mole, or None where it is not stated.
        usual: Between which numbers the median of a group of people lies in serum.
        usual_source: Who says so.
    """

    analyte_id: str
    name: str
    name_no: str
    analyte_class: str
    platform: str
    unit: str
    form: str = ""
    molar_mass: Decimal | None = None
    usual: tuple[Decimal, Decimal] | None = None
    usual_source: str = ""


@dataclass(frozen=True)
class Identifier:
    """An identifier of an analyte, now or once.

    Attributes:
        analyte_id: Whose; empty where it became nothing or several things.
        system: Who gives it.
        identifier: As the system writes it today.
        first_edition: First edition of the system that has it, where it was not always there.
        last_edition: Last edition that is known to have it, where it is retired.
        replaced_by: What it became; several where it was split.
    """

    analyte_id: str
    system: str
    identifier: str
    first_edition: str = ""
    last_edition: str = ""
    replaced_by: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether the system still has it."""
        return not self.last_edition and not self.replaced_by


@dataclass(frozen=True)
class Synonym:
    """What laboratories write for an analyte; `laboratory` empty where any may."""

    synonym: str
    analyte_id: str
    platform: str
    laboratory: str = ""


@dataclass(frozen=True)
class Dictionary:
    """All entries, and the editions of each system with the day they came out."""

    analytes: dict[str, Analyte]
    identifiers: tuple[Identifier, ...]
    synonyms: tuple[Synonym, ...]
    editions: dict[str, dict[str, date]] = field(default_factory=dict)

    def of(self, system: str, identifier: str) -> list[Identifier]:
        """Return the entries of an identifier, current or not."""
        return [e for e in self.identifiers if (e.system, e.identifier) == (system, identifier)]

    def identifiers_of(self, analyte_id: str) -> list[Identifier]:
        """Return every identifier of an analyte."""
        return [entry for entry in self.identifiers if entry.analyte_id == analyte_id]


@dataclass(frozen=True)
class Resolution:
    """What a laboratory's code means.

    Attributes:
        code: As asked.
        analyte: Whom it means, or None.
        matched_by: `identifier`, `name` or `synonym`; empty if by nothing.
        system: Of the identifier that decided.
        current: What the system writes today, where the code is a retired identifier.
        since: Edition from which that holds, where it is known.
        candidates: Analytes that it may mean, where it may mean several.
        reason: Why it means nothing, and what would help.
    """

    code: str
    analyte: Analyte | None = None
    matched_by: str = ""
    system: str = ""
    current: str = ""
    since: str = ""
    candidates: tuple[str, ...] = ()
    reason: str = ""
