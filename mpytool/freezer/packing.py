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
from collections import Counter
from collections.abc import Sequence

_MAX_OVERLAP = 8
"""Items; pieces hardly ever have more than two in common, end to start."""
_SHORT = 4
"""Bytes; longer texts are hardly found in code by chance."""
_END = 6
"""Bytes of an end that is looked for."""
_OFTEN = 8
"""So many pieces that end in the same byte make it worth while to look for ends."""


class Packed:
    """``order``: (piece, how many of its first items the ones before it end with) as they lie in the array.

    ``offsets[i]`` is where piece ``i`` begins, in items; ``homes[i]`` the array in which it lies: 0 for the
    new one, ``1 + j`` for the given array ``j``. ``size`` is that of the new array.
    """

    __slots__ = ("order", "offsets", "homes", "size")

    def __init__(self, order: list[tuple[int, int]], offsets: list[int], homes: list[int], size: int) -> None:
        self.order = order
        self.offsets = offsets
        self.homes = homes
        self.size = size


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
    """Which pieces lie within others. ``places[i]`` is (array, piece or -1, offset in items within it).

    Texts, which end in their only NUL, lie at the end of each other: sorted from their ends, each comes right
    before those that it is an end of. Of all others, and of short texts in these, one has to search.
    """

    def __init__(self, pieces: Sequence[bytes], given: Sequence[bytes], width: int) -> None:
        self.width = width
        self._pieces = pieces
        self.places: list[tuple[int, int, int]] = [(0, -1, 0)] * len(pieces)
        self._given = given
        self._text = bytearray()
        self._starts: list[int] = []
        self._owners: list[int] = []
        known: dict[bytes, int] = {}
        texts: list[int] = []
        others: list[int] = []
        for i, piece in enumerate(pieces):
            if known.setdefault(piece, i) == i and piece:
                is_text = width == 1 and piece.find(0) == len(piece) - 1
                (texts if is_text else others).append(i)
        ends = _Ends([pieces[i] for i in others])
        for i in sorted(others, key=lambda i: -len(pieces[i])):
            piece = pieces[i]
            place = self._find_by_end(piece, ends)
            if place is None:
                place = (0, i, 0)
                ends.add(piece, len(self._text))
                self._starts.append(len(self._text))
                self._owners.append(i)
                self._text += piece
            self.places[i] = place
        self._place_texts(pieces, texts)
        self.roots = [i for i in known.values() if self.places[i] == (0, i, 0)]
        for i, piece in enumerate(pieces):
            self.places[i] = self.places[known[piece]]

    def _place_texts(self, pieces: Sequence[bytes], texts: list[int]) -> None:
        # (text from its end, array, piece or offset in the array); of equal ones the given comes last
        rows = [(pieces[i][::-1], 0, i) for i in texts]
        for home, array in enumerate(self._given if texts else (), 1):
            at = 0
            for part in array.split(b"\0")[:-1]:
                rows.append((b"\0" + part[::-1], home, at))
                at += len(part) + 1
        before_nul = [part[1 - _SHORT :] for part in self._text.split(b"\0")[:-1]] if texts else []
        ends = [{bytes(part[-size:]) if size else b"" for part in before_nul} for size in range(_SHORT)]
        longest = b""
        place = (0, -1, 0)
        for text, home, number in sorted(rows, reverse=True):
            is_end = longest.startswith(text)
            if home:
                found = (home, -1, number)
            elif is_end:
                found = (place[0], place[1], place[2] + len(longest) - len(text))
            else:
                piece = pieces[number]
                may_be = len(piece) <= _SHORT and piece[:-1] in ends[len(piece) - 1]
                found = (self._find(piece) if may_be else None) or (0, number, 0)
            if not home:
                self.places[number] = found
            if not is_end:
                longest, place = text, found

    def _find_by_end(self, piece: bytes, ends: _Ends) -> tuple[int, int, int] | None:
        places = ends.of(piece)
        if places is None:
            return self._find(piece)
        for end in places:
            at = end - len(piece)
            if at >= 0 and not at % self.width and self._text.startswith(piece, at):
                host = bisect_right(self._starts, at) - 1
                if end <= self._starts[host] + len(self._pieces[self._owners[host]]):
                    return 0, self._owners[host], (at - self._starts[host]) // self.width
        return None

    def _find(self, piece: bytes) -> tuple[int, int, int] | None:
        at = -1
        while True:
            at = _find_aligned(self._text, piece, at + 1, self.width)
            if at < 0:
                return None
            host = bisect_right(self._starts, at) - 1
            end = self._starts[host + 1] if host + 1 < len(self._starts) else len(self._text)
            if at + len(piece) <= end:  # neighbours here need not be neighbours in the end
                return 0, self._owners[host], (at - self._starts[host]) // self.width


class _Ends:
    """Where pieces may lie in the text of those before them, by their last bytes.

    Most bytecode ends in the same few bytes, so these are all that has to be looked at; searching all text
    for each piece takes the square of the time.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._found: dict[int, dict[bytes, list[int]]] = {
            byte: {} for byte, count in Counter([piece[-1] for piece in pieces]).items() if count >= _OFTEN
        }

    def add(self, piece: bytes, start: int) -> None:
        """A piece that begins at ``start`` of the text."""
        for byte, found in self._found.items():
            end = piece.find(byte, _END - 1) + 1
            while end:
                found.setdefault(piece[end - _END : end], []).append(start + end)
                end = piece.find(byte, end) + 1

    def of(self, piece: bytes) -> Sequence[int] | None:
        """Where in the text are the same last bytes, in order: behind them; None if that is not known."""
        found = self._found.get(piece[-1])
        return None if found is None or len(piece) < _END else found.get(piece[-_END:], ())


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
