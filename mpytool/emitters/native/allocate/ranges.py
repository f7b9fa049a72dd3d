"""Where each virtual register is live: the ranges that allocation packs into registers and slots.

Instruction number n, counted over all blocks in their order, has the positions from STEP * n on: operands are
read before READ, where a call spoils registers, results are there from WRITE on (early ones from the
beginning). A range is a sorted list of half-open intervals with holes between them::

    1:  v3 = load [v1]          v1: ..1 READ    v3: 1 WRITE..
    2:  add v3 v2               v3: ..2 WRITE, 2 WRITE.. is one interval
    3:  copy r0 <- v3           v3: ..3 READ, so v3 can be in r0, which is there from 3 WRITE on

They are told register by register, from its events and from where it is live into blocks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.liveness import Solver
from mpytool.emitters.native.allocate.occurrences import Occurrences, find_occurrences
from mpytool.emitters.native.machine import Convention, MachineFunction, PhysReg, VReg
from mpytool.emitters.native.moments import (
    EARLY_WRITE,
    IS_ASSIGNMENT,
    MODIFY,
    POSITION,
    READ,
    READ_BY_MOVE,
    STEP,
    UNREAD,
    WRITE,
)


@dataclass(slots=True, eq=False)
class Intervals:
    """Sorted, disjoint, half-open: [starts[i], ends[i])."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def covers(self, position: int) -> bool:
        index = bisect_right(self.starts, position) - 1
        return index >= 0 and self.ends[index] > position

    def overlaps(self, other: Intervals) -> bool:
        few, many = (self, other) if len(self.starts) <= len(other.starts) else (other, self)
        if not few.starts or few.ends[-1] <= many.starts[0] or many.ends[-1] <= few.starts[0]:
            return False
        if len(few.starts) == 1:
            index = bisect_left(many.starts, few.ends[0]) - 1
            return index >= 0 and many.ends[index] > few.starts[0]
        starts, ends = many.starts, many.ends
        for start, end in zip(few.starts, few.ends, strict=True):
            index = bisect_right(starts, start)
            if (index and ends[index - 1] > start) or (index < len(starts) and starts[index] < end):
                return True
        return False

    def add(self, other: Intervals) -> None:
        """The union with intervals that overlap none of these."""
        if len(other.starts) == 1:
            index = bisect_left(self.starts, other.starts[0])
            self.starts.insert(index, other.starts[0])
            self.ends.insert(index, other.ends[0])
        elif not self.starts or (other.starts and other.starts[0] > self.starts[-1]):
            self.starts += other.starts
            self.ends += other.ends
        elif len(other.starts) * _FEW <= len(self.starts):
            for start, end in zip(other.starts, other.ends, strict=True):
                index = bisect_left(self.starts, start)
                self.starts.insert(index, start)
                self.ends.insert(index, end)
        else:
            # Disjoint: the order of the starts is that of the ends
            self.starts = sorted(self.starts + other.starts)
            self.ends = sorted(self.ends + other.ends)

    def size(self, removed: Sequence[int] = ()) -> int:
        """``removed``: positions of instructions that do not count, ascending."""
        size = sum(self.ends) - sum(self.starts)
        if removed:
            for start, end in zip(self.starts, self.ends, strict=True):
                size -= STEP * (bisect_left(removed, end) - bisect_left(removed, start))
        return size


_FEW = 8
"""So many times as many intervals as another range has: putting those in one by one is faster."""


def union(starts: list[int], ends: list[int]) -> Intervals:
    """Of intervals in any order that may overlap."""
    merged = Intervals()
    for start, end in sorted(zip(starts, ends, strict=True)):
        if merged.ends and merged.ends[-1] >= start:
            merged.ends[-1] = max(merged.ends[-1], end)
        else:
            merged.starts.append(start)
            merged.ends.append(end)
    return merged


@dataclass(slots=True)
class CallSites:
    """Where calls spoil registers, ascending; ``costs[i]``: of saving one register around the first i."""

    positions: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=lambda: [0.0])

    def cost(self, live: Intervals) -> float:
        """Of the calls within intervals, 0.0 if there are none."""
        total = 0.0
        if self.positions:
            for start, end in zip(live.starts, live.ends, strict=True):
                first = bisect_left(self.positions, start)
                total += self.costs[bisect_left(self.positions, end, first)] - self.costs[first]
        return total

    def are_within(self, live: Intervals) -> bool:
        """Whether there are any within intervals."""
        positions = self.positions
        for start, end in zip(live.starts, live.ends, strict=True):
            at = bisect_left(positions, start)
            if at == len(positions):
                break
            if positions[at] < end:
                return True
        return False

    def within(self, live: Intervals) -> list[int]:
        """The positions within intervals."""
        found: list[int] = []
        for start, end in zip(live.starts, live.ends, strict=True):
            found += self.positions[bisect_left(self.positions, start) : bisect_left(self.positions, end)]
        return found


