"""The relocations of a native module: which words the loader changes, and what it adds to each.

Source: ``mp_native_relocate`` in ``py/persistentcode.c``; ``docs/format.md`` describes the stream.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.dumper.fun_table import entry_name
from mpytool.module import NativePart
from mpytool.varint import decode_varuint

_END = 0xFF
_SECTIONS = ("text", "rodata", "bss")
_TABLES = ("qstr table", "constant table", "mp_fun_table")
_FIRST_TABLE = 6
_FIRST_ENTRY = 9


@dataclass(frozen=True, slots=True)
class Place:
    """A word that is relocated: its offset in the code or the read-only data, and what is added to it."""

    offset: int
    in_rodata: bool
    what: str


class RelocationError(ValueError):
    """A stream that leads outside the code or the data, or does not end."""


def relocated_places(native: NativePart, word: int, sub_version: int = 3) -> list[Place]:
    """Every relocated word, in the order of the stream. RelocationError for a malformed stream."""
    data = native.relocations
    places: list[Place] = []
    limit = len(data) * 64 + 4096
    offset = address = 0
    in_rodata = False
    try:
        while True:
            operation = data[offset]
            offset += 1
            if operation == _END:
                return places
            if operation & 1:
                where, offset = decode_varuint(data, offset)
                in_rodata, address = bool(where & 1), where >> 1
            kind = operation >> 1
            count = 1
            if kind < _FIRST_TABLE and kind & 1:
                count, offset = decode_varuint(data, offset)
            if len(places) + count > limit:
                raise RelocationError("more words than the stream can mean")
            what = _what(kind, sub_version)
            places += [Place((address + i) * word, in_rodata, what) for i in range(count)]
            address += count
    except IndexError:
        raise RelocationError("the stream does not end") from None


def _what(kind: int, sub_version: int) -> str:
    if kind < _FIRST_TABLE:
        return _SECTIONS[kind >> 1]
    if kind < _FIRST_ENTRY:
        return _TABLES[kind - _FIRST_TABLE]
    return entry_name(kind - _FIRST_ENTRY, sub_version)
