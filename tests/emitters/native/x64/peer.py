"""Instructions as capstone reads them, in our own terms; and what it should read for a form with operands."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import capstone
from capstone import x86

from mpytool.emitters.native.x64.encoding import Form, Operand, Slot
from mpytool.emitters.native.x64.registers import BY_NAME, RAX, RIP, Memory, Register
from mpytool.emitters.native.x64.table import BY_SYNTAX

Reading: TypeAlias = tuple[str, tuple[Operand, ...], int]
"""Mnemonic, operands, size in bytes; immediates as unsigned numbers of 64 bits, jumps with their target."""

ADDRESS = 0x1000_0000
MASK = 2**64 - 1

READS_AS = {"mov {r64}, {uimm32}": "mov {r32}, {imm32}"}
"""Forms that are another instruction to the manual."""

SWAPPED = ("xchg",)
"""Instructions whose operands may be read in either order."""

_MNEMONICS = {"movabs": "mov"}

_engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
_engine.detail = True


def disassemble(code: bytes) -> Reading:
    """The only instruction in ``code``."""
    (found,) = _engine.disasm(code, ADDRESS)
    operands = tuple(_read_operand(operand) for operand in found.operands)
    return _order((_MNEMONICS.get(found.mnemonic, found.mnemonic), operands, found.size))


def expected(form: Form, operands: tuple[Operand, ...], size: int) -> Reading:
    """What ``disassemble`` gives for ``encode(form, *operands)`` of that size."""
    if form.opcode == b"\x90" and set(operands) == {RAX}:
        return "nop", (), size  # exchanges rax with itself
    shown = BY_SYNTAX[READS_AS[form.syntax]] if form.syntax in READS_AS else form
    width = shown.slots[0].size if shown.slots and shown.slots[0].size else 64
    found = tuple(_show(slot, op, width, size) for slot, op in zip(shown.slots, operands, strict=True))
    return _order((shown.mnemonic, found, size))


def unsigned(value: int, width: int) -> int:
    """What the machine computes with: an immediate of an operation of ``width`` bits."""
    return value & ((1 << width) - 1)


def _show(slot: Slot, operand: Operand, width: int, size: int) -> Operand:
    if isinstance(operand, Register):
        return operand.resized(slot.size)
    if isinstance(operand, Memory):
        scale = operand.scale if operand.index is not None else 1
        return replace(operand, size=slot.size or None, scale=scale)
    if slot.text.startswith("rel"):
        return (ADDRESS + size + operand) & MASK
    return unsigned(operand, width)


def _read_operand(operand: x86.X86Op) -> Operand:
    if operand.type == x86.X86_OP_REG:
        return BY_NAME[_engine.reg_name(operand.reg)]
    if operand.type == x86.X86_OP_MEM:
        base, index = (_engine.reg_name(number) for number in (operand.mem.base, operand.mem.index))
        return Memory(
            RIP if base == "rip" else BY_NAME[base] if base else None,
            operand.mem.disp,
            BY_NAME[index] if index and index != "riz" else None,
            operand.mem.scale,
            operand.size * 8,
        )
    return unsigned(operand.imm, operand.size * 8)


def _order(reading: Reading) -> Reading:
    mnemonic, operands, size = reading
    if mnemonic == "lea":
        operands = tuple(replace(op, size=None) if isinstance(op, Memory) else op for op in operands)
    if mnemonic in SWAPPED:
        operands = tuple(sorted(operands, key=str))
    return mnemonic, operands, size
