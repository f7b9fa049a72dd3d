"""Registers saved around the calls of cold blocks: stored once, loaded when they are wanted again.

    b7: cold                            before; v1 is in r0, which calls spoil
      call 9
      call 10 v1
      jump -> b2

    b7: cold                            after
      store [s0] r0
      call 9                            v1 is in memory only from here on
      load r0 [s0]                      as the argument of the second call, from where it is
      call 10
      load r0 [s0]                      b2 is not cold: there registers hold what they should
      jump -> b2

Each register so saved has its slot to itself while it is live. ``Around`` says what is so at the start of a
cold block on all ways to it: which values are in their slots too, and which are in their slots only.
Blocks are their positions in the function.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.assign import Assignment
from mpytool.emitters.native.allocate.occurrences import Occurrences
from mpytool.emitters.native.allocate.operands import reads
from mpytool.emitters.native.allocate.ranges import Intervals, Ranges
from mpytool.emitters.native.liveness import WIDTH, Masks, bits_of
from mpytool.emitters.native.machine import Call, MachineBlock, MachineFunction, PhysReg, VReg
from mpytool.emitters.native.moments import (
    IS_READ,
    IS_WRITE,
    MODIFY,
    READ,
    STEP,
)


def find_spoiled(
    saved: Sequence[VReg], done: Assignment, ranges: Ranges
) -> dict[int, list[tuple[PhysReg, VReg]]]:
    """For the positions of calls what of ``saved`` is live across them, with its register, which they spoil;
    in the order of the registers."""
    found: dict[int, list[tuple[PhysReg, VReg]]] = {}
    for vreg in saved:
        row = (done.places[vreg], vreg)
        for position in ranges.cold.within(ranges.live[vreg]):
            found.setdefault(position, []).append(row)
    order = {lane.reg: index for index, lane in enumerate(done.lanes)}
    for rows in found.values():
        rows.sort(key=lambda row: order[row[0]])
    return found


@dataclass(slots=True)
class Around:
    """``stored``: in their slots too, at the start of each cold block; ``away``: in their slots only;
    ``loads``: to be loaded before the last instruction of a block, in the order of their first uses."""

    stored: dict[int, set[VReg]] = field(default_factory=dict)
    away: dict[int, set[VReg]] = field(default_factory=dict)
    loads: dict[int, list[VReg]] = field(default_factory=dict)


@dataclass(slots=True)
class _Effect:
    """What a block does, as masks: values written, values that become stored, brought back and sent away."""

    written: int = 0
    stores: int = 0
    back: int = 0
    sends: int = 0

    def read(self, bit: int) -> None:
        self.back |= bit
        self.sends &= ~bit

    def write(self, bit: int) -> None:
        self.written |= bit
        self.back |= bit
        self.stores &= ~bit
        self.sends &= ~bit

    def spoil(self, bit: int) -> None:
        self.stores |= bit
        self.sends |= bit


_NOTHING = _Effect()


@dataclass(slots=True)
class _Cold:
    """``numbers`` of cold blocks, their ``successors`` and ``predecessors``; ``watched``: they and what they
    lead to, in the order of the function."""

    numbers: list[int]
    watched: list[int]
    successors: list[list[int]]
    predecessors: list[list[int]]


def plan_around(function: MachineFunction, ranges: Ranges, saved: Sequence[VReg]) -> Around:
    """Solve for both sets from all ones downwards; nothing is away that is not stored.

    ``saved``: what is in registers that calls spoil and live across calls of cold blocks.
    """
    plan = Around()
    if not saved:
        return plan
    cold = _find_cold(function)
    for start in range(0, len(saved), WIDTH):
        _plan_chunk(plan, ranges, saved[start : start + WIDTH], cold)
    for loads in plan.loads.values():
        if len(loads) > 1:
            loads.sort(key=lambda vreg: _first_use(vreg, ranges.occurrences))
    return plan


def _find_cold(function: MachineFunction) -> _Cold:
    index_of: dict[MachineBlock, int] = {block: index for index, block in enumerate(function.blocks)}
    numbers = [index for index, block in enumerate(function.blocks) if block.cold]
    successors = [[index_of[other] for other in function.blocks[index].successors] for index in numbers]
    predecessors = [[index_of[other] for other in function.blocks[index].predecessors] for index in numbers]
    watched = sorted({*numbers, *(other for others in successors for other in others)})
    return _Cold(numbers, watched, successors, predecessors)


def _plan_chunk(plan: Around, ranges: Ranges, saved: Sequence[VReg], all_cold: _Cold) -> None:
    """The part of the plan for some registers: in the cold blocks where any of them is live."""
    firsts = ranges.occurrences.firsts
    lives = [ranges.live[vreg] for vreg in saved]
    into = _live_at(all_cold.watched, [STEP * firsts[block] for block in all_cold.watched], lives)
    at_end = _live_at(all_cold.numbers, [STEP * firsts[block + 1] - 1 for block in all_cold.numbers], lives)
    rows = [
        (block, before, behind)
        for block, before, behind in zip(
            all_cold.numbers, all_cold.predecessors, all_cold.successors, strict=True
        )
        if block in into or block in at_end
    ]
    effects = _effects(ranges, saved, {block for block, _, _ in rows})
    everything = (1 << len(saved)) - 1
    stored = {block: everything for block, _, _ in rows}
    away = dict(stored)
    loads = dict.fromkeys(stored, 0)
    changed = True
    while changed:
        changed = False
        for block, predecessors, successors in rows:
            old = stored[block], away[block], loads[block]
            for source in predecessors:
                if source not in stored:
                    stored[block] = away[block] = 0
                else:
                    effect = effects.get(source, _NOTHING)
                    stored[block] &= stored[source] & ~effect.written | effect.stores
                    away[block] &= (away[source] & ~effect.back | effect.sends) & ~loads[source]
            if not predecessors:
                stored[block] = away[block] = 0
            effect = effects.get(block, _NOTHING)
            leaving = away[block] & ~effect.back | effect.sends
            for successor in successors:
                loads[block] |= leaving & into.get(successor, 0) & ~away.get(successor, 0)
            changed |= old != (stored[block], away[block], loads[block])
    for block, _, _ in rows:
        effect = effects.get(block, _NOTHING)
        leaving = away[block] & ~effect.back | effect.sends
        plan.stored.setdefault(block, set()).update(saved[bit] for bit in bits_of(stored[block]))
        plan.away.setdefault(block, set()).update(saved[bit] for bit in bits_of(away[block]))
        plan.loads.setdefault(block, []).extend(saved[bit] for bit in bits_of(loads[block] & leaving))


def _live_at(blocks: Sequence[int], positions: Sequence[int], lives: Sequence[Intervals]) -> Masks:
    """For blocks, each with a position, ascending, which of some ranges have the position in them."""
    masks: Masks = {}
    for number, live in enumerate(lives):
        for start, end in zip(live.starts, live.ends, strict=True):
            for at in range(bisect_left(positions, start), bisect_left(positions, end)):
                masks[blocks[at]] = masks.get(blocks[at], 0) | 1 << number
    return masks


def _effects(ranges: Ranges, saved: Sequence[VReg], blocks: Container[int]) -> dict[int, _Effect]:
    """What blocks do with registers: bit n for ``saved[n]``."""
    found = ranges.occurrences
    effects: dict[int, _Effect] = {}
    for number, vreg in enumerate(saved):
        bit = 1 << number
        # A call that spoils the register is at READ, where it has no events of its own
        for event in sorted([*found.events[vreg], *ranges.cold.within(ranges.live[vreg])]):
            at, moment = divmod(event, STEP)
            block = found.blocks[at]
            if block not in blocks:
                continue
            effect = effects.get(block)
            if effect is None:
                effect = effects[block] = _Effect()
            if moment == READ and isinstance(found.code[at], Call):
                effect.spoil(bit)
            elif moment in (READ, MODIFY):
                effect.read(bit)
            if IS_WRITE[moment]:
                effect.write(bit)
    return effects


def _first_use(vreg: VReg, found: Occurrences) -> tuple[int, int]:
    """The first event that reads the register before its block writes it, and which operand that is."""
    last = -1
    for event in found.events[vreg]:
        number = event // STEP
        if found.blocks[number] != last:
            last = found.blocks[number]
            if IS_READ[event % STEP]:
                return event, reads(found.code[number]).index(vreg)
    return len(found.code) * STEP, 0
