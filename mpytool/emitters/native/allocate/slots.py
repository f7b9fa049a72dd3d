"""Slots of the frame: ranges that are never live at once share one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.ranges import Intervals
from mpytool.emitters.native.machine import StackSlot, VReg


def share_slots(
    vregs: Iterable[VReg], live: Mapping[VReg, Intervals], removed: Sequence[int] = ()
) -> dict[VReg, StackSlot]:
    """A slot for each register, the longest first into the first slot that is free throughout.

    ``removed``: positions of instructions that do not count, ascending."""
    order = sorted(vregs, key=lambda vreg: (-live[vreg].size(removed), vreg.number))
    taken = _Taken(sorted({position for vreg in order for position in live[vreg].starts + live[vreg].ends}))
    given: dict[VReg, StackSlot] = {}
    for vreg in order:
        lowest_zero = taken.take(live[vreg])
        given[vreg] = StackSlot(lowest_zero.bit_length() - 1)
    return given


@dataclass(slots=True)
class _Taken:
    """Which slots are taken where: masks in a segment tree over the stretches between ``positions``.

    Node 1 is the root, 2n and 2n + 1 are below n, the stretches are the last ``len(positions)`` nodes.
    ``whole``: slots that are taken in all of what is below a node; ``some``: in any of it.
    """

    positions: list[int]
    whole: list[int] = field(init=False)
    some: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.whole = [0] * (2 * len(self.positions))
        self.some = [0] * (2 * len(self.positions))

    def _nodes(self, start: int, end: int) -> tuple[list[int], set[int]]:
        """The nodes that [start, end) consists of, and all that are above them."""
        count = len(self.positions)
        left = bisect_left(self.positions, start) + count
        right = bisect_left(self.positions, end) + count
        first, last = left, right - 1
        found = []
        while left < right:
            if left & 1:
                found.append(left)
                left += 1
            if right & 1:
                right -= 1
                found.append(right)
            left >>= 1
            right >>= 1
        above = set()
        for at in (first >> 1, last >> 1):
            while at:
                above.add(at)
                at >>= 1
        return found, above

    def take(self, live: Intervals) -> int:
        """Take the first slot that is free throughout some intervals: its mask."""
        rows = [self._nodes(start, end) for start, end in zip(live.starts, live.ends, strict=True)]
        some, whole = self.some, self.whole
        taken = 0
        for nodes, above in rows:
            for node in nodes:
                taken |= some[node]
            for node in above:
                taken |= whole[node]
        mask = ~taken & taken + 1
        for nodes, above in rows:
            for node in nodes:
                whole[node] |= mask
                some[node] |= mask
            for node in above:
                some[node] |= mask
        return mask
