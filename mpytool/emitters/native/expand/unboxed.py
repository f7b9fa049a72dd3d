"""Integers that are kept as words, so that no object need exist.

Where a word has 32 bits, a small int has 31, and an integer beyond is an object on the heap. In loops that
compute with such integers (``fast/words.py`` says which), a value is two words: the number, from 0 to
2**32 - 1, and NULL; or anything, and the object, whatever it is.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from mpytool.emitters.native.low import LowInstr
from mpytool.emitters.native.ssa import Instr, Type

NATIVE_UINT = 3
"""The type of words without a sign in conversions (``MP_NATIVE_TYPE_UINT`` of ``py/runtime0.h``)."""


@dataclass(frozen=True, slots=True)
class Unboxed:
    """``boxed`` is the object or, where there is none, NULL: then ``number`` is the integer."""

    number: LowInstr
    boxed: LowInstr


class Conversion(enum.Enum):
    """How objects become words where they come into a loop: not at all, small ints, all integers."""

    NONE = enum.auto()
    SMALL = enum.auto()
    ALL = enum.auto()


@dataclass(frozen=True, slots=True)
class WordPlan:
    """What of a function is computed with words.

    ``operations``  operators that fast versions compute with words
    ``phis``        those that are an Unboxed
    ``heads``       of these, the ones in front of loops, where objects become words
    ``single``      of these, the ones that only one block computes with: they become words there
    ``items``       items of containers that operations want and that may be no small ints
    ``loaded``      items that nothing but operations of their block want: they are loaded as words
    ``carried``     of results, the phis in front of loops that take them, directly or by way of others
    """

    operations: frozenset[Instr] = frozenset()
    phis: frozenset[Instr] = frozenset()
    heads: dict[Instr, Conversion] = field(default_factory=dict)
    single: frozenset[Instr] = frozenset()
    items: frozenset[Instr] = frozenset()
    loaded: frozenset[Instr] = frozenset()
    carried: dict[Instr, list[Instr]] = field(default_factory=dict)


NO_WORDS = WordPlan()

_LEAST, _MOST = -(1 << 30), (1 << 32) - 1


def integer_of(instr: Instr) -> int | None:
    """The number that a constant is, if a word holds it or it is a small int."""
    if instr.row.name == "constant" or (instr.row.name == "int" and instr.type is Type.SMALL):
        value = instr.imm[0]
        if type(value) is int and _LEAST <= value <= _MOST:
            return value
    return None
