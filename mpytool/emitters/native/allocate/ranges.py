"""Where each virtual register is live: the ranges that allocation packs into registers and slots.

Instruction number n, counted over all blocks in their order, has the positions 4n to 4n + 3: operands are
read in [4n, 4n + 1), a call spoils registers in [4n + 1, 4n + 2), results are there from 4n + 2 on (early
ones from 4n on). A range is a sorted list of half-open intervals with holes between them::

    4:  v3 = load [v1]          v1: ..17    v3: 18..
    5:  add v3 v2               v3: ..18, 18.. is one interval
    6:  copy r0 <- v3           v3: ..25, so v3 can be in r0, which is there from 26 on
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.liveness import LiveRegisters, find_live_registers
from mpytool.emitters.native.allocate.operands import REGISTERS, reads, writes
from mpytool.emitters.native.machine import (
    Address,
    Call,
    Convention,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    PhysReg,
    Reg,
    Role,
    VReg,
)

STEP = 4
READ, SPOIL, WRITTEN = 1, 2, 2  # where reads end, spoiling ends, results begin

_TURNS = 8.0
_COLD = 1 / 32


def frequency(block: MachineBlock) -> float:
    """How often a block runs, as a guess; the entry once."""
    return _TURNS ** min(block.loop, 6) * (_COLD if block.cold else 1.0)


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
        starts, ends = many.starts, many.ends
        for start, end in zip(few.starts, few.ends, strict=True):
            index = bisect_right(starts, start)
            if (index and ends[index - 1] > start) or (index < len(starts) and starts[index] < end):
                return True
        return False

    def add(self, other: Intervals) -> None:
        """The union with intervals that overlap none of these."""
        if not self.starts or (other.starts and other.starts[0] > self.starts[-1]):
            self.starts += other.starts
            self.ends += other.ends
        elif len(other.starts) * _FEW <= len(self.starts) or len(other.starts) == 1:
            for start, end in zip(other.starts, other.ends, strict=True):
                index = bisect_left(self.starts, start)
                self.starts.insert(index, start)
                self.ends.insert(index, end)
        else:
            # Disjoint: the order of the starts is that of the ends
            self.starts = sorted(self.starts + other.starts)
            self.ends = sorted(self.ends + other.ends)

    def size(self) -> int:
        return sum(self.ends) - sum(self.starts)


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


@dataclass(slots=True)
class Ranges:
    """What is live where in one numbering of the instructions.

    ``live``       of the virtual registers; what is written and never read has a short interval
    ``fixed``      of the machine's registers: operands by name and clobbers, calls apart
    ``weight``     how often a register is read and written, and how many instructions do that: what having it
                   in memory would cost
    ``hot``        calls that spoil registers for everybody
    ``cold``       calls around which registers are saved
    ``live_into``  which are live into which blocks
    ``starts``     the number of the first instruction of each block
    """

    live: dict[VReg, Intervals]
    fixed: dict[PhysReg, Intervals]
    weight: dict[VReg, float]
    hot: CallSites
    cold: CallSites
    live_into: LiveRegisters
    starts: dict[MachineBlock, int]


SIZE_OF_ONE = 0.5
"""What the bytes of an instruction count, where running it once counts 1."""


def around_cost(block: MachineBlock) -> float:
    """Of storing a register before a call and loading it behind."""
    return 2 * (frequency(block) + SIZE_OF_ONE)


def find_ranges(function: MachineFunction, convention: Convention) -> Ranges:
    """One backward walk over every block."""
    live_into = find_live_registers(function)
    ending, beginning = live_into.changes(len(function.blocks))
    open_at: dict[Reg, int] = {}
    starts: dict[MachineBlock, int] = {}
    number = 0
    for block in function.blocks:
        starts[block] = number
        number += len(block.code)
    made: dict[Reg, Intervals] = {}
    clobbers: dict[PhysReg, Intervals] = {}
    weight: dict[VReg, float] = {}
    hot, cold = CallSites(), CallSites()
    allocatable = frozenset(convention.allocatable)
    for number in range(len(function.blocks) - 1, -1, -1):
        block = function.blocks[number]
        walk = _Walk(made, clobbers, weight, allocatable, frequency(block) + SIZE_OF_ONE, open_at)
        # What is live on into the block that is next in order goes on in the same interval
        end = STEP * (starts[block] + len(block.code))
        for vreg in ending[number]:
            walk.close(vreg, end, open_at.pop(vreg))
        open_at.update(dict.fromkeys(beginning[number], end))
        at = end
        for instr in reversed(block.code):
            at -= STEP
            if isinstance(instr, MachineInstr):
                walk.instr(instr, at)
            else:
                for reg in writes(instr):
                    walk.write(reg, at + WRITTEN, at)
                for reg in reads(instr):
                    walk.read(reg, at + READ)
                if isinstance(instr, Call):
                    (cold if block.cold else hot).positions.append(at + READ)
                    (cold if block.cold else hot).costs.append(around_cost(block))
    for reg, end in open_at.items():
        walk.close(reg, 0, end)
    live: dict[VReg, Intervals] = {}
    fixed = {reg: clobbers.get(reg, Intervals()) for reg in convention.allocatable}
    for reg, intervals in made.items():
        intervals.starts.reverse()
        intervals.ends.reverse()
        if isinstance(reg, VReg):
            live[reg] = intervals
        else:
            fixed[reg].starts += intervals.starts
            fixed[reg].ends += intervals.ends
    for sites in (hot, cold):
        sites.positions.reverse()
        costs = [0.0]
        for cost in reversed(sites.costs[1:]):
            costs.append(costs[-1] + cost)
        sites.costs = costs
    return Ranges(
        live,
        {reg: union(intervals.starts, intervals.ends) for reg, intervals in fixed.items()},
        weight,
        hot,
        cold,
        live_into,
        starts,
    )


@dataclass(slots=True)
class _Walk:
    """Backwards over one block. ``made`` holds intervals from the last to the first; ``open``: where the
    interval ends that began to be seen."""

    made: dict[Reg, Intervals]
    clobbers: dict[PhysReg, Intervals]
    weight: dict[VReg, float]
    allocatable: frozenset[PhysReg]
    cost: float
    open: dict[Reg, int]

    def close(self, reg: Reg, start: int, end: int) -> None:
        intervals = self.made.get(reg)
        if intervals is None:
            self.made[reg] = Intervals([start], [end])
        elif intervals.starts[-1] == end:
            intervals.starts[-1] = start
        else:
            intervals.starts.append(start)
            intervals.ends.append(end)

    def write(self, reg: Reg, start: int, at: int) -> None:
        """``reg`` is there from ``start`` on, in the instruction at ``at``."""
        if isinstance(reg, VReg):
            self.weight[reg] = self.weight.get(reg, 0.0) + self.cost
        elif reg not in self.allocatable:
            return
        # What is never read takes its register for a moment
        self.close(reg, start, self.open.pop(reg, at + WRITTEN + 1))

    def read(self, reg: Reg, end: int) -> None:
        if isinstance(reg, VReg):
            self.weight[reg] = self.weight.get(reg, 0.0) + self.cost
        elif reg not in self.allocatable:
            return
        self.open.setdefault(reg, end)

    def instr(self, instr: MachineInstr, at: int) -> None:
        op = instr.op
        operands = instr.operands
        both: list[Reg] = []
        for position in op.written_at:
            operand = operands[position]
            if isinstance(operand, REGISTERS):
                self.write(operand, at if op.roles[position] is Role.EARLY_DEF else at + WRITTEN, at)
                if op.reads[position]:
                    both.append(operand)
        for reg in both:
            self.read(reg, at + WRITTEN)
        for position in op.only_read_at:
            operand = operands[position]
            if isinstance(operand, VReg):
                self.weight[operand] = self.weight.get(operand, 0.0) + self.cost
                self.open.setdefault(operand, at + READ)
            elif isinstance(operand, Address):
                for part in (operand.base, operand.index):
                    if isinstance(part, REGISTERS):
                        self.read(part, at + READ)
            elif isinstance(operand, PhysReg):
                self.read(operand, at + READ)
        for spoiled in op.clobbers:
            intervals = self.clobbers.setdefault(spoiled, Intervals())
            intervals.starts.append(at)
            intervals.ends.append(at + STEP)