@dataclass(slots=True)
class Ranges:
    """What is live where in one numbering of the instructions.

    ``live``       of the virtual registers; what is written and never read has a short interval
    ``fixed``      of the machine's registers: operands by name and clobbers, calls apart
    ``weight``     how often a register is read and written, and how many instructions do that: what having it
                   in memory would cost
    ``hot``        calls that spoil registers for everybody
    ``cold``       calls around which registers are saved
    ``calls``      the positions of both
    ``calm``       registers without calls between the start and the end of their ranges: most
    ``changes``    before which blocks registers become live or end being live (``LiveRegisters.changes``)
    ``removed``    the positions of instructions that are not there any more, ascending
    """

    occurrences: Occurrences
    live: dict[VReg, Intervals]
    fixed: dict[PhysReg, Intervals]
    weight: dict[VReg, float]
    hot: CallSites
    cold: CallSites
    calls: list[int]
    changes: dict[VReg, list[int]]
    calm: set[VReg] = field(default_factory=set)
    removed: list[int] = field(default_factory=list)

    def tell(self, vregs: Sequence[VReg], solver: Solver) -> None:
        """Where registers are live and what they weigh, once their events are others."""
        changes = solver.solve(self.occurrences, vregs).changes()
        for vreg in vregs:
            self.changes[vreg] = changes.get(vreg, [])
            self.note(vreg)

    def note(self, vreg: VReg) -> None:
        """The same of one, from its events and changes."""
        found = self.occurrences
        events = found.events[vreg]
        live = self.live[vreg] = _intervals(events, self.changes.get(vreg, ()), found.firsts)
        self.weight[vreg] = _weight(events, found)
        if self.is_calm(live.starts[0], live.ends[-1]):
            self.calm.add(vreg)
        else:
            self.calm.discard(vreg)

    def is_calm(self, start: int, end: int) -> bool:
        """Whether there are no calls between two positions."""
        return bisect_left(self.calls, start) == bisect_left(self.calls, end)


def find_ranges(
    function: MachineFunction,
    convention: Convention,
    solver: Solver,
    changes: dict[VReg, list[int]] | None = None,
) -> Ranges:
    """``changes``: where registers become live or end being live, if that is known."""
    found = find_occurrences(function)
    if changes is None:
        changes = solver.solve(found, found.events).changes()
    hot, cold = CallSites(), CallSites()
    for number, _ in found.calls:
        block = found.blocks[number]
        sites = cold if function.blocks[block].cold else hot
        sites.positions.append(STEP * number + READ)
        # A register is stored before the call and loaded behind
        sites.costs.append(sites.costs[-1] + 2 * found.worths[block])
    calls = [STEP * number + READ for number, _ in found.calls]
    ranges = Ranges(found, {}, _fixed(found, convention), {}, hot, cold, calls, changes)
    live, weight, blocks, worths, calm = ranges.live, ranges.weight, found.blocks, found.worths, ranges.calm
    for reg, events in found.events.items():
        if isinstance(reg, VReg):
            if len(events) == 2 and reg not in changes:
                # Most: written and read once
                start, end = events
                if WRITE <= start % STEP < MODIFY and READ <= end % STEP < WRITE:
                    live[reg] = Intervals([start & POSITION], [end & POSITION])
                    weight[reg] = worths[blocks[start // STEP]] + worths[blocks[end // STEP]]
                    if bisect_left(calls, start) == bisect_left(calls, end & POSITION):
                        calm.add(reg)
                    continue
            ranges.note(reg)
    return ranges


def _fixed(found: Occurrences, convention: Convention) -> dict[PhysReg, Intervals]:
    spoiled: dict[PhysReg, list[int]] = {reg: [] for reg in convention.allocatable}
    for number, registers in found.clobbers:
        for reg in registers:
            if reg in spoiled:
                spoiled[reg].append(STEP * number)
    fixed: dict[PhysReg, Intervals] = {}
    for reg, starts in spoiled.items():
        if reg not in found.events and not starts:
            fixed[reg] = Intervals()
            continue
        named = _intervals(found.events[reg], (), found.firsts) if reg in found.events else Intervals()
        ends = [start + STEP for start in starts]
        fixed[reg] = union(named.starts + starts, named.ends + ends)
    return fixed


def _intervals(events: Sequence[int], changes: Sequence[int], firsts: Sequence[int]) -> Intervals:
    """Backwards over the events of a register and the starts of blocks where it becomes live or ends so."""
    if changes:
        events = sorted([*events, *[STEP * firsts[block] for block in changes]])
    elif IS_ASSIGNMENT[events[0] % STEP]:
        for event in events[1:]:
            if IS_ASSIGNMENT[event % STEP]:
                break
        else:
            # Assigned once, and wanted or modified from then on: most
            last = events[-1]
            unread = last % STEP >= WRITE
            return Intervals(
                [events[0] & POSITION], [last - last % STEP + UNREAD if unread else last & POSITION]
            )
    starts: list[int] = []
    ends: list[int] = []
    until = -1  # where the interval ends that began to be seen
    for event in reversed(events):
        moment = event % STEP
        if moment in (READ, READ_BY_MOVE):
            if until < 0:
                until = event & POSITION
        elif moment == MODIFY:
            if until < 0:
                until = event - MODIFY + UNREAD
        elif moment >= WRITE or moment == EARLY_WRITE:
            # What is never read takes its register for a moment
            starts.append(event & POSITION)
            ends.append(event - moment + UNREAD if until < 0 else until)
            until = -1
        elif until < 0:
            until = event
        else:
            starts.append(event)
            ends.append(until)
            until = -1
    if until >= 0:
        starts.append(0)
        ends.append(until)
    starts.reverse()
    ends.reverse()
    return Intervals(starts, ends)


def _weight(events: Sequence[int], found: Occurrences) -> float:
    blocks, worths = found.blocks, found.worths
    first = blocks[events[0] // STEP]
    if first == blocks[events[-1] // STEP]:
        return len(events) * worths[first]
    total = 0.0
    for event in events:
        total += worths[blocks[event // STEP]]
    return total
