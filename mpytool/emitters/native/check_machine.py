"""The verifier of the machine form, before and after allocation: messages, none for a sound function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mpytool.emitters.native.allocate.liveness import find_live_registers
from mpytool.emitters.native.allocate.operands import reads, writes
from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.machine import (
    Address,
    Call,
    CodeAddress,
    Convention,
    Copy,
    FrameRef,
    Instruction,
    MachineBlock,
    MachineFunction,
    MachineInstr,
    MachineOp,
    Operand,
    PhysReg,
    Role,
    StackSlot,
    Target,
    VReg,
)
from mpytool.emitters.native.print_machine import format_machine_instr

_CONSTANTS = (int, Cond, FrameRef, CodeAddress)


def check_machine(function: MachineFunction, target: Target, *, allocated: bool) -> list[str]:
    """Everything that is wrong, as "b3: add v1 v2: what is wrong"."""
    found = [*_check_graph(function)]
    if found:
        return found
    for block in function.blocks:
        for instr in block.code:
            check = _check_allocated if allocated else _check_virtual
            found += [
                f"b{block.number}:{format_machine_instr(instr)[1:]}: {message}"
                for message in check(function, instr, target.convention)
            ]
    if not found and not allocated:
        found = [*_check_values(function, target.convention)]
    return found


def _check_graph(function: MachineFunction) -> Iterator[str]:
    blocks = set(function.blocks)
    predecessors: dict[MachineBlock, list[MachineBlock]] = {block: [] for block in function.blocks}
    for block in function.blocks:
        at = f"b{block.number}"
        if not block.code or not isinstance(block.code[-1], MachineInstr):
            yield f"{at}: does not end with an instruction"
            return
        for instr in block.code[:-1]:
            if isinstance(instr, MachineInstr) and instr.targets:
                yield f"{at}:{format_machine_instr(instr)[1:]}: stands before the end"
        for other in [*block.successors, *([] if block.handler is None else [block.handler])]:
            if other not in blocks:
                yield f"{at}: leads to b{other.number}, which is not there"
                return
        for successor in block.successors:
            predecessors[successor].append(block)
    if len({block.number for block in function.blocks}) < len(function.blocks):
        yield "two blocks have one number"
    for block in function.blocks:
        if Counter(predecessors[block]) != Counter(block.predecessors):
            yield f"b{block.number}: its predecessors are not those that lead to it"
    if function.blocks and function.blocks[0].predecessors:
        yield "the entry has predecessors"


def _fits(role: Role, operand: Operand) -> bool:
    if role is Role.ADDRESS:
        return isinstance(operand, Address)
    if role is Role.IMM:
        return isinstance(operand, _CONSTANTS)
    return isinstance(operand, VReg | PhysReg)


def _check_op(op: MachineOp) -> Iterator[str]:
    writing = [role for role in op.roles if role not in (Role.USE, Role.ADDRESS, Role.IMM)]
    if op.remat and (writing != [Role.DEF] or Role.USE in op.roles):
        yield "cannot be computed anew: it has not one result, or reads"
    for position in op.memory_ok:
        if op.roles[position] not in (Role.USE, Role.DEF, Role.USE_DEF):
            yield f"operand {position} cannot be in memory"
    if op.two is not None and (op.roles[op.two[0]], op.roles[op.two[1]]) != (Role.DEF, Role.USE):
        yield "``two`` are not a DEF and a USE"


def _check_virtual(function: MachineFunction, instr: Instruction, convention: Convention) -> Iterator[str]:
    if isinstance(instr, Copy):
        if len(instr.places) != len(instr.sources):
            yield "as many places as sources"
        if len(set(instr.places)) < len(instr.places):
            yield "two places are equal"
    elif isinstance(instr, Call):
        if len(instr.args) > len(convention.arguments):
            yield "too many arguments"
    else:
        if len(instr.operands) != len(instr.op.roles):
            yield f"has {len(instr.operands)} operands, not {len(instr.op.roles)}"
            return
        yield from _check_op(instr.op)
        for role, operand in zip(instr.op.roles, instr.operands, strict=True):
            if not _fits(role, operand):
                yield f"{operand} is no {role.value}"
            if instr.op.remat and isinstance(operand, Address) and not isinstance(operand.base, FrameRef):
                yield f"{operand} cannot be computed anew: it is no word of the frame"
    for reg in [*reads(instr), *writes(instr)]:
        if isinstance(reg, VReg) and reg.only and not reg.only & set(convention.allocatable):
            yield f"no register may hold {reg}"


def _check_allocated(function: MachineFunction, instr: Instruction, convention: Convention) -> Iterator[str]:
    if not isinstance(instr, MachineInstr):
        yield "is left"
        return
    if len(instr.operands) != len(instr.op.roles):
        yield f"has {len(instr.operands)} operands, not {len(instr.op.roles)}"
        return
    for reg in dict.fromkeys([*reads(instr), *writes(instr)]):
        if isinstance(reg, VReg):
            yield f"{reg} is left"
    for reg in writes(instr):
        if isinstance(reg, PhysReg) and reg in convention.callee_saved and reg not in function.saved:
            yield f"{reg} is not saved"
    addresses = [operand for operand in instr.operands if isinstance(operand, Address)]
    for position, (role, operand) in enumerate(zip(instr.op.roles, instr.operands, strict=True)):
        if isinstance(operand, Address):
            if role is not Role.ADDRESS and (position not in instr.op.memory_ok or len(addresses) > 1):
                yield f"{operand} cannot be in memory"
        elif not _fits(role, operand):
            yield f"{operand} is no {role.value}"
    for address in addresses:
        if isinstance(address.base, StackSlot) and address.base.number >= function.n_slots:
            yield f"{address.base} is beyond the slots"


def _check_values(function: MachineFunction, convention: Convention) -> Iterator[str]:
    live = find_live_registers(function)
    index_of = {block: index for index, block in enumerate(function.blocks)}
    entry = function.blocks[0]
    for vreg in sorted(live.into(0), key=lambda vreg: vreg.number):
        yield f"{vreg} may be read before it is written"
    allocatable = set(convention.allocatable)
    for block in function.blocks:
        kept = set(live.into(index_of[block.handler])) if block.handler else set()
        held: set[PhysReg] = set()
        for instr in reversed(block.code):
            written = writes(instr)
            held -= {reg for reg in written if isinstance(reg, PhysReg)}
            held |= {reg for reg in reads(instr) if isinstance(reg, PhysReg)}
            for reg in written:
                if isinstance(reg, VReg) and reg in kept:
                    yield f"b{block.number}: {reg} is written and live into the handler"
        held &= allocatable
        if block is not entry and held:
            names = " ".join(sorted(map(str, held)))
            yield f"b{block.number}: {names} live from one block to another"
