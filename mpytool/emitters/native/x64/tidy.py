"""Pairs of instructions that one can do, once registers are known.

    mov rax rcx; add.i rax 8        lea rax [rcx + 8]
    mov rax rcx; add rax rdx        lea rax [rcx + rdx*1]
    mov rax rcx; shl.i rax 1        lea rax [rcx + rcx*1]
    lea rax [rcx + 8]; add rax rdx  lea rax [rcx + rdx*1 + 8]
    and rax rcx; test rax rax; j eq    and rax rcx; j eq
    mov rax rcx; and32.i rax 7      mov32 rax rcx; and32.i rax 7

``lea`` leaves the flags alone: none of that where the next instruction reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.machine import (
    Address,
    MachineFunction,
    MachineInstr,
    PhysReg,
    final_code,
)
from mpytool.emitters.native.x64.addressing import IMM32
from mpytool.emitters.native.x64.operations import OPS, RSP

_WIDTH: dict[str, str] = {
    name.format(width): width for name in ("add{}", "add{}.i", "sub{}.i", "shl{}.i") for width in ("", "32")
}
"""Operations that ``lea`` can do, and its width."""


def tidy(function: MachineFunction) -> None:
    """Change the code in place. Needs: allocated code, in which every instruction is one of x86-64."""
    for block in function.blocks:
        given = final_code(block)
        code: list[MachineInstr] = []
        for index, instr in enumerate(given):
            if instr.op.name in _SECOND and code:
                if _is_needless_test(code[-1], instr, given, index):
                    continue
                while code and (merged := _merge(code[-1], instr)) is not None:
                    if index + 1 < len(given) and given[index + 1].op.reads_flags:
                        break
                    code.pop()
                    instr = merged
                if code and _ignores_upper_half(code[-1], instr):
                    code[-1].op = OPS["mov32"]
            code.append(instr)
        block.code = [*code]


def _ignores_upper_half(before: MachineInstr, instr: MachineInstr) -> bool:
    """Whether a move can be one of 32 bits: what follows works on those only."""
    if before.op.name != "mov" or instr.op.name not in _SHORT:
        return False
    place, source = before.operands
    return isinstance(source, PhysReg) and instr.operands[0] == place and instr.operands[1:] != [place]


def _merge(before: MachineInstr, instr: MachineInstr) -> MachineInstr | None:
    """One instruction for two; it leaves the flags alone."""
    width = _WIDTH.get(instr.op.name)
    if width is None or before.op.name not in ("mov", "lea"):
        return None
    place, source = before.operands
    if instr.operands[0] != place or not isinstance(place, PhysReg):
        return None
    if isinstance(source, PhysReg):
        source = Address(source)
    if not isinstance(source, Address):
        return None
    address = _sum(place, source, instr)
    return None if address is None else MachineInstr(OPS["lea" + width], [place, address], [], instr.token)


def _sum(place: PhysReg, address: Address, instr: MachineInstr) -> Address | None:
    """What the instruction makes of an address in ``place``."""
    name, operand = instr.op.name.replace("32", ""), instr.operands[1]
    if isinstance(operand, int):
        if name == "shl.i":
            plain = address.index is None and not address.offset and isinstance(address.base, PhysReg)
            if operand != 1 or not plain or address.base == RSP:
                return None
            assert isinstance(address.base, PhysReg)
            return Address(address.base, 0, address.base)
        offset = address.offset + (-operand if name == "sub.i" else operand)
        if not IMM32[0] <= offset <= IMM32[1]:
            return None
        return Address(address.base, offset, address.index, address.scale)
    if address.index is not None or not isinstance(operand, PhysReg):
        return None
    if operand == place:  # what the address is: twice that
        if address.offset or not isinstance(address.base, PhysReg):
            return None
        operand = address.base
    return Address(address.base, address.offset, operand)


_SHORT = frozenset(
    f"{name}32{shape}"
    for name in ("add", "sub", "and", "or", "xor", "shl", "shr", "sar", "imul", "neg", "not")
    for shape in ("", ".i", ".m", ".c")
    if (name, shape) != ("imul", ".i")
)
"""Operations on the low half of their first operand, whose upper half becomes zero."""

_RESULT_IN_FLAGS = frozenset(
    f"{name}{bits}{shape}"
    for name in ("add", "sub", "and", "or", "xor")
    for bits in ("", "32")
    for shape in ("", ".i", ".m")
) | {"neg", "neg32"}
_CLEARS_OTHERS = ("and", "or", "xor")
_ZERO = frozenset((Cond.EQ, Cond.NE, Cond.TZ, Cond.TNZ))


def _is_needless_test(
    before: MachineInstr, instr: MachineInstr, code: Sequence[MachineInstr], index: int
) -> bool:
    """Whether the flags are those of ``test``, which is ``code[index]``, already, as far as anybody asks."""
    if instr.op.name not in ("test", "test32") or before.op.name not in _RESULT_IN_FLAGS:
        return False
    register = before.operands[0]
    if instr.operands != [register, register] or not isinstance(register, PhysReg):
        return False
    same_width = before.op.name.startswith(_CLEARS_OTHERS) and ("32" in before.op.name) == (
        "32" in instr.op.name
    )
    for at in range(index + 1, len(code)):
        reader = code[at]
        if not reader.op.reads_flags:
            break
        if not same_width and reader.operands[0] not in _ZERO:
            return False
    return "32" not in instr.op.name or "32" in before.op.name


_SECOND = frozenset(("test", "test32", *_WIDTH, *_SHORT))
"""Operations that may change with what stands before them."""
