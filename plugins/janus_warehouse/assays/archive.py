"""The archive of laboratories' native files: one encrypted, authenticated file for each return.

A file is a tar archive of the delivery's folder, cut into frames. Each frame is sealed with
AES-256-GCM; its nonce is its number, and what is authenticated beside it is the header and
whether it is the last. So a byte that changed, a frame that is missing or moved, and an end that
was cut off are all found, and a file of any size is written and read in constant memory.

Layout: magic, salt (16 bytes), then for each frame a flag (1 = last), the length of the sealed
bytes (4 bytes, big-endian) and the sealed bytes. The key is derived from the installation's
secret, the salt and the delivery id.
"""

import hashlib
import io
import os
import struct
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from janus_warehouse.errors import NotAvailableError, WarehouseError
from janus_warehouse.platform.settings import get_settings

SUFFIX = ".janus-archive"
FRAME_BYTES = 1 << 20
_PIECE_BYTES = 1 << 18
"""How much passes through the tar archive at a time: in 16 KiB it takes half as long again."""
_MAGIC = b"JANUSAR1"
_SALT_BYTES = 16
_FRAME = struct.Struct(">BI")
_TAG_BYTES = 16


class ArchiveDamagedError(WarehouseError):
    """An archived file that is not, byte for byte, what was archived."""


@dataclass(frozen=True)
class ArchivedFile:
    """One file in an archive: its path in the delivery's folder, bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str


def archive_folder_of_all() -> Path:
    """Return where the archived returns are."""
    return get_settings().home / "archive"


def is_archived(delivery_id: str) -> bool:
    """Tell whether a return is in the archive."""
    return _place(delivery_id).exists()


def archived_deliveries() -> list[str]:
    """Return the ids of all archived returns."""
    return sorted(p.name.removesuffix(SUFFIX) for p in archive_folder_of_all().glob(f"*{SUFFIX}"))


def archive_folder(delivery_id: str, folder: Path) -> Path:
    """Keep a delivery's folder, encrypted; the folder itself is left as it is.

    Args:
        delivery_id: Names the archive and is bound to its key.
        folder: Every file below it is kept, but drafts beside the manifest, whose names begin with
            a full stop. Of a link, the file that it leads to is kept.
    """
    target = _place(delivery_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            draft.chmod(0o600)
            sealing = _Sealing(file, delivery_id)
            # A file linked twice is written twice: as a link it could not be read back in a stream.
            with tarfile.open(  # type: ignore[call-overload]
                fileobj=sealing, mode="w|", bufsize=_PIECE_BYTES, copybufsize=_PIECE_BYTES,
                dereference=True,
            ) as tar:  # fmt: skip
                for path in _files(folder):
                    tar.add(path, path.relative_to(folder).as_posix(), recursive=False)
            sealing.finish()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def restore(delivery_id: str, target: Path) -> list[ArchivedFile]:
    """Write the files of an archived return below a folder and return what was written.

    Raises:
        NotAvailableError: No such archive, or the folder holds something already.
        ArchiveDamagedError: The archive was changed or cut; nothing is left in the folder.
    """
    if target.exists() and any(target.iterdir()):
        raise NotAvailableError(f"{target}: expected an empty folder; choose another one")
    verified = verify(delivery_id)  # a damaged archive leaves no half of it
    target.mkdir(parents=True, exist_ok=True)
    with _opened(delivery_id) as (tar, _):
        tar.extractall(target, filter="data")
    return verified


def verify(delivery_id: str) -> list[ArchivedFile]:
    """Return the files of an archive, each read to its end.

    Raises:
        NotAvailableError: No such archive.
        ArchiveDamagedError: The archive was changed or cut, or made with another key.
    """
    found = []
    with _opened(delivery_id) as (tar, unsealing):
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                found.append(ArchivedFile(member.name, member.size, digest))
        unsealing.read_to_end()
    return found


def _place(delivery_id: str) -> Path:
    return archive_folder_of_all() / f"{delivery_id}{SUFFIX}"


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        is_draft = path.parent == folder and path.name.startswith(".")
        if path.is_file() and not is_draft:
            yield path


def _key(delivery_id: str, salt: bytes) -> AESGCM:
    secret = bytes.fromhex(get_settings().derived_secret("archive"))
    derived = HKDF(SHA256(), length=32, salt=salt, info=f"janus archive {delivery_id}".encode())
    return AESGCM(derived.derive(secret))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _beside(salt: bytes, is_last: bool) -> bytes:
    return _MAGIC + salt + bytes([is_last])


class _Sealing(io.RawIOBase):
    """Takes the bytes of the tar archive and writes sealed frames."""

    def __init__(self, file: BinaryIO, delivery_id: str) -> None:
        self._file, self._salt = file, os.urandom(_SALT_BYTES)
        self._key = _key(delivery_id, self._salt)
        self._held, self._number = bytearray(), 0
        file.write(_MAGIC + self._salt)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._held += data
        while len(self._held) > FRAME_BYTES:
            self._seal(bytes(memoryview(self._held)[:FRAME_BYTES]), is_last=False)
            del self._held[:FRAME_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last frame, which may be empty."""
        self._seal(bytes(self._held), is_last=True)
        self._held.clear()

    def _seal(self, data: bytes, *, is_last: bool) -> None:
        sealed = self._key.encrypt(_nonce(self._number), data, _beside(self._salt, is_last))
        self._file.write(_FRAME.pack(is_last, len(sealed)))
        self._file.write(sealed)
        self._number += 1


