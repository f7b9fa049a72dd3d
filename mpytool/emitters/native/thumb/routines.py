"""Instructions that stand several times in a function are there once, as a routine of its own.

    ldr  r0, [r6]           before, once for each function that a module defines
    mov  r1, r5
    movs r2, #0
    ldr  r3, [r7, #0x68]
    blx  r3

    ldr  r0, [r6]           after
    bl   routine

    routine:                behind the function
    mov  r1, r5
    movs r2, #0
    ldr  r3, [r7, #0x68]
    bx   r3                 lr says where to go on, for what is called too

What ends with a call takes one instruction more each time, other routines end with ``bx lr`` and take two. A
routine uses neither lr nor pc and has no frame: to the run time, which may be called, be left by an exception
or arm a handler there, it is not there. It has no other call.

Needs: a function that saves lr.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Sequence

from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.pieces import Barrier, Label, Piece
from mpytool.emitters.native.thumb.references import call_routine
from mpytool.emitters.native.thumb.registers import LR, SP

_LONGEST = 14
"""Pieces of a routine."""
_SITE = t.BL.size
_LEAST = 2
"""Bytes that a routine has to save."""

_FIXED, _PLAIN, _CALL = range(3)


def make_routines(pieces: list[Piece], spans: Sequence[tuple[int, int]]) -> list[Piece]:
    """The code with routines; ``spans`` are the pieces that may go there, from and to."""
    kinds = [_FIXED] * len(pieces)
    for start, end in spans:
        for index in range(start, end):
            piece = pieces[index]
            if isinstance(piece, bytes):
                kinds[index] = _kind(piece)
    chosen = _choose(pieces, kinds)
    if not chosen:
        return pieces
    made: list[Piece] = []
    routines: list[Piece] = []
    skip = 0
    for index, piece in enumerate(pieces):
        if index in chosen:
            name, length, is_first = chosen[index]
            made.append(call_routine(name))
            skip = index + length
            if is_first:
                routines += _routine(name, pieces[index:skip], kinds[skip - 1])
        elif index >= skip:
            made.append(piece)
    return made + routines


def _routine(name: tuple[str, int], body: Sequence[Piece], kind: int) -> list[Piece]:
    *others, last = body
    assert isinstance(last, bytes)
    if kind == _CALL:
        leave = [t.BX.encode(int.from_bytes(last, "little") >> 3 & 15)]
    else:
        leave = [last, t.BX.encode(LR.number)]
    return [Barrier(), Label(name), *others, *leave, Barrier()]


def _choose(pieces: Sequence[Piece], kinds: Sequence[int]) -> dict[int, tuple[tuple[str, int], int, bool]]:
    """Where routines are called: (name, how many pieces it takes the place of, whether it is the first)."""
    places = _repeated(pieces, kinds)
    taken = [False] * len(pieces)
    chosen: dict[int, tuple[tuple[str, int], int, bool]] = {}
    heap = [
        (-gain, len(code), code)
        for code, found in places.items()
        if (gain := _gain(code, len(found), kinds[found[0][1] - 1])) >= _LEAST
    ]
    heapq.heapify(heap)
    while heap:
        known, length, code = heapq.heappop(heap)
        free: list[tuple[int, int]] = []
        for start, end in places[code]:
            if not any(taken[start:end]) and (not free or start >= free[-1][1]):
                free.append((start, end))
        gain = _gain(code, len(free), kinds[places[code][0][1] - 1])
        if gain < _LEAST:
            continue
        if -gain != known:
            # Others have taken some of them since: another may be better now
            heapq.heappush(heap, (-gain, length, code))
            continue
        name = ("routine", free[0][0])
        for start, end in free:
            taken[start:end] = [True] * (end - start)
            chosen[start] = name, end - start, start == free[0][0]
    return chosen


def _repeated(pieces: Sequence[Piece], kinds: Sequence[int]) -> dict[bytes, list[tuple[int, int]]]:
    """Where there is what stands several times and is longer than a call of it: from and to. Only what is
    repeated is looked at further on."""
    found: dict[bytes, list[tuple[int, int]]] = {}
    groups = [(b"", [(start, start) for start, kind in enumerate(kinds) if kind != _FIXED])]
    for _ in range(_LONGEST):
        longer: dict[bytes, list[tuple[int, int]]] = {}
        for code, places in groups:
            for start, end in places:
                piece = pieces[end] if end < len(pieces) and kinds[end] != _FIXED else None
                if isinstance(piece, bytes) and not (end > start and kinds[end - 1] == _CALL):
                    longer.setdefault(code + piece, []).append((start, end + 1))
        groups = [(code, places) for code, places in longer.items() if len(places) > 1]
        found.update((code, places) for code, places in groups if len(code) > _SITE)
    return found


def _gain(code: bytes, times: int, kind: int) -> int:
    """The bytes that a routine saves."""
    return times * (len(code) - _SITE) - len(code) - (0 if kind == _CALL else t.BX.size)


# --- what may stand in a routine ---------------------------------------------------------------------------


@functools.lru_cache(1 << 12)
def _kind(code: bytes) -> int:
    """Of a piece: of one instruction or several."""
    halves = [int.from_bytes(code[at : at + 2], "little") for at in range(0, len(code), 2)]
    at = 0
    while at < len(halves):
        if halves[at] >> 11 in _WIDE:
            if not _is_plain_wide(halves[at], halves[at + 1]):
                return _FIXED
            at += 2
            continue
        if halves[at] >> 7 == _BLX and len(halves) == 1:
            return _CALL if halves[at] >> 3 & 15 < SP.number else _FIXED
        if not _is_plain(halves[at]):
            return _FIXED
        at += 1
    return _PLAIN


_WIDE = (0b11101, 0b11110, 0b11111)
_BLX = 0b010001111
_HIGH_REGISTERS = 0b010001
_MISCELLANEOUS, _EXTENDS = 0b1011, 0b10110010
_BRANCHES = 0b1101
_PC_RELATIVE = (0b01001, 0b10100)


def _is_plain(half: int) -> bool:
    """Neither jumps nor changes sp, and does not name lr or pc."""
    if half >> 10 == _HIGH_REGISTERS:
        registers = (half >> 4 & 8 | half & 7, half >> 3 & 15)
        return half >> 8 & 3 != 3 and max(registers) < SP.number
    if half >> 12 == _MISCELLANEOUS:
        return half >> 8 == _EXTENDS
    return half >> 12 < _BRANCHES and half >> 11 not in _PC_RELATIVE


_LOADS, _NUMBERS = 0b1111100, 0b11110


def _is_plain_wide(first: int, second: int) -> bool:
    """Loads and stores of registers up to r12, and what computes with numbers."""
    n = first & 15
    if first >> 9 == _LOADS:
        return n <= SP.number and second >> 12 < SP.number
    return first >> 11 == _NUMBERS and not second >> 15 and second >> 8 & 15 < SP.number
