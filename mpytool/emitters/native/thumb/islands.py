"""Short branches to far blocks, by way of a jump that is near.

    bpl.w b9; … bhs.w b9; …; b b4                before: four bytes each

    bpl near; … bhs near; …; b b4; near: b b9    after: two bytes each, and two for the jump that they share

A jump to the block that the code has anyway costs nothing, nor does a later branch on the same condition: it
is taken, too. Other jumps are put behind jumps and returns, where nothing falls into them. Only for branches
that are hardly ever taken.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

from mpytool.emitters.native.thumb.pieces import Barrier, Label, Piece, Reference

_REACH = 250
"""Short branches go no further, either way."""

_MARGIN = 16
"""So much of it is given up, because what is put in moves the code apart."""

_JUMP_BYTES = 2


@dataclass(slots=True)
class _Placed:
    """Where pieces are: ``at`` of each by its index."""

    pieces: Sequence[Piece]
    at: Sequence[int]
    sizes: dict[Reference, int]
    barriers: list[int] = field(default_factory=list)
    jumps: dict[tuple[Hashable, int | None], list[int]] = field(default_factory=dict)
    """Indices of jumps that are there, by their targets; of branches by their conditions, too."""

    def __post_init__(self) -> None:
        for index, piece in enumerate(self.pieces):
            if isinstance(piece, Barrier):
                self.barriers.append(index)
            elif isinstance(piece, Reference) and (piece.is_jump or piece.condition is not None):
                self.jumps.setdefault((piece.target, piece.condition), []).append(index)

    def gain(self, reference: Reference, start: int, target: int) -> int:
        """How many bytes a reference at ``start`` loses if its target is that near."""
        distance = target - start
        for choice in reference.choices:
            low = choice.low + (_MARGIN if choice.low < 0 else 0)
            if low <= distance <= choice.high - _MARGIN:
                return self.sizes[reference] - choice.size
        return 0

    def near(self, indices: Sequence[int], start: int) -> Sequence[int]:
        """Those of ``indices`` (ascending) that a short branch may reach."""
        first = bisect_left(indices, start - _REACH, key=self.at.__getitem__)
        last = bisect_right(indices, start + _REACH, key=self.at.__getitem__)
        return indices[first:last]


def add_islands(
    pieces: Sequence[Piece],
    at: Sequence[int],
    sizes: dict[Reference, int],
    jump: Callable[[Hashable], Reference],
) -> list[Piece] | None:
    """The pieces with more jumps; None if that saves nothing.

    ``at`` is where each piece would be without, ``sizes`` how long the references would be.
    """
    placed = _Placed(pieces, at, sizes)
    far: dict[Hashable, list[int]] = {}
    for index, piece in enumerate(pieces):
        if isinstance(piece, Reference) and piece.is_rare and sizes[piece] > _JUMP_BYTES:
            far.setdefault(piece.target, []).append(index)
    redirected: dict[int, Label] = {}
    in_front: dict[int, list[Label]] = {}
    behind: dict[int, list[Piece]] = {}
    for target, indices in far.items():
        left = []
        for index in indices:
            best = _best_jump(placed, index, target)
            if best is None:
                left.append(index)
            else:
                label = Label(("island", best))
                in_front[best] = [label]
                redirected[index] = label
        for barrier, users in _shared_jumps(placed, left):
            label = Label(("island", target, barrier))
            behind.setdefault(barrier, []).extend((label, jump(target), Barrier()))
            redirected |= dict.fromkeys(users, label)
    if not redirected:
        return None
    made: list[Piece] = []
    for index, piece in enumerate(pieces):
        made += in_front.get(index, ())
        if index in redirected:
            assert isinstance(piece, Reference)
            piece = replace(piece, target=redirected[index].name)
        made.append(piece)
        made += behind.get(index, ())
    return made


def _best_jump(placed: _Placed, index: int, target: Hashable) -> int | None:
    """A jump to the target that is there, so near as to save bytes; or a branch, further down because two
    must not go to each other."""
    reference = placed.pieces[index]
    assert isinstance(reference, Reference)
    start = placed.at[index]
    found = [*placed.near(placed.jumps.get((target, None), ()), start)]
    if reference.condition is not None:
        branches = placed.near(placed.jumps[target, reference.condition], start)
        found += [branch for branch in branches if branch > index]
    for jump in found:
        if placed.gain(reference, start, placed.at[jump]) > 0:
            return jump
    return None


def _shared_jumps(placed: _Placed, indices: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Behind which barriers further jumps save bytes, and who uses each: the best one first, then the best
    one for those that are left."""
    gains: dict[int, int] = {}
    users: dict[int, list[int]] = {}
    reached: dict[int, list[tuple[int, int]]] = {}
    for index in indices:
        reference = placed.pieces[index]
        assert isinstance(reference, Reference)
        start = placed.at[index]
        reached[index] = []
        for barrier in placed.near(placed.barriers, start):
            gain = placed.gain(reference, start, placed.at[barrier])
            if gain > 0:
                gains[barrier] = gains.get(barrier, 0) + gain
                users.setdefault(barrier, []).append(index)
                reached[index].append((barrier, gain))
    # What others have taken away from a barrier is seen when its turn comes: gains only shrink
    best = [(-gain, barrier) for barrier, gain in gains.items()]
    heapify(best)
    while best:
        gain, barrier = heappop(best)
        if gains[barrier] != -gain:
            heappush(best, (-gains[barrier], barrier))
        elif -gain <= _JUMP_BYTES:
            return
        else:
            mine = [index for index in users[barrier] if index in reached]
            for index in mine:
                for other, lost in reached.pop(index):
                    gains[other] -= lost
            yield barrier, mine
