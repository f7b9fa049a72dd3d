"""Lay pieces of constant data into one array so that equal data lies there once.

Before, four texts and their ends::

    read\\0  readinto\\0  into\\0  \\x00\\x5b

After: ``into`` is the end of ``readinto``, and the last piece begins with the NUL of another one::

    readinto\\0\\x5b  read\\0        offsets 0+4, 0, 4, 8

Whoever reads a piece knows its length or its end, so nobody can tell. Items wider than a byte (pointers,
qstr numbers) are packed by the same function, each as a token of ``width`` bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from mpytool.records import dataclass

_MAX_OVERLAP = 16
"""Items; pieces hardly ever have more than two in common, end to start."""
_GRAM = 4
"""Bytes of the substrings that are looked up before a search."""


@dataclass(slots=True)
class Packed:
    """``order``: (piece, how many of its first items the ones before it end with) as they lie in the array.

    ``offsets[i]`` is where piece ``i`` begins, in items; ``homes[i]`` the array in which it lies: 0 for the
    new one, ``1 + j`` for the given array ``j``. ``size`` is that of the new array.
    """

    order: list[tuple[int, int]]
    offsets: list[int]
    homes: list[int]
    size: int


def pack(pieces: Sequence[bytes], given: Sequence[bytes] = (), width: int = 1, share: bool = True) -> Packed:
    """Where each piece lies in one new array, or in one of the ``given`` arrays that exist anyway.

    Pieces keep their order as far as sharing leaves it alone. An empty piece is at offset 0. Without
    ``share`` one lies behind the other.
    """
    if not share:
        return _in_a_row(pieces, width)
    finder = _Finder(pieces, given, width)
    successor, overlap = _chain(pieces, finder.roots, width)
    order = []
    starts: dict[int, int] = {}
    size = 0
    preceded = set(successor.values())
    for root in finder.roots:
        if root in preceded:
            continue
        piece: int | None = root
        while piece is not None:
            shared = overlap.get(piece, 0)
            order.append((piece, shared))
            starts[piece] = size - shared
            size += len(pieces[piece]) // width - shared
            piece = successor.get(piece)
    offsets = []
    for i in range(len(pieces)):
        home, host, inside = finder.places[i]
        offsets.append(inside + starts[host] if not home and host >= 0 else inside)
    return Packed(order, offsets, [home for home, _, _ in finder.places], size)


def _in_a_row(pieces: Sequence[bytes], width: int) -> Packed:
    offsets = []
    size = 0
    for piece in pieces:
        offsets.append(size)
        size += len(piece) // width
    return Packed([(i, 0) for i in range(len(pieces))], offsets, [0] * len(pieces), size)


class _Finder:
    """Which pieces lie within others. ``places[i]`` is (array, piece or -1, offset in items within it)."""

    def __init__(self, pieces: Sequence[bytes], given: Sequence[bytes], width: int) -> None:
        self.width = width
        self.places: list[tuple[int, int, int]] = [(0, -1, 0)] * len(pieces)
        self._given = given
        self._text = bytearray()
        self._starts: list[int] = []
        self._owners: list[int] = []
        self._grams: set[int] = set()
        for array in given:
            self._note(array)
        known: dict[bytes, int] = {}
        roots = []
        for i in sorted(range(len(pieces)), key=lambda i: -len(pieces[i])):
            piece = pieces[i]
            if not piece:
                continue
            first = known.setdefault(piece, i)
            if first != i:
                self.places[i] = self.places[first]
                continue
            place = self._find(piece)
            if place is None:
                place = (0, i, 0)
                roots.append(i)
                self._starts.append(len(self._text))
                self._owners.append(i)
                self._text += piece
                self._note(piece)
            self.places[i] = place
        self.roots = sorted(roots)

    def _note(self, data: bytes) -> None:
        for grams in _grams(data):
            self._grams.update(grams)

    def _find(self, piece: bytes) -> tuple[int, int, int] | None:
        # Most pieces are nowhere: a look at their substrings says so sooner than a search.
        if not all(map(self._grams.issuperset, _grams(piece))):
            return None
        for j, array in enumerate(self._given):
            at = _find_aligned(array, piece, 0, self.width)
            if at >= 0:
                return 1 + j, -1, at // self.width
        at = -1
        while True:
            at = _find_aligned(self._text, piece, at + 1, self.width)
            if at < 0:
                return None
            host = bisect_right(self._starts, at) - 1
            end = self._starts[host + 1] if host + 1 < len(self._starts) else len(self._text)
            if at + len(piece) <= end:  # neighbours here need not be neighbours in the end
                return 0, self._owners[host], (at - self._starts[host]) // self.width


def _grams(data: bytes) -> Iterator[Iterable[int]]:
    """All substrings of _GRAM bytes, as numbers: first those that begin at multiples of that, and so on."""
    view = memoryview(data)
    for shift in range(min(_GRAM, len(data) - _GRAM + 1)):
        whole = (len(data) - shift) // _GRAM * _GRAM
        yield view[shift : shift + whole].cast("I")


def _find_aligned(data: bytes | bytearray, piece: bytes, start: int, width: int) -> int:
    at = data.find(piece, start)
    while at > 0 and at % width:
        at = data.find(piece, at + 1)
    return at


def _chain(pieces: Sequence[bytes], roots: list[int], width: int) -> tuple[dict[int, int], dict[int, int]]:
    """(which piece follows, how many items it shares with the one before), longest overlaps first."""
    successor: dict[int, int] = {}
    overlap: dict[int, int] = {}
    ends = {root: root for root in roots}  # of a chain, by its start; and the start, by its end
    longest = _MAX_OVERLAP * width
    heads = {root: pieces[root][:longest] for root in roots}
    tails = {root: pieces[root][-longest:] for root in roots}
    for size in range(_MAX_OVERLAP, 0, -1):
        n_bytes = size * width
        starts: dict[bytes, list[int]] = {}
        for root, head in heads.items():
            if len(pieces[root]) > n_bytes:
                starts.setdefault(head[:n_bytes], []).append(root)
        for root in [root for root, tail in tails.items() if tail[-n_bytes:] in starts]:
            waiting = starts[tails[root][-n_bytes:]]
            if not waiting or len(pieces[root]) <= n_bytes:
                continue
            # A chain must not bite its own tail.
            at = next((k for k, other in enumerate(waiting) if other != ends[root]), None)
            if at is None:
                continue
            follower = waiting.pop(at)
            successor[root] = follower
            overlap[follower] = size
            del tails[root], heads[follower]
            first, last = ends[root], ends[follower]
            ends[first], ends[last] = last, first
    return successor, overlap
