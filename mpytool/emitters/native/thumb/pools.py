"""Pools of constants between the code.

They stand where nothing falls into them, within reach of all loads from them; where no jump is in time, one
is made. Positions are estimated with the longest forms of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.thumb.pieces import (
    PADDING_BYTES,
    WORD_BYTES,
    Barrier,
    Label,
    Literal,
    LoadWord,
    Padding,
    Piece,
    Reference,
    Word,
)

_LAZY = 500
"""A pool is put behind a jump if its first word is wanted from that far."""

_URGENT = 900
"""Further than this it must not come; words are reached from 1020 bytes."""

_GROWING = (Reference, LoadWord)


def place_pools(pieces: Sequence[Piece], jump: Callable[[Hashable], Reference]) -> list[Piece]:
    """With references to words in the place of each LoadWord, and with the words; code between others in one
    piece.

    ``jump`` makes a jump to a label.
    """
    placer = _Placer(jump)
    for piece in pieces:
        if isinstance(piece, bytes) and not placer.waiting:
            placer.run += piece
            placer.at += len(piece)
        else:
            placer.add(piece)
    placer.flush()
    placer.pool()
    return placer.made


@dataclass(slots=True)
class _Placer:
    """``at`` counts bytes at most; ``first`` is where the first word of the next pool is wanted. ``run`` is
    code that belongs behind what has been made."""

    jump: Callable[[Hashable], Reference]
    made: list[Piece] = field(default_factory=list)
    run: bytearray = field(default_factory=bytearray)
    waiting: dict[int, Literal] = field(default_factory=dict)
    at: int = 0
    first: int = 0
    n_pools: int = 0

    def add(self, piece: Piece) -> None:
        size = 0
        if isinstance(piece, bytes):
            size = len(piece)
        elif isinstance(piece, _GROWING):
            size = piece.longest
        if self.waiting and self.distance + size + WORD_BYTES > _URGENT:
            self.bridge()
        if isinstance(piece, bytes):
            self.run += piece
            self.at += size
            return
        self.flush()
        if isinstance(piece, LoadWord):
            if not self.waiting:
                self.first = self.at
            literal = self.waiting.setdefault(piece.word, Literal(self.n_pools, piece.word))
            self.made.append(piece.load(literal))
        else:
            self.made.append(piece)
        self.at += size
        if isinstance(piece, Barrier) and self.waiting and self.distance > _LAZY:
            self.pool()

    def flush(self) -> None:
        """Code becomes one piece up to where something else stands."""
        if self.run:
            self.made.append(bytes(self.run))
            self.run.clear()

    @property
    def distance(self) -> int:
        return self.at - self.first + WORD_BYTES * len(self.waiting)

    def bridge(self) -> None:
        """A pool in the middle of what runs on."""
        self.flush()
        behind = Label(("behind pool", self.n_pools))
        jump = self.jump(behind.name)
        self.made.append(jump)
        self.at += jump.longest
        self.pool()
        self.made.append(behind)

    def pool(self) -> None:
        if not self.waiting:
            return
        self.made.append(Padding())
        self.at += PADDING_BYTES
        for literal in self.waiting.values():
            self.made += (Label(literal), Word(literal.word))
            self.at += WORD_BYTES
        self.waiting.clear()
        self.n_pools += 1
