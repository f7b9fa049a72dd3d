"""Pieces of code to bytes: pools placed, the shortest forms that reach chosen, islands put in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from mpytool.emitters.native.relaxing import Jump, OutOfReachError, relax
from mpytool.emitters.native.thumb.encoding import EncodingError
from mpytool.emitters.native.thumb.islands import add_islands
from mpytool.emitters.native.thumb.pieces import (
    PADDING_BYTES,
    WORD_BYTES,
    Choice,
    Label,
    Padding,
    Piece,
    Reference,
    Word,
)
from mpytool.emitters.native.thumb.pools import place_pools


@dataclass(frozen=True, slots=True)
class _Placed:
    """``at`` of each piece; ``chosen`` for each reference."""

    pieces: Sequence[Piece]
    at: list[int]
    chosen: dict[Reference, Choice]


def assemble(pieces: list[Piece], jump: Callable[[Hashable], Reference]) -> tuple[bytes, dict[Hashable, int]]:
    """The bytes, and where the labels are. EncodingError: a target is out of reach.

    ``jump`` makes the reference of a jump to a label.
    """
    try:
        placed = _place(place_pools(pieces, jump))
    except OutOfReachError as error:
        raise EncodingError(f"the function is too large: {error}") from error
    sizes = {reference: choice.size for reference, choice in placed.chosen.items()}
    with_islands = add_islands(placed.pieces, placed.at, sizes, jump)
    if with_islands is not None:
        try:
            better = _place(with_islands)
        except OutOfReachError:  # a word of a pool, from which it was far already
            better = placed
        if better.at[-1] < placed.at[-1]:
            placed = better
    return _encode(placed)


def _place(pieces: Sequence[Piece]) -> _Placed:
    """Choose forms as if each padding were there, then leave out what is not needed of it: so everything
    only comes nearer. OutOfReachError."""
    section_of: dict[Hashable, int] = {}
    references: list[Reference | None] = [None]
    sizes = [0]
    for piece in pieces:
        if isinstance(piece, bytes):
            sizes[-1] += len(piece)
        elif isinstance(piece, Reference):
            references.append(piece)
            sizes.append(0)
        elif isinstance(piece, Label):
            section_of[piece.name] = len(sizes)
            references.append(None)
            sizes.append(0)
        else:
            sizes[-1] += _size(piece, PADDING_BYTES)
    jumps = [
        None if reference is None else Jump(section_of[reference.target], reference.choices)
        for reference in references
    ]
    relaxed = relax(jumps, sizes)
    chosen = {
        reference: reference.choices[form]
        for reference, form in zip(references, relaxed.forms, strict=True)
        if reference is not None
    }
    at, position = [], 0
    for piece in pieces:
        at.append(position)
        if isinstance(piece, bytes):
            position += len(piece)
        elif isinstance(piece, Reference):
            position += chosen[piece].size
        else:
            position += _size(piece, -position % WORD_BYTES)
    at.append(position)
    return _Placed(pieces, at, chosen)


def _size(piece: Piece, padding: int) -> int:
    """Of a piece that is neither code nor a reference."""
    if isinstance(piece, Word):
        return WORD_BYTES
    return padding if isinstance(piece, Padding) else 0


def _encode(placed: _Placed) -> tuple[bytes, dict[Hashable, int]]:
    pairs = list(zip(placed.pieces, placed.at, strict=False))
    places = {piece.name: position for piece, position in pairs if isinstance(piece, Label)}
    code = bytearray()
    for piece, position in pairs:
        if isinstance(piece, bytes):
            code += piece
        elif isinstance(piece, Word):
            code += (piece.value & 0xFFFFFFFF).to_bytes(WORD_BYTES, "little")
        elif isinstance(piece, Padding):
            code += bytes(-len(code) % WORD_BYTES)
        elif isinstance(piece, Reference):
            code += placed.chosen[piece].encode(position, places[piece.target])
    return bytes(code), places
