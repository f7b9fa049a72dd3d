"""Numbers of the ``.mpy`` container that all its readers and writers share (``py/persistentcode.[ch]``)."""

from __future__ import annotations

import enum

MAGIC = ord("M")
VERSION = 6
SUB_VERSION = 3
"""The sub-version that files with native code name; other files say 0."""

SUB_VERSION_MASK = 3
ARCH_SHIFT = 2
ARCH_MASK = 15
ARCH_FLAGS_BIT = 0x40
"""Feature byte: sub-version in bits 0 and 1, architecture from bit 2 on, bit 6: architecture flags follow."""


class ConstantType(enum.IntEnum):
    """The byte before a constant object."""

    FUN_TABLE = 0
    NONE = 1
    FALSE = 2
    TRUE = 3
    ELLIPSIS = 4
    STR = 5
    BYTES = 6
    INT = 7
    FLOAT = 8
    COMPLEX = 9
    TUPLE = 10


HAS_CHILDREN = 4
LENGTH_SHIFT = 3
"""A raw code's first number: length of the data << 3 | HAS_CHILDREN | kind."""

VIPER_HAS_RELOCATIONS = 0x10
VIPER_HAS_RODATA = 0x20
VIPER_HAS_BSS = 0x40
"""Bits in the scope flags of a VIPER record: which further parts it has."""

RELOCATIONS_END = 0xFF
COUNTED_RELOCATIONS = (1, 3, 5)
"""A relocation: what to add << 1 | whether an address follows. These (text, rodata, bss) have a count too."""


def feature_byte(arch: int, sub_version: int, has_arch_flags: bool) -> int:
    """The third byte of the header. The sub-version counts only with native code, ``arch`` other than 0."""
    sub = sub_version if arch else 0
    return (ARCH_FLAGS_BIT if has_arch_flags else 0) | arch << ARCH_SHIFT | sub
