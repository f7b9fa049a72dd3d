"""Which register each range gets, and which get none.

Ranges take registers in the order of what an instruction of theirs saves: the more often a register is used
for its length, the earlier it chooses. It takes the cheapest one that is free throughout: a callee-saved
register costs a push and a pop the first time, a caller-saved one saving it around the cold calls within the
range; the other side of a copy being there saves the copy. If that costs more than memory, it is memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.ranges import SIZE_OF_ONE, STEP, Intervals, Ranges, frequency
from mpytool.emitters.native.machine import (
    Call,
    Convention,
    Copy,
    MachineFunction,
    PhysReg,
    Reg,
    VReg,
)

_SAVE = 2 * (1 + SIZE_OF_ONE / 2)
"""What the first use of a callee-saved register costs: short instructions, run once."""


@dataclass(slots=True)
class Lane:
    """A register, and who has it when: ``owners`` by the starts of intervals, none of fixed uses."""

    live: Intervals
    owners: dict[int, VReg] = field(default_factory=dict)

    def add(self, live: Intervals, owner: VReg) -> None:
        self.live.add(live)
        self.owners.update(dict.fromkeys(live.starts, owner))

    def owner(self, position: int) -> VReg | None:
        index = bisect_right(self.live.starts, position) - 1
        if index < 0 or self.live.ends[index] <= position:
            return None
        return self.owners.get(self.live.starts[index])

    def is_free(self, start: int, end: int) -> bool:
        """Whether nobody has it in [start, end)."""
        index = bisect_left(self.live.starts, end) - 1
        return index < 0 or self.live.ends[index] <= start


@dataclass(slots=True)
class Assignment:
    """``places``: the registers; ``lanes``: who has them when; ``without``: what got none, ascending."""

    places: dict[VReg, PhysReg] = field(default_factory=dict)
    lanes: dict[PhysReg, Lane] = field(default_factory=dict)
    without: list[VReg] = field(default_factory=list)
    saved: set[PhysReg] = field(default_factory=set)


Hints = dict[VReg, list[tuple[Reg, float]]]


def find_hints(function: MachineFunction, convention: Convention) -> Hints:
    """For each virtual register those that it would best be one with, and how much that saves."""
    hints: Hints = {}

    def add(one: object, other: object, worth: float) -> None:
        if isinstance(one, VReg) and isinstance(other, VReg | PhysReg):
            hints.setdefault(one, []).append((other, worth))
        if isinstance(other, VReg) and isinstance(one, PhysReg | VReg):
            hints.setdefault(other, []).append((one, worth))

    for block in function.blocks:
        worth = frequency(block) + SIZE_OF_ONE
        for instr in block.code:
            if isinstance(instr, Copy):
                for place, source in zip(instr.places, instr.sources, strict=True):
                    add(place, source, worth)
            elif isinstance(instr, Call):
                for argument, arg in zip(convention.arguments, instr.args, strict=False):
                    add(arg, argument, worth)
                add(instr.result, convention.result, worth)
            elif instr.op.two is not None:
                add(instr.operands[instr.op.two[0]], instr.operands[instr.op.two[1]], worth)
    return hints


def assign(
    function: MachineFunction,
    ranges: Ranges,
    convention: Convention,
    spilled: set[VReg],
    momentary: set[VReg],
    cheap: Container[VReg],
) -> Assignment:
    """Registers for all that is not ``spilled`` yet.

    ``momentary``  made by spilling: these must get a register, and choose first
    ``cheap``      can be computed anew
    """
    hints = find_hints(function, convention)
    done = Assignment()
    for reg in convention.allocatable:
        fixed = ranges.fixed[reg]
        done.lanes[reg] = Lane(Intervals([*fixed.starts], [*fixed.ends]))
        if fixed.starts and reg in convention.callee_saved:
            done.saved.add(reg)
    order = [vreg for vreg in ranges.live if vreg not in spilled]
    priority = {vreg: _priority(vreg, ranges, momentary) for vreg in order}
    order.sort(key=lambda vreg: priority[vreg])
    for vreg in order:
        limit = float("inf") if vreg in momentary else ranges.weight[vreg] * (0.5 if vreg in cheap else 1.0)
        place = _choose(vreg, ranges, convention, hints.get(vreg, ()), done, limit)
        if place is None:
            done.without.append(vreg)
            continue
        done.places[vreg] = place
        done.lanes[place].add(ranges.live[vreg], vreg)
        if place in convention.callee_saved:
            done.saved.add(place)
    return done


def _priority(vreg: VReg, ranges: Ranges, momentary: set[VReg]) -> tuple[bool, bool, float, int]:
    """Sorts the most urgent first."""
    size = ranges.live[vreg].size() + STEP
    return (
        vreg not in momentary,
        not (vreg in momentary and vreg.only),
        -ranges.weight[vreg] / size,
        vreg.number,
    )


def _choose(
    vreg: VReg,
    ranges: Ranges,
    convention: Convention,
    hints: list[tuple[Reg, float]] | tuple[()],
    done: Assignment,
    limit: float,
) -> PhysReg | None:
    live = ranges.live[vreg]
    around = ranges.cold.cost(live)
    across = ranges.hot.cost(live) > 0
    worth: dict[PhysReg, float] = {}
    for other, gain in hints:
        reg = done.places.get(other) if isinstance(other, VReg) else other
        if reg is not None:
            worth[reg] = worth.get(reg, 0.0) + gain
    costs = []
    for index, reg in enumerate(convention.allocatable):
        if vreg.only and reg not in vreg.only:
            continue
        cost = -worth.get(reg, 0.0)
        if reg in convention.clobbered:
            if across:
                continue
            cost += around
        if reg in convention.callee_saved and reg not in done.saved:
            cost += _SAVE
        if cost < limit:
            costs.append((cost, index, reg))
    costs.sort(key=lambda row: row[:2])
    for _, _, reg in costs:
        if not done.lanes[reg].live.overlaps(live):
            return reg
    return None
