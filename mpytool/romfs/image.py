"""What an image holds: the kinds of records, and the tree of folders and files (``extmod/vfs_rom.c``).

An image is one record of kind FILESYSTEM; a record is a kind, the length of its payload and the payload,
the first two as varuints (``varint.py``).

    FILESYSTEM, FOLDER   records; a FOLDER's begin behind its name
    FILE                 the name, then records, of which the first DATA or POINTER is the contents
    DATA                 bytes; outside of a FILE what a POINTER means
    POINTER              size and offset of bytes, from the first byte of the FILESYSTEM's payload

A name is a varuint, its length in bytes, and the bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from mpytool.module import Buffer

MAGIC = b"\xd2\xcd\x31"
"""The kind of the outermost record, as it is encoded."""

MAX_DEPTH = 100
"""Of folders in folders: MicroPython has no limit, an import path has no such length."""


class Kind(enum.IntEnum):
    """Kinds of records."""

    UNUSED = 0
    PADDING = 1
    DATA = 2
    POINTER = 3
    FOLDER = 4
    FILE = 5
    FILESYSTEM = 0x14A6B1


@dataclass(slots=True)
class File:
    """A file. ``offset`` is where its contents begin in the image; ``pointed`` if a POINTER says so."""

    name: str
    data: Buffer
    offset: int = 0
    pointed: bool = False


@dataclass(slots=True)
class Folder:
    """A folder, in the order of the image; ``offset`` is that of its record."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    offset: int = 0


Entry: TypeAlias = File | Folder


@dataclass(slots=True)
class Image:
    """``root`` has no name; ``size`` and ``trailing`` are bytes of the image and behind it."""

    root: Folder
    size: int
    trailing: int = 0


def walk(folder: Folder) -> Iterator[tuple[str, Entry]]:
    """(path, entry) of everything in a folder, folders before what is in them, in the order of the image."""
    stack: list[tuple[str, Iterator[Entry]]] = [("", iter(folder.entries))]
    while stack:
        prefix, entries = stack[-1]
        entry = next(entries, None)
        if entry is None:
            stack.pop()
            continue
        yield prefix + entry.name, entry
        if isinstance(entry, Folder):
            stack.append((f"{prefix}{entry.name}/", iter(entry.entries)))