class _Unsealing(io.RawIOBase):
    """Gives the bytes of the tar archive, frame by frame, each proven first."""

    def __init__(self, file: BinaryIO, delivery_id: str, name: str) -> None:
        self._file, self._name = file, name
        if file.read(len(_MAGIC)) != _MAGIC:
            raise self._damaged("it does not begin as an archive does")
        self._salt = file.read(_SALT_BYTES)
        self._key = _key(delivery_id, self._salt)
        self._held, self._number, self._is_over = b"", 0, False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size if size >= 0 else 1 << 62
        while wanted and (self._held or self._next()):
            part, self._held = self._held[:wanted], self._held[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def read_to_end(self) -> None:
        """Read what follows the last file, so that the end is proven too."""
        while self.read(FRAME_BYTES):
            pass

    def _next(self) -> bool:
        if self._is_over:
            return False
        head = self._file.read(_FRAME.size)
        if len(head) < _FRAME.size:
            raise self._damaged("its end is missing")
        is_last, length = _FRAME.unpack(head)
        if is_last > 1 or not _TAG_BYTES <= length <= FRAME_BYTES + _TAG_BYTES:
            raise self._damaged(f"frame {self._number + 1} is none")
        try:
            self._held = self._key.decrypt(
                _nonce(self._number), self._file.read(length), _beside(self._salt, bool(is_last))
            )
        except InvalidTag:
            raise self._damaged(f"frame {self._number + 1} was changed") from None
        self._number += 1
        self._is_over = bool(is_last)
        if self._is_over and self._file.read(1):
            raise self._damaged("something follows its end")
        return bool(self._held)

    def _damaged(self, what: str) -> ArchiveDamagedError:
        return ArchiveDamagedError(
            f"{self._name}: {what}; nothing of it is given out. Take the copy of the backup, and "
            "check that JANUS_SECRET_KEY is the one it was written with"
        )


@contextmanager
def _opened(delivery_id: str) -> Iterator[tuple[tarfile.TarFile, _Unsealing]]:
    """Give the tar archive of a return, to be read once through, and the stream below it."""
    place = _place(delivery_id)
    if not place.exists():
        raise NotAvailableError(
            f"no archive of {delivery_id}: `janus archive list` lists those there are"
        )
    with place.open("rb") as file:
        unsealing = _Unsealing(file, delivery_id, place.name)
        with tarfile.open(fileobj=unsealing, mode="r|") as tar:
            yield tar, unsealing
