"""The frame of a function, and the code that sets it up and leaves it.

    rsp + size + 8 * pushes    return address
    rsp + size                 callee-saved registers in use, rbp if it holds the function table
    rsp                        frame objects and spilled words, what is used most first: its displacements
                               have 8 bits

Calls want rsp divisible by 16. A function that makes none needs no frame for a few words: the 128 bytes below
rsp are its own (System V ABI for AMD64, 3.2.2).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from mpytool.emitters.native.machine import (
    Address,
    FrameRef,
    MachineFunction,
    MachineInstr,
    Operand,
    PhysReg,
    StackSlot,
)
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.operations import RBP
from mpytool.emitters.native.x64.registers import RCX, REGISTERS, RSP

_WORD = 8
_ALIGNMENT = 16
_RED_ZONE = 128
_FAR = 128
"""A number of 8 bits once it is negative."""


@dataclass(frozen=True, slots=True)
class Frame:
    """``objects`` and ``slots``: bytes from rsp. ``pushed``: in this order. ``size``: subtracted from rsp."""

    objects: tuple[int, ...]
    slots: dict[int, int]
    pushed: tuple[PhysReg, ...]
    size: int

    def prologue(self) -> bytes:
        return _prologue(self.pushed, self.size)

    def epilogue(self) -> bytes:
        """Leaves rax alone, and returns."""
        return _epilogue(self.pushed, self.size)


# Few frames differ in what these depend on


@functools.lru_cache(1 << 10)
def _prologue(pushed: tuple[PhysReg, ...], size: int) -> bytes:
    code = b"".join(assemble("push", REGISTERS[64][register.number]) for register in pushed)
    if size == _WORD:
        return code + assemble("push", RCX)  # shorter than sub, and what is there does not matter
    if size == _FAR:
        return code + assemble("add", RSP, -_FAR)
    return code + assemble("sub", RSP, size) if size else code


@functools.lru_cache(1 << 10)
def _epilogue(pushed: tuple[PhysReg, ...], size: int) -> bytes:
    code = b""
    if size == _WORD:
        code = assemble("pop", RCX)
    elif size == _FAR:
        code = assemble("sub", RSP, -_FAR)
    elif size:
        code = assemble("add", RSP, size)
    code += b"".join(assemble("pop", REGISTERS[64][register.number]) for register in pushed[::-1])
    return code + assemble("ret")


def lay_out_frame(function: MachineFunction) -> Frame:
    """Give everything its place. Needs: allocated code."""
    uses: dict[tuple[bool, int], int] = {(True, index): 0 for index in range(len(function.frame))}
    for block in function.blocks:
        for instr in block.code:
            assert isinstance(instr, MachineInstr)
            for operand in instr.operands:
                item = _item(operand)
                if item is not None:
                    uses[item] = uses.get(item, 0) + 1 + 2 * block.loop
    words = {item: function.frame[item[1]].words if item[0] else 1 for item in uses}
    places: dict[tuple[bool, int], int] = {}
    used = 0
    for item in sorted(uses, key=lambda item: (-uses[item] / max(1, words[item]), item)):
        places[item] = used
        used += words[item] * _WORD
    pushed = function.saved
    if any(_sets_table(instr) for instr in function.blocks[0].code):
        pushed = (*pushed, RBP)
    start, size = 0, used
    if function.makes_calls:
        size += -(_WORD + len(pushed) * _WORD + used) % _ALIGNMENT
    elif used <= _RED_ZONE:
        start, size = -used, 0
    return Frame(
        tuple(start + places[True, index] for index in range(len(function.frame))),
        {number: start + at for (is_object, number), at in places.items() if not is_object},
        pushed,
        size,
    )


def _sets_table(instr: object) -> bool:
    return isinstance(instr, MachineInstr) and instr.op.name in ("table", "table.m")


def _item(operand: Operand) -> tuple[bool, int] | None:
    """The frame object (True) or slot that an operand is in."""
    base = operand.base if isinstance(operand, Address) else operand
    if isinstance(base, FrameRef):
        return True, base.number
    return (False, base.number) if isinstance(base, StackSlot) else None
