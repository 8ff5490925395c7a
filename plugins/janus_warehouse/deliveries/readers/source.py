"""Opening a delivered file: local or remote, plain or gzip, as chunks of bytes."""

import codecs
import contextlib
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from janus_warehouse.errors import DeliveryRefusedError

CHUNK_BYTES = 1 << 20
"""How much is read at a time; everything in this package works on one such piece."""


class HashingFile(io.RawIOBase):
    """Passes reads through and keeps the SHA-256 and the number of bytes that went by."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._digest = hashlib.sha256()
        self.bytes_read = 0

    def readable(self) -> bool:
        """Return True: this is a file to read from."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next `size` bytes, having counted and hashed them."""
        data = self._handle.read(size)
        self._digest.update(data)
        self.bytes_read += len(data)
        return data

    def drain(self) -> None:
        """Read what is left, so that hash and size are those of the whole file."""
        while self.read(CHUNK_BYTES):
            pass

    @property
    def sha256(self) -> str:
        """The hash of the bytes read so far, in hexadecimal."""
        return self._digest.hexdigest()


class Utf8Witness(io.RawIOBase):
    """Passes reads through and notes whether all that went by is valid UTF-8."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._is_valid = True

    def readable(self) -> bool:
        """Return True: this is a file to read from."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next `size` bytes, having looked at them."""
        data = self._handle.read(size)
        if self._is_valid and not (data.isascii() and not self._decoder.getstate()[0]):
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError:
                self._is_valid = False
        return data

    @property
    def is_valid(self) -> bool:
        """Whether the bytes read so far are valid UTF-8, the last character whole."""
        return self._is_valid and not self._decoder.getstate()[0]


def fingerprint(path: Path) -> tuple[str, int]:
    """Return SHA-256 and size in bytes of a file, or of the files below a folder.

    That of a folder is the hash of the names and hashes of its files, in the order of the names.
    """
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
        known = [(p.relative_to(path).as_posix(), *fingerprint(p)) for p in files]
        lines = "".join(f"{sha256}  {name}\n" for name, sha256, _ in known)
        return hashlib.sha256(lines.encode()).hexdigest(), sum(size for *_, size in known)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def file_name(source: Any) -> str:
    """Return the last part of the name of a path, address or fsspec file."""
    name = str(getattr(source, "path", None) or getattr(source, "full_name", None) or source)
    return name.rstrip("/").rsplit("/", 1)[-1]


def is_gzip(source: Any) -> bool:
    """Return whether the file's name says that it is compressed with gzip."""
    return file_name(source).lower().endswith(".gz")


@contextlib.contextmanager
def open_raw(source: Any) -> Iterator[BinaryIO]:
    """Yield the file as it was delivered, still compressed if it is.

    Args:
        source: A path, an address such as `s3://…`, an fsspec `OpenFile`, or anything with
            an `open` method.
    """
    if isinstance(source, str) and "://" in source:
        import fsspec

        source = fsspec.open(source, "rb")
    if isinstance(source, str | Path):
        with Path(source).open("rb", buffering=0) as plain:
            yield cast(BinaryIO, plain)
    elif type(source).__name__ == "OpenFile":
        with source as handle:
            yield handle
    else:
        with source.open("rb") as handle:
            yield handle


@contextlib.contextmanager
def open_content(source: Any) -> Iterator[BinaryIO]:
    """Yield the file's content, decompressed while it is read."""
    with open_raw(source) as handle:
        yield unpacked(handle, source)


def unpacked(handle: BinaryIO, source: Any) -> BinaryIO:
    """Return a handle that reads the content: the same one, or one that decompresses."""
    if not is_gzip(source):
        return handle
    return cast(BinaryIO, gzip.GzipFile(fileobj=handle, mode="rb"))


def read_exactly(handle: BinaryIO, size: int, name: str) -> bytes:
    """Return `size` bytes, or fewer only at the end of the file.

    Raises:
        DeliveryRefusedError: The file is compressed and its compressed content is damaged.
    """
    parts = []
    missing = size
    while missing > 0:
        try:
            part = handle.read(missing)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise DeliveryRefusedError(
                f"{name}: expected a whole gzip file, found one that is cut off or damaged; "
                "compress it again and send it again"
            ) from None
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_chunks(handle: BinaryIO, name: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the rest of a file in pieces of about `size` bytes.

    A piece never ends between a carriage return and its line feed, so a caller can look at
    line breaks piece by piece.
    """
    while chunk := read_exactly(handle, size, name):
        while chunk.endswith(b"\r"):
            following = read_exactly(handle, 1, name)
            if not following:
                break
            chunk += following
        yield chunk
