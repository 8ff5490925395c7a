"""The sealed part of a shipment: who is a case, which set, and the seed of the layout.

It is encrypted with a key of its own, derived from the installation's, and bound to the
shipment's name: the seal of one shipment does not open as that of another.

Source:
    NIST SP 800-38D, AES-GCM.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from janus_warehouse.assays.shipments.errors import SealedError
from janus_warehouse.assays.shipments.layout import Design
from janus_warehouse.platform.settings import get_settings

_NONCE_BYTES = 12
STATUS_SCHEMA = {
    "study_code": pl.String, "matched_status": pl.String, "set_number": pl.Int32,
    "duplicate_of": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Sealed:
    """What is hidden until the results are back: `STATUS_SCHEMA`, and how it was laid out."""

    status: pl.DataFrame
    design: Design


def seal(shipment_id: str, content: Sealed) -> bytes:
    """Return the encrypted content; sealing the same twice gives different bytes."""
    plain: dict[str, Any] = {
        "design": asdict(content.design),
        "status": content.status.select(list(STATUS_SCHEMA)).to_dict(as_series=False),
    }
    nonce = secrets.token_bytes(_NONCE_BYTES)
    text = json.dumps(plain).encode()
    return nonce + _cipher(shipment_id).encrypt(nonce, text, shipment_id.encode())


def unseal(shipment_id: str, sealed: bytes) -> Sealed:
    """Return what was sealed for a shipment.

    Raises:
        SealedError: The bytes were changed, are of another shipment, or of another key.
    """
    try:
        plain = _cipher(shipment_id).decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], shipment_id.encode()
        )
    except InvalidTag:
        raise SealedError(
            f"the seal of {shipment_id} does not open with the key of this installation: nothing "
            "was opened; restore JANUS_SECRET_KEY or secrets.json as it was when it was made"
        ) from None
    content = json.loads(plain)
    return Sealed(
        status=pl.DataFrame(content["status"], schema=STATUS_SCHEMA),
        design=Design(**content["design"]),
    )


def _cipher(shipment_id: str) -> AESGCM:
    return AESGCM(bytes.fromhex(get_settings().derived_secret(f"seal:{shipment_id}")))
