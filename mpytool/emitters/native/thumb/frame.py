"""The frame of a function, and the code that sets it up and leaves it.

    sp + size + …        callee-saved registers in use, lr
    sp + 4 * slots       frame objects, small ones first
    sp                   spilled words

Loads and stores of 16 bits reach 1020 bytes from sp. Calls want sp divisible by 8. There is nothing below sp:
interrupts use the same stack.

Up to three words are made by pushing as many of r1 to r3, whose values do not matter, and popped into them::

    push {r2, r3, r4, lr}        a frame of two words
    pop  {r2, r3, r4, pc}
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.machine import (
    Address,
    FrameRef,
    MachineFunction,
    MachineInstr,
    PhysReg,
    StackSlot,
    final_code,
)
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.registers import SP, TABLE

WORD = 4
_MAX_PUSHED = 3
_LINK_BIT = 0x100
_MAX_STEP = t.DEC_SP.fields[-1].highest
_MAX_WIDE = t.SUBW.fields[-1].highest
_MAX_STEPS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """``objects``: bytes from sp. ``pushed``: bits of registers without lr. ``size``: what is subtracted from
    sp. ``has_link``: lr is saved; without it nothing is pushed."""

    objects: tuple[int, ...]
    pushed: int
    size: int
    has_link: bool

    def place(self, base: object) -> int:
        """Bytes from sp."""
        if isinstance(base, StackSlot):
            return WORD * base.number
        assert isinstance(base, FrameRef)
        return self.objects[base.number] + base.offset

    def prologue(self, wide: bool) -> bytes:
        """For frames that ``is_huge`` does not say are."""
        code = b""
        if self.has_link and self.pushed >> 8:
            code = t.PUSH_W.encode(self.pushed | 1 << 14)
        elif self.has_link:
            code = t.PUSH.encode(self.pushed | _LINK_BIT)
        if self.size > _MAX_STEP and wide:
            return code + t.SUBW.encode(SP.number, SP.number, self.size)
        return code + b"".join(map(t.DEC_SP.encode, _steps(self.size)))

    def epilogue(self, wide: bool) -> bytes:
        """Leaves r0 alone, and returns."""
        if self.size > _MAX_STEP and wide:
            code = t.ADDW.encode(SP.number, SP.number, self.size)
        else:
            code = b"".join(map(t.INC_SP.encode, _steps(self.size)))
        return code + self.leave()

    def leave(self) -> bytes:
        """The end of an epilogue, sp being where the prologue's push left it."""
        if not self.has_link:
            return t.BX.encode(14)
        if self.pushed >> 8:
            return t.POP_W.encode(self.pushed | 1 << 15)
        return t.POP.encode(self.pushed | _LINK_BIT)

    def is_huge(self, wide: bool) -> bool:
        """Whether sp is moved by way of a constant."""
        return self.size > (_MAX_WIDE if wide else _MAX_STEPS * _MAX_STEP)


def _steps(size: int) -> list[int]:
    steps = [_MAX_STEP] * (size // _MAX_STEP)
    return [*steps, size % _MAX_STEP] if size % _MAX_STEP else steps


def lay_out_frame(function: MachineFunction, *, needs_link: bool) -> Frame:
    """Give everything its place. ``needs_link``: the code of the function spoils lr besides its calls.

    Needs: allocated code.
    """
    words = function.n_slots
    objects = [0] * len(function.frame)
    for number in sorted(
        _objects_in_use(function), key=lambda number: (function.frame[number].words, number)
    ):
        objects[number] = WORD * words
        words += function.frame[number].words
    pushed = 0
    for register in saved_registers(function):
        pushed |= 1 << register.number
    makes_calls = any(_is(instr, "call") for block in function.blocks for instr in block.code)
    has_link = needs_link or makes_calls or bool(pushed) or 0 < words <= _MAX_PUSHED
    if makes_calls and (words + pushed.bit_count() + 1) % 2:
        words += 1
    if has_link and words <= _MAX_PUSHED:
        pushed |= (0xF >> (4 - words)) << (4 - words) & 0xF
        words = 0
    return Frame(tuple(objects), pushed, WORD * words, has_link)


def saved_registers(function: MachineFunction) -> tuple[PhysReg, ...]:
    uses_table = any(_is(instr, "set_table", "ldr_table") for instr in function.blocks[0].code)
    return (*function.saved, TABLE) if uses_table else function.saved


def _is(instr: object, *names: str) -> bool:
    return isinstance(instr, MachineInstr) and instr.op.name in names


def _objects_in_use(function: MachineFunction) -> set[int]:
    found: set[int] = set()
    if not function.frame:
        return found
    for block in function.blocks:
        for instr in final_code(block):
            for operand in instr.operands:
                base = operand.base if type(operand) is Address else operand
                if type(base) is FrameRef:
                    found.add(base.number)
    return found
