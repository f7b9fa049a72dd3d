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
    PhysReg,
    StackSlot,
    final_code,
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
    uses = _uses(function)
    words = {item: function.frame[item[1]].words if item[0] else 1 for item in uses}
    places: dict[tuple[bool, int], int] = {}
    used = 0
    for item in sorted(uses, key=lambda item: (-uses[item] / max(1, words[item]), item)):
        places[item] = used
        used += words[item] * _WORD
    pushed = function.saved
    if any(instr.op.name in ("table", "table.m") for instr in final_code(function.blocks[0])):
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


def _uses(function: MachineFunction) -> dict[tuple[bool, int], int]:
    """How much each frame object (True) and each slot in use is used."""
    uses: dict[tuple[bool, int], int] = {(True, index): 0 for index in range(len(function.frame))}
    if not uses and not function.n_slots:
        return uses
    for block in function.blocks:
        turns = 1 + 2 * block.loop
        for instr in final_code(block):
            for operand in instr.operands:
                base = operand.base if type(operand) is Address else operand
                if type(base) is FrameRef or type(base) is StackSlot:
                    item = type(base) is FrameRef, base.number
                    uses[item] = uses.get(item, 0) + turns
    return uses
