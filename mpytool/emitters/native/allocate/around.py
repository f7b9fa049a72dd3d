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
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mpytool.emitters.native.allocate.assign import Assignment
from mpytool.emitters.native.allocate.liveness import Chunk
from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.allocate.ranges import READ, STEP, Ranges
from mpytool.emitters.native.machine import (
    Call,
    Convention,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    PhysReg,
    VReg,
)


def spoiled_by_call(at: int, done: Assignment, convention: Convention) -> list[tuple[PhysReg, VReg]]:
    """What is live across the call at a position, in registers that it does not keep."""
    found = []
    for reg in convention.allocatable:
        if reg in convention.clobbered:
            owner = done.lanes[reg].owner(at + READ)
            if owner is not None:
                found.append((reg, owner))
    return found


@dataclass(slots=True)
class Around:
    """``stored``: in their slots too, at the start of each cold block; ``away``: in their slots only;
    ``loads``: to be loaded before the last instruction of a block."""

    stored: dict[MachineBlock, set[VReg]] = field(default_factory=dict)
    away: dict[MachineBlock, set[VReg]] = field(default_factory=dict)
    loads: dict[MachineBlock, list[VReg]] = field(default_factory=dict)


@dataclass(slots=True)
class _Effect:
    """What a block does, as masks: values written, values that become stored, brought back and sent away."""

    written: int = 0
    stores: int = 0
    back: int = 0
    sends: int = 0


def plan_around(
    function: MachineFunction,
    convention: Convention,
    done: Assignment,
    ranges: Ranges,
    saved: Sequence[VReg],
) -> Around:
    """Solve for both sets from all ones downwards; nothing is away that is not stored.

    ``saved``: what is in registers that calls spoil and live across calls of cold blocks.
    """
    plan = Around()
    cold = [block for block in function.blocks if block.cold]
    wanted = set(saved)
    bits = {
        vreg: (number, 1 << index)
        for number, chunk in enumerate(ranges.live_into.chunks)
        for index, vreg in enumerate(chunk.registers)
        if vreg in wanted
    }
    if not bits or not cold:
        return plan
    index_of = {block: index for index, block in enumerate(function.blocks)}
    effects: list[dict[MachineBlock, _Effect]] = [{} for _ in ranges.live_into.chunks]
    for block in cold:
        _note_effects(block, convention, done, ranges, bits, effects)
    for number, chunk in enumerate(ranges.live_into.chunks):
        everything = sum(bits[vreg][1] for vreg in chunk.registers if vreg in bits)
        if everything:
            _plan_chunk(plan, chunk, cold, index_of, effects[number], everything)
    return plan


def _plan_chunk(
    plan: Around,
    chunk: Chunk,
    cold_blocks: Sequence[MachineBlock],
    index_of: dict[MachineBlock, int],
    effects: dict[MachineBlock, _Effect],
    everything: int,
) -> None:
    """The part of the plan for the registers of a chunk: in the cold blocks where any of them is live."""
    into = chunk.into
    cold = [block for block in cold_blocks if index_of[block] in into or index_of[block] in chunk.at_end]
    nothing = _Effect()
    stored = dict.fromkeys(cold, everything)
    away = dict.fromkeys(cold, everything)
    loads = dict.fromkeys(cold, 0)
    changed = True
    while changed:
        changed = False
        for block in cold:
            before = stored[block], away[block], loads[block]
            for source in block.predecessors:
                if source not in stored:
                    stored[block] = away[block] = 0
                else:
                    effect = effects.get(source, nothing)
                    stored[block] &= stored[source] & ~effect.written | effect.stores
                    away[block] &= (away[source] & ~effect.back | effect.sends) & ~loads[source]
            if not block.predecessors:
                stored[block] = away[block] = 0
            effect = effects.get(block, nothing)
            leaving = away[block] & ~effect.back | effect.sends
            for successor in block.successors:
                loads[block] |= leaving & into.get(index_of[successor], 0) & ~away.get(successor, 0)
            changed |= before != (stored[block], away[block], loads[block])
    for block in cold:
        effect = effects.get(block, nothing)
        leaving = away[block] & ~effect.back | effect.sends
        plan.stored.setdefault(block, set()).update(chunk.named(stored[block]))
        plan.away.setdefault(block, set()).update(chunk.named(away[block]))
        plan.loads.setdefault(block, []).extend(chunk.named(loads[block] & leaving))


def _note_effects(
    block: MachineBlock,
    convention: Convention,
    done: Assignment,
    ranges: Ranges,
    bits: dict[VReg, tuple[int, int]],
    effects: list[dict[MachineBlock, _Effect]],
) -> None:
    """What a block does with the registers of ``bits``, each (number of its chunk, mask)."""

    def of_chunk(number: int) -> _Effect:
        return effects[number].setdefault(block, _Effect())

    for index, instr in enumerate(block.code, ranges.starts[block]):
        if isinstance(instr, MachineInstr):
            for reg in reads(instr):
                if isinstance(reg, VReg) and reg in bits:
                    number, bit = bits[reg]
                    effect = of_chunk(number)
                    effect.back |= bit
                    effect.sends &= ~bit
        elif isinstance(instr, Call):
            for _, vreg in spoiled_by_call(STEP * index, done, convention):
                if vreg in bits:  # what lives in this block only has none
                    number, bit = bits[vreg]
                    effect = of_chunk(number)
                    effect.stores |= bit
                    effect.sends |= bit
        for reg in writes(instr):
            if isinstance(reg, VReg) and reg in bits:
                number, bit = bits[reg]
                effect = of_chunk(number)
                effect.written |= bit
                effect.back |= bit
                effect.stores &= ~bit
                effect.sends &= ~bit
