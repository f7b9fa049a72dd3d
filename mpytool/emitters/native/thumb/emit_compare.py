"""Encoding of comparisons and of what reads their flags.

A comparison with zero is left out where the flags tell already, and with a branch on its result it is one
instruction on ARMv7-M (cbz, cbnz).
"""

from __future__ import annotations

from mpytool.emitters.native.machine import MachineInstr, Operand, PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.assembler import Assembler
from mpytool.emitters.native.thumb.emit_arithmetic import Emit
from mpytool.emitters.native.thumb.encoding import Instruction as Row
from mpytool.emitters.native.thumb.modified import encode_modified
from mpytool.emitters.native.thumb.references import compare_with_zero
from mpytool.emitters.native.thumb.registers import REGISTERS

EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE = range(len(t.CONDITIONS))
_LSL, _ASR = 0, 2
_ASR_31 = 31


def _low(*registers: int) -> bool:
    return max(registers) < 8


def compare(out: Assembler, operands: list[Operand]) -> None:
    n, m = (out.number(operand) for operand in operands)
    out.row(t.CMP if _low(n, m) else t.CMP_H, n, m)


def compare_number(out: Assembler, operands: list[Operand]) -> None:
    n, value = (out.number(operand) for operand in operands)
    if _low(n) and 0 <= value <= 255:
        out.row(t.CMP_I, n, value)
    elif encode_modified(value) is not None:
        out.row(t.CMP_M, n, value)
    else:
        out.row(t.CMN_M, n, -value)


def _pair(short: Row, wide: Row) -> Emit:
    def emit(out: Assembler, operands: list[Operand]) -> None:
        n, m = (out.number(operand) for operand in operands)
        if _low(n, m):
            out.row(short, n, m)
        else:
            out.row(wide, n, m, _LSL, 0)

    return emit


def test_number(out: Assembler, operands: list[Operand]) -> None:
    out.row(t.TST_M, *(out.number(operand) for operand in operands))


def compare_with_sign(out: Assembler, operands: list[Operand]) -> None:
    n, m = (out.number(operand) for operand in operands)
    out.row(t.CMP_W, n, m, _ASR, _ASR_31)


# --- values ------------------------------------------------------------------------------------------------


def set_truth(out: Assembler, operands: list[Operand]) -> None:
    """On ARMv6-M by the carry, which movs leaves alone, or around a branch."""
    d, condition = (out.number(operand) for operand in operands)
    if condition == CS and _low(d):
        out.row(t.MOVS_I, d, 0)
        out.row(t.ADCS, d, d)
    elif condition == CC and _low(d):
        out.row(t.SBCS, d, d)
        out.row(t.RSBS, d, d)
    elif out.wide:
        out.together((t.IT, condition, _mask_of_else(condition)), _number(d, 1), _number(d, 0))
    else:
        # The branch leads to the second number
        out.together((t.B_C, condition, 2), (t.MOVS_I, d, 0), (t.B, 0), (t.MOVS_I, d, 1))
    out.forget_flags()


def _number(d: int, value: int) -> tuple[Row, int, int]:
    """As it stands in an IT block, where the flags stay."""
    return (t.MOVS_I, d, value) if _low(d) else (t.MOV_M, d, value)


def _mask_of_else(condition: int) -> int:
    """Of an IT block of two instructions, the second for the opposite."""
    return ((condition & 1) ^ 1) << 3 | 1 << 2


def pick(out: Assembler, operands: list[Operand]) -> None:
    d, m, condition = (out.number(operand) for operand in operands)
    if d != m:
        out.together(_unless(out, condition), (t.MOV, d, m))


def pick_number(out: Assembler, operands: list[Operand]) -> None:
    d, value, condition = (out.number(operand) for operand in operands)
    out.together(_unless(out, condition), _number(d, value))


def _unless(out: Assembler, condition: int) -> tuple[Row, int, int]:
    """Skips the next instruction, of two bytes on ARMv6-M, unless a condition holds."""
    return (t.IT, condition, 8) if out.wide else (t.B_C, condition ^ 1, 0)


def is_zero(out: Assembler, operands: list[Operand]) -> None:
    """d = -a + a + carry: the negation carries if a is zero."""
    d, a = (out.number(operand) for operand in operands)
    out.row(t.RSBS, d, a)
    out.row(t.ADCS, d, a)
    out.forget_flags()


def is_any(out: Assembler, operands: list[Operand]) -> None:
    """d = d - (d - 1) - borrow: there is a borrow if d is zero."""
    d, temporary = (out.number(operand) for operand in operands)
    out.row(t.SUBS_I3, temporary, d, 1)
    out.row(t.SBCS, d, temporary)
    out.forget_flags()


COMPARISONS: dict[str, Emit] = {
    "cmp": compare,
    "cmn": _pair(t.CMN, t.CMN_W),
    "tst": _pair(t.TST, t.TST_W),
    "cmp_i": compare_number,
    "tst_i": test_number,
    "cmp_sign": compare_with_sign,
    "set": set_truth,
    "pick": pick,
    "pick_i": pick_number,
    "is_zero": is_zero,
    "is_any": is_any,
}

_BY_SIGN = {EQ: EQ, NE: NE, LT: MI, GE: PL}
"""What N and Z of a value say of its comparison with zero, where there is no overflow."""


def merge_comparison(out: Assembler, first: MachineInstr, following: MachineInstr, *, is_rare: bool) -> bool:
    """Encode a comparison with zero together with the branch that follows, if that is what they are."""
    condition = _CODES.get(following.op.name)
    if first.op.name != "cmp_i" or first.operands[1] != 0 or condition not in _BY_SIGN:
        return False
    register, target = first.operands[0], following.targets[0]
    assert isinstance(register, PhysReg)
    compared = out.let_flags_tell(register.number)
    if out.flags == compared:
        out.branch(target, _BY_SIGN[condition], is_rare=is_rare)
    elif condition in (EQ, NE) and out.wide and _low(compared):
        out.put(compare_with_zero(target, REGISTERS[compared], condition == EQ, is_rare=is_rare))
    else:
        compare_number(out, [REGISTERS[compared], 0])
        out.branch(target, condition, is_rare=is_rare)
    return True


_CODES = {f"b{name}": code for code, name in enumerate(t.CONDITIONS)}
