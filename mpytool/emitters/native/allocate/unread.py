"""Stores to slots that nobody reads go.

    mul r1 r6                   mul r1 r6
    str [s6] r1                 add r1 r0
    add r1 r0                   asr r1 5
    str [s6] r1                 str [s6] r1
    asr r1 5
    str [s6] r1

What was spilled is stored wherever it is computed. ``known.py`` reads it from the register as long as that
has it, so that some of the stores are for nobody. What is live into a handler is so in all of the blocks that
have it.

Needs: code as ``finish.py`` makes it. Breaks: nothing.
"""

from __future__ import annotations

from mpytool.emitters.native.machine import (
    Address,
    Convention,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    MachineOp,
    StackSlot,
)


def drop_unread_stores(function: MachineFunction, convention: Convention) -> None:
    """In place. Sets of slots are the bits of their numbers."""
    if not function.n_slots:
        return
    stores = _store_ops(convention)
    touched = {block: found for block in function.blocks if (found := _accesses(block, stores))}
    live = _live_into(function, touched)
    for block, accesses in touched.items():
        at_landing = live.get(block.handler, 0) if block.handler is not None else 0
        now = _live_out(block, live) | at_landing
        dropped: set[Instruction] = set()
        for instr, bit, is_store in reversed(accesses):
            if not is_store:
                now |= bit
            elif now & bit:
                now = now & ~bit | at_landing
            else:
                dropped.add(instr)
        if dropped:
            block.code = [instr for instr in block.code if instr not in dropped]


def _store_ops(convention: Convention) -> list[MachineOp]:
    """What allocation stores whole slots with."""
    made = [convention.move(StackSlot(0), source) for source in (convention.result, 0)]
    return [instr.op for code in made for instr in code or ()]


def _accesses(block: MachineBlock, stores: list[MachineOp]) -> list[tuple[MachineInstr, int, bool]]:
    """The instructions that read or write slots, in order: the slot's bit, whether all of it is stored."""
    found = []
    for instr in block.code:
        if isinstance(instr, MachineInstr):
            operands = instr.operands
            for operand in operands:
                if type(operand) is Address and type(operand.base) is StackSlot:
                    is_store = operand is operands[0] and any(instr.op is op for op in stores)
                    found.append((instr, 1 << operand.base.number, is_store))
    return found


def _live_into(
    function: MachineFunction, touched: dict[MachineBlock, list[tuple[MachineInstr, int, bool]]]
) -> dict[MachineBlock, int]:
    read: dict[MachineBlock, int] = {}
    stored: dict[MachineBlock, int] = {}
    for block, accesses in touched.items():
        for _, bit, is_store in accesses:
            if is_store:
                stored[block] = stored.get(block, 0) | bit
            elif not stored.get(block, 0) & bit:
                read[block] = read.get(block, 0) | bit
    live = dict(read)
    changed = True
    while changed:
        changed = False
        for block in reversed(function.blocks):
            now = read.get(block, 0) | _live_out(block, live) & ~stored.get(block, 0)
            if block.handler is not None:
                now |= live.get(block.handler, 0)
            if now != live.get(block, 0):
                live[block] = now
                changed = True
    return live


def _live_out(block: MachineBlock, live: dict[MachineBlock, int]) -> int:
    now = 0
    last = block.code[-1]
    if isinstance(last, MachineInstr):
        for target in last.targets:
            now |= live.get(target, 0)
    return now
