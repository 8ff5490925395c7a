"""Thrift's compact protocol, as far as the end of a Parquet file needs it.

Structures are read without knowing what their fields mean and written back the same, so that
whatever a library noted of a column stays with it.
"""

import struct
from dataclasses import dataclass
from typing import Any

_TRUE, _FALSE, _I8, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _STRUCT = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 12,
)  # fmt: skip
_NUMBERS = (_I16, _I32, _I64)

Struct = dict[int, tuple[int, Any]]
"""Number of a field → its type and value."""


@dataclass
class Items:
    """A list: the type of its items, and the items."""

    type: int
    values: list[Any]


def read_struct(data: bytes) -> Struct:
    """Return the structure that bytes begin with."""
    return _Reading(data).struct()


def read_head(data: bytes) -> tuple[Struct, int]:
    """Return the structure that bytes begin with, and how many bytes it takes."""
    reading = _Reading(data)
    return reading.struct(), reading.at


def write_struct(content: Struct) -> bytes:
    """Return a structure as bytes."""
    out = bytearray()
    _write(out, _STRUCT, content)
    return bytes(out)


class _Reading:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def struct(self) -> Struct:
        found: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else _from_zigzag(self._varint())
            found[number] = (kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind))
        return found

    def _value(self, kind: int) -> Any:
        if kind in _NUMBERS:
            return _from_zigzag(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind == _LIST:
            head = self._byte()
            size = self._varint() if head >> 4 == 15 else head >> 4
            return Items(head & 15, [self._value(head & 15) for _ in range(size)])
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind in (_TRUE, _FALSE, _I8):
            return self._byte()
        raise ValueError(f"the end of a Parquet file has a field of type {kind}")

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self._data[self.at - size : self.at]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in _NUMBERS:
        write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == _STRUCT:
        before = 0
        for number, (of_field, content) in sorted(value.items()):
            step = number - before
            if of_field in (_TRUE, _FALSE):
                of_field = _TRUE if content else _FALSE
            out.append((step if step < 16 else 0) << 4 | of_field)
            if step >= 16:
                write_varint(out, number << 1)
            if of_field not in (_TRUE, _FALSE):
                _write(out, of_field, content)
            before = number
        out.append(0)
    elif kind == _LIST:
        size = len(value.values)
        out.append(min(size, 15) << 4 | value.type)
        if size >= 15:
            write_varint(out, size)
        for item in value.values:
            _write(out, value.type, item)
    elif kind == _BINARY:
        write_varint(out, len(value))
        out += value
    elif kind == _DOUBLE:
        out += value
    else:
        out += struct.pack("B", value)


def write_varint(out: bytearray, number: int) -> None:
    """Add a number from 0 in groups of seven bits."""
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _from_zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
