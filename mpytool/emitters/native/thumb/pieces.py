"""Code whose places are not known yet: jumps, addresses and pools of constants, and how they become bytes.

    cmp r0, #3        bytes
    beq b4            a Reference: two bytes, or four, or six
    ldr r1, =100000   a Reference to a literal
    b b5
    …                 a pool: padding, then words

Pools stand where nothing falls into them, within reach of all loads from them; where no jump is in time, one
is made. Positions are estimated with the longest forms first; then the shortest forms that reach are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeAlias

from mpytool.emitters.native.layout import Form, Jump, OutOfReachError, relax
from mpytool.emitters.native.thumb.encoding import EncodingError

PIPELINE = 4
"""pc is so many bytes beyond the instruction that reads it."""

_LAZY = 500
"""A pool is put behind a jump if its first word is wanted from that far."""

_URGENT = 900
"""Further than this it must not come; literals are reached from 1020 bytes."""

_LITERAL_BYTES = 4
_PADDING = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """A form of a reference. ``encode`` is given its position and that of its target."""

    form: Form
    encode: Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """``target`` is a label; ``choices`` from short to long."""

    target: Hashable
    choices: tuple[Choice, ...]

    @property
    def longest(self) -> int:
        return self.choices[-1].form.size


@dataclass(frozen=True, slots=True)
class Literal:
    """The label of a word in a pool; ``pool`` tells equal ones apart."""

    pool: int
    word: int


@dataclass(frozen=True, slots=True)
class LoadWord:
    """A word of the pool that comes next; ``load`` makes the reference to it."""

    word: int
    load: Callable[[Literal], Reference]


@dataclass(frozen=True, slots=True)
class Label:
    name: Hashable


@dataclass(frozen=True, slots=True)
class Barrier:
    """Nothing comes here from above."""


Piece: TypeAlias = bytes | Reference | LoadWord | Label | Barrier

_Section: TypeAlias = "list[bytes | Reference | Literal | None]"
"""None is the padding of a pool."""


@dataclass(slots=True)
class _Placer:
    """Puts pools between the pieces. ``at`` counts bytes at most; ``first`` is where the first word of the
    next pool is wanted."""

    jump: Callable[[Hashable], Reference]
    sections: list[_Section] = field(default_factory=lambda: [[]])
    labels: dict[Hashable, int] = field(default_factory=dict)
    waiting: dict[int, Literal] = field(default_factory=dict)
    at: int = 0
    first: int = 0
    n_pools: int = 0

    def run(self, pieces: list[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Label):
                self.label(piece.name)
            elif isinstance(piece, Barrier):
                if self.waiting and self.distance > _LAZY:
                    self.pool()
            else:
                size = len(piece) if isinstance(piece, bytes) else _longest(piece)
                if self.waiting and self.distance + size + _LITERAL_BYTES > _URGENT:
                    self.bridge()
                self.put(piece, size)
        self.pool()

    @property
    def distance(self) -> int:
        return self.at - self.first + _LITERAL_BYTES * len(self.waiting)

    def label(self, name: Hashable) -> None:
        self.labels[name] = len(self.sections)
        self.sections.append([])

    def put(self, piece: bytes | Reference | LoadWord, size: int) -> None:
        if isinstance(piece, LoadWord):
            if not self.waiting:
                self.first = self.at
            literal = self.waiting.setdefault(piece.word, Literal(self.n_pools, piece.word))
            self.sections[-1].append(piece.load(literal))
        else:
            self.sections[-1].append(piece)
        self.at += size

    def bridge(self) -> None:
        """A pool in the middle of what runs on."""
        behind = Label(("behind pool", self.n_pools))
        jump = self.jump(behind.name)
        self.put(jump, jump.longest)
        self.pool()
        self.label(behind.name)

    def pool(self) -> None:
        if not self.waiting:
            return
        self.sections.append([None])
        self.at += _PADDING
        for literal in self.waiting.values():
            self.label(literal)
            self.sections[-1].append(literal)
            self.at += _LITERAL_BYTES
        self.waiting.clear()
        self.n_pools += 1


def _longest(piece: Reference | LoadWord) -> int:
    return 2 * _LITERAL_BYTES if isinstance(piece, LoadWord) else piece.longest


def assemble_pieces(
    pieces: list[Piece], jump: Callable[[Hashable], Reference]
) -> tuple[bytes, dict[Hashable, int]]:
    """The bytes, and where the labels are. EncodingError: a target is out of reach.

    ``jump`` makes the reference of a jump to a label.
    """
    placer = _Placer(jump)
    placer.run(pieces)
    labels = placer.labels
    sizes = [[_size(item, labels) for item in section] for section in placer.sections]
    try:
        forms = relax(sizes).forms
    except OutOfReachError as error:
        raise EncodingError(f"the function is too large: {error}") from error
    picked = [
        [item.choices[form] for item, form in zip(_references(section), found, strict=True)]
        for section, found in zip(placer.sections, forms, strict=True)
    ]
    starts = _starts(placer.sections, picked)
    places = {label: starts[section] for label, section in labels.items()}
    code = bytearray()
    for section, choices in zip(placer.sections, picked, strict=True):
        following = iter(choices)
        for item in section:
            if isinstance(item, bytes):
                code += item
            elif item is None:
                code += bytes(-len(code) % _LITERAL_BYTES)
            elif isinstance(item, Literal):
                code += (item.word & 0xFFFFFFFF).to_bytes(4, "little")
            else:
                code += next(following).encode(len(code), places[item.target])
    return bytes(code), places


def _references(section: _Section) -> list[Reference]:
    return [item for item in section if isinstance(item, Reference)]


def _size(item: bytes | Reference | Literal | None, labels: dict[Hashable, int]) -> int | Jump:
    if isinstance(item, Reference):
        return Jump(labels[item.target], tuple(choice.form for choice in item.choices))
    if item is None:
        return _PADDING
    return len(item) if isinstance(item, bytes) else _LITERAL_BYTES


def _starts(sections: list[_Section], picked: list[list[Choice]]) -> list[int]:
    """Where sections start, padding being what it really is.

    It was at most that when the forms were chosen, so everything has only come nearer.
    """
    starts = []
    at = 0
    for section, choices in zip(sections, picked, strict=True):
        starts.append(at)
        at += sum(choice.form.size for choice in choices)
        for item in section:
            if isinstance(item, bytes):
                at += len(item)
            elif item is None:
                at += -at % _LITERAL_BYTES
            elif isinstance(item, Literal):
                at += _LITERAL_BYTES
    return starts
