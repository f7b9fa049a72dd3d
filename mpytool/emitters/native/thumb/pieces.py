"""Code whose places are not known yet: jumps, addresses, constants in pools.

cmp r0, #3        bytes
beq b4            a Reference: two bytes, or four, or six
ldr r1, =100000   a LoadWord, then a Reference to a word of a pool
b b5              a Reference, then a Barrier
…                 a pool: Padding, then Words with their labels
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TypeAlias

from mpytool.emitters.native.relaxing import Form

PIPELINE = 4
"""pc is so many bytes beyond the instruction that reads it."""

WORD_BYTES = 4
PADDING_BYTES = 2
"""At most."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Form):
    """A form of a reference. ``encode`` is given its position and that of its target."""

    encode: Callable[[int, int], bytes]


@dataclass(slots=True, eq=False)
class Reference:
    """``target`` is a label; ``choices`` from short to long. ``is_jump``: it does nothing but go there;
    ``is_rare``: it hardly ever goes; ``condition``: the code of the one under which it goes, if it is nothing
    but a branch."""

    target: Hashable
    choices: tuple[Choice, ...]
    is_jump: bool = False
    is_rare: bool = False
    condition: int | None = None

    @property
    def longest(self) -> int:
        return self.choices[-1].size


@dataclass(slots=True, unsafe_hash=True)
class Literal:
    """The label of a word in a pool; ``pool`` tells equal ones apart."""

    pool: int
    word: int


@dataclass(slots=True)
class LoadWord:
    """A word of the pool that comes next; ``load`` makes the reference to it."""

    word: int
    load: Callable[[Literal], Reference]

    @property
    def longest(self) -> int:
        return WORD_BYTES


@dataclass(slots=True)
class Label:
    name: Hashable


@dataclass(slots=True, eq=False)
class Barrier:
    """Nothing comes here from above."""


@dataclass(frozen=True, slots=True)
class Padding:
    """As many zeros as bring what follows to a multiple of four."""


@dataclass(slots=True)
class Word:
    """Of a pool."""

    value: int


Piece: TypeAlias = bytes | Reference | LoadWord | Label | Barrier | Padding | Word
