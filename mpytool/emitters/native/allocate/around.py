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
    wanted = set(saved)
    crossing = ranges.live_into.crossing
    bit = {vreg: 1 << index for index, vreg in enumerate(crossing) if vreg in wanted}
    everything = sum(bit.values())
    cold = [block for block in function.blocks if block.cold]
    if not bit or not cold:
        return plan
    effects = {block: _effect(block, convention, done, ranges, bit) for block in cold}
    live = ranges.live_into.masks
    stored = dict.fromkeys(cold, everything)
    away = dict.fromkeys(cold, everything)
    loads = dict.fromkeys(cold, 0)
    changed = True
    while changed:
        changed = False
        for block in cold:
            before = stored[block], away[block], loads[block]
            for source in block.predecessors:
                effect = effects.get(source)
                if effect is None:
                    stored[block] = away[block] = 0
                else:
                    stored[block] &= stored[source] & ~effect.written | effect.stores
                    away[block] &= (away[source] & ~effect.back | effect.sends) & ~loads[source]
            if not block.predecessors:
                stored[block] = away[block] = 0
            effect = effects[block]
            at_end = away[block] & ~effect.back | effect.sends
            for successor in block.successors:
                loads[block] |= at_end & live[successor] & ~away.get(successor, 0)
            changed |= before != (stored[block], away[block], loads[block])
    for block in cold:
        effect = effects[block]
        at_end = away[block] & ~effect.back | effect.sends
        plan.stored[block] = set(ranges.live_into.registers(stored[block]))
        plan.away[block] = set(ranges.live_into.registers(away[block]))
        plan.loads[block] = ranges.live_into.registers(loads[block] & at_end)
    return plan


def _effect(
    block: MachineBlock, convention: Convention, done: Assignment, ranges: Ranges, bit: dict[VReg, int]
) -> _Effect:
    effect = _Effect()
    for index, instr in enumerate(block.code, ranges.starts[block]):
        if isinstance(instr, MachineInstr):
            for reg in reads(instr):
                if isinstance(reg, VReg) and reg in bit:
                    effect.back |= bit[reg]
                    effect.sends &= ~bit[reg]
        elif isinstance(instr, Call):
            for _, vreg in spoiled_by_call(STEP * index, done, convention):
                # What lives in this block only has no bit
                effect.stores |= bit.get(vreg, 0)
                effect.sends |= bit.get(vreg, 0)
        for reg in writes(instr):
            if isinstance(reg, VReg) and reg in bit:
                effect.written |= bit[reg]
                effect.back |= bit[reg]
                effect.stores &= ~bit[reg]
                effect.sends &= ~bit[reg]
    return effect
