"""What instructions of the machine form read and write, told from the roles of their operands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mpytool.emitters.native.machine import (
    Address,
    Copy,
    Instruction,
    MachineInstr,
    Operand,
    PhysReg,
    Reg,
    Source,
    StackSlot,
    VReg,
)

REGISTERS = (VReg, PhysReg)
"""For ``isinstance``, which takes a tuple faster than a union."""


def address_registers(address: Address) -> list[Reg]:
    """The registers that an address is made of."""
    found: list[Reg] = [address.base] if isinstance(address.base, REGISTERS) else []
    if address.index is not None:
        found.append(address.index)
    return found


def registers_of(operands: Iterable[Operand]) -> list[Reg]:
    """The registers among operands that are read, those of addresses too."""
    found: list[Reg] = []
    for operand in operands:
        if isinstance(operand, REGISTERS):
            found.append(operand)
        elif isinstance(operand, Address):
            found += address_registers(operand)
    return found


def reads(instr: Instruction) -> list[Reg]:
    """The registers that an instruction reads; one may occur several times."""
    if not isinstance(instr, MachineInstr):
        return registers_of(instr.sources if isinstance(instr, Copy) else instr.args)
    found: list[Reg] = []
    operands = instr.operands
    for position in instr.op.read_at:
        operand = operands[position]
        if isinstance(operand, REGISTERS):
            found.append(operand)
        elif isinstance(operand, Address):
            found += address_registers(operand)
    return found


def writes(instr: Instruction) -> list[Reg]:
    """The registers that an instruction writes, besides those that it clobbers."""
    if not isinstance(instr, MachineInstr):
        if isinstance(instr, Copy):
            return [place for place in instr.places if not isinstance(place, StackSlot)]
        return [] if instr.result is None or isinstance(instr.result, StackSlot) else [instr.result]
    written: list[Reg] = []
    for position in instr.op.written_at:
        operand = instr.operands[position]
        if isinstance(operand, REGISTERS):
            written.append(operand)
    return written


def replace_in(operand: Operand, new: Callable[[VReg], Operand]) -> Operand:
    """An operand with other virtual registers; those of an address become registers or a slot as its base."""
    if isinstance(operand, VReg):
        return new(operand)
    if isinstance(operand, Address):
        base, index = operand.base, operand.index
        if isinstance(base, VReg):
            made = new(base)
            assert isinstance(made, VReg | PhysReg)
            base = made
        if isinstance(index, VReg):
            made = new(index)
            assert isinstance(made, VReg | PhysReg)
            index = made
        if base is operand.base and index is operand.index:
            return operand
        return Address(base, operand.offset, index, operand.scale)
    return operand


def rename(instr: Instruction, names: Mapping[VReg, VReg]) -> None:
    """Put other virtual registers into an instruction."""
    if isinstance(instr, MachineInstr):
        for position, operand in enumerate(instr.operands):
            if isinstance(operand, VReg):
                instr.operands[position] = names.get(operand, operand)
            elif isinstance(operand, Address):
                instr.operands[position] = replace_in(operand, lambda vreg: names.get(vreg, vreg))
    elif isinstance(instr, Copy):
        for index, place in enumerate(instr.places):
            if isinstance(place, VReg):
                instr.places[index] = names.get(place, place)
        _rename_sources(instr.sources, names)
    else:
        _rename_sources(instr.args, names)
        if isinstance(instr.result, VReg):
            instr.result = names.get(instr.result, instr.result)


def _rename_sources(sources: list[Source], names: Mapping[VReg, VReg]) -> None:
    for index, source in enumerate(sources):
        if isinstance(source, VReg):
            sources[index] = names.get(source, source)
