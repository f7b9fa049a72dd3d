"""Allocation that cannot be wrong easily: every virtual register lives in memory.

    add v3 v5                before

    ldr r0, s3; ldr r1, s5   after
    add r0 r1
    str r0, s3

What the real allocator is compared with.
"""

from __future__ import annotations

from mpytool.emitters.native.allocate.edges import split_edges_of_results
from mpytool.emitters.native.allocate.moves import Resolver
from mpytool.emitters.native.allocate.operands import reads, replace_in, writes
from mpytool.emitters.native.machine import (
    Call,
    Convention,
    Copy,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    Source,
    StackSlot,
    Target,
    VReg,
)


def allocate_in_memory(function: MachineFunction, target: Target) -> None:
    """Replace virtual registers by slots and, for a moment, machine registers; expand pseudo instructions."""
    convention = target.convention
    split_edges_of_results(function, target)
    spares = [StackSlot(function.n_vregs), StackSlot(function.n_vregs + 1)]
    used: set[PhysReg] = set()
    entering: dict[MachineBlock, list[MachineInstr]] = {}
    for block in function.blocks:
        live: set[PhysReg] = set()
        done: list[list[MachineInstr]] = []
        for instr in reversed(block.code):
            after = set(live)
            live -= {reg for reg in writes(instr) if isinstance(reg, PhysReg)}
            live |= {reg for reg in reads(instr) if isinstance(reg, PhysReg)}
            free = [reg for reg in convention.allocatable if reg not in live | after]
            if isinstance(instr, MachineInstr):
                before, made, behind = _rewrite(instr, free, convention)
                if instr.targets:
                    for successor in instr.targets:
                        entering.setdefault(successor, []).extend(behind)
                    behind = []
                done.append([*before, made, *behind])
            else:
                if isinstance(instr, Call):
                    function.makes_calls = True
                done.append(_expand(instr, free, convention, spares))
        block.code = [instr for part in reversed(done) for instr in part]
    for block, code in entering.items():
        block.code[:0] = code
    for block in function.blocks:
        for instr in block.code:
            used |= {reg for reg in [*reads(instr), *writes(instr)] if isinstance(reg, PhysReg)}
    function.n_slots = function.n_vregs + 2
    function.saved = tuple(reg for reg in convention.allocatable if reg in used & convention.callee_saved)


def _slot(operand: Source) -> Source:
    return StackSlot(operand.number) if isinstance(operand, VReg) else operand


def _place(place: VReg | PhysReg | StackSlot) -> PhysReg | StackSlot:
    return StackSlot(place.number) if isinstance(place, VReg) else place


def _expand(
    instr: Instruction, free: list[PhysReg], convention: Convention, spares: list[StackSlot]
) -> list[MachineInstr]:
    if isinstance(instr, Copy):
        return _moves([*map(_place, instr.places)], [*map(_slot, instr.sources)], free, convention, spares)
    assert isinstance(instr, Call)
    arguments: list[PhysReg | StackSlot] = [*convention.arguments[: len(instr.args)]]
    code = _moves(arguments, [*map(_slot, instr.args)], free, convention, spares)
    call = convention.call(instr.entry, len(instr.args))
    for made in call:
        made.token = instr.token
    code += call
    if instr.result is not None:
        code += _moves([_place(instr.result)], [convention.result], free, convention, spares)
    return code


def _moves(
    places: list[PhysReg | StackSlot],
    sources: list[Source],
    free: list[PhysReg],
    convention: Convention,
    spares: list[StackSlot],
) -> list[MachineInstr]:
    unused = iter(spares)
    left = [reg for reg in free if reg not in places and reg not in sources]
    return Resolver(convention, lambda: left, lambda: next(unused)).resolve(
        [*zip(places, sources, strict=True)]
    )


def _rewrite(
    instr: MachineInstr, free: list[PhysReg], convention: Convention
) -> tuple[list[MachineInstr], MachineInstr, list[MachineInstr]]:
    """Loads, the instruction, stores. Flags that it reads stand: neither loads nor stores change them."""
    chosen: dict[VReg, PhysReg] = {}
    before: list[MachineInstr] = []
    behind: list[MachineInstr] = []

    def register(vreg: VReg) -> Operand:
        if vreg not in chosen:
            taken = {*chosen.values(), *instr.op.clobbers}
            chosen[vreg] = next(
                reg for reg in free if reg not in taken and (not vreg.only or reg in vreg.only)
            )
        return chosen[vreg]

    read = [reg for reg in reads(instr) if isinstance(reg, VReg)]
    # The most restricted first, so that others do not take their registers
    for vreg in sorted({*read, *(reg for reg in writes(instr) if isinstance(reg, VReg))}, key=_freedom):
        register(vreg)
    for vreg in dict.fromkeys(read):
        before += convention.move(chosen[vreg], StackSlot(vreg.number)) or []
    operands = [replace_in(operand, register) for operand in instr.operands]
    for operand, is_written in zip(instr.operands, instr.op.writes, strict=True):
        if isinstance(operand, VReg) and is_written:
            behind += convention.move(StackSlot(operand.number), chosen[operand]) or []
    return before, MachineInstr(instr.op, operands, instr.targets, instr.token), behind


def _freedom(vreg: VReg) -> tuple[bool, int, int]:
    return not vreg.only, len(vreg.only), vreg.number
