"""The kinds of objects whose items fast versions get, and how far a loop over one is.

``fast/kinds.py`` recognises them, ``fast/iteration.py`` iterates.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from mpytool.emitters.native.low import LowInstr


class Kind(enum.IntFlag):
    OTHER = 0
    LIST = 0x01
    BYTEARRAY = 0x02  # and array('B')
    BYTES = 0x04
    TUPLE = 0x08
    U16 = 0x10  # array('H'), and so on
    I16 = 0x20
    VIEW = 0x40  # a memoryview of bytes
    WRITABLE_VIEW = 0x80
    I32 = 0x100
    U32 = 0x200
    I8 = 0x400
    RANGE = 0x800


ARRAYS = Kind.U16 | Kind.I16 | Kind.I32 | Kind.U32 | Kind.I8
VIEWS = Kind.VIEW | Kind.WRITABLE_VIEW


@dataclass(slots=True)
class Iteration:
    """``position`` is a phi of the loop's head, ``start`` and ``following`` what comes into it from outside
    and from inside. ``length`` is known of what is constant."""

    container: LowInstr
    kind: LowInstr
    kinds: Kind
    start: LowInstr
    length: LowInstr | None = None
    position: LowInstr | None = None
    following: LowInstr | None = None
