"""Encoding of moves and arithmetic.

For each operation the short form first: it wants low registers, some want the result in the place of the
first operand. ARMv7-M has a wide form for all other cases, ARMv6-M moves the first operand there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.machine import CodeAddress, FrameRef, Operand, PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.assembler import Assembler
from mpytool.emitters.native.thumb.encoding import Instruction
from mpytool.emitters.native.thumb.modified import encode_modified
from mpytool.emitters.native.thumb.references import code_address
from mpytool.emitters.native.thumb.registers import SCRATCH, SP

Emit: TypeAlias = Callable[[Assembler, list[Operand]], None]

_LSL, _ASR = 0, 2
_MAX_IMM8, _MAX_IMM3 = 255, 7
_MAX_IMM12 = 4095
_WORD = 0xFFFFFFFF


def _numbers(out: Assembler, operands: list[Operand]) -> list[int]:
    return [out.number(operand) for operand in operands]


def _low(*registers: int) -> bool:
    return max(registers) < 8


# --- moves -------------------------------------------------------------------------------------------------


def move(out: Assembler, operands: list[Operand]) -> None:
    place, source = _numbers(out, operands)
    out.move(place, source)


def constant(out: Assembler, operands: list[Operand]) -> None:
    place, value = operands
    assert isinstance(place, PhysReg)
    assert isinstance(value, int)
    out.constant(place, value)


def frame_address(out: Assembler, operands: list[Operand]) -> None:
    place, base = operands
    assert isinstance(place, PhysReg)
    assert isinstance(base, FrameRef)
    sp_plus(out, place, out.frame.place(base))


def sp_plus(out: Assembler, place: PhysReg, offset: int) -> None:
    """The address of a word of the frame; leaves the flags alone."""
    d = place.number
    if place.number < 8 and 0 <= offset <= t.ADD_SP.fields[-1].highest and offset % 4 == 0:
        out.row(t.ADD_SP, d, offset)
    elif out.wide and 0 <= offset <= _MAX_IMM12:
        out.row(t.ADDW, d, SP.number, offset)
    else:
        out.constant_without_flags(place, offset)
        out.row(t.ADD_H, d, SP.number)


def address_of_code(out: Assembler, operands: list[Operand]) -> None:
    place, code = operands
    assert isinstance(place, PhysReg)
    assert isinstance(code, CodeAddress)
    out.forget_flags()
    out.put(code_address(code, place, out.wide))


def exchange(out: Assembler, operands: list[Operand]) -> None:
    one, other = _numbers(out, operands)
    if one != other:
        out.row(t.MOV, SCRATCH.number, one)
        out.row(t.MOV, one, other)
        out.row(t.MOV, other, SCRATCH.number)


# --- three registers ---------------------------------------------------------------------------------------


def _sum(short: Instruction, wide: Instruction) -> Emit:
    """adds, subs: the short form has three operands."""

    def emit(out: Assembler, operands: list[Operand]) -> None:
        d, n, m = _numbers(out, operands)
        if _low(d, n, m):
            out.row(short, d, n, m)
        else:
            out.row(wide, d, n, m, _LSL, 0)

    return emit


def add(out: Assembler, operands: list[Operand]) -> None:
    """With high registers there is a short form of two operands."""
    d, n, m = _numbers(out, operands)
    if _low(d, n, m):
        out.row(t.ADDS, d, n, m)
    elif d in (n, m):
        out.row(t.ADD_H, d, m if d == n else n)
    else:
        out.row(t.ADD_W, d, n, m, _LSL, 0)


def _two(short: Instruction, wide: Instruction, *shift: int, commutes: bool) -> Emit:
    """What has two operands in its short form; ``shift`` are further operands of the wide one."""

    def emit(out: Assembler, operands: list[Operand]) -> None:
        d, n, m = _numbers(out, operands)
        if commutes and d == m:
            n, m = m, n
        if not _low(d, n, m):
            out.row(wide, d, n, m, *shift)
        elif d == n:
            out.row(short, d, m)
        elif out.wide:
            out.row(wide, d, n, m, *shift)
        else:
            assert d != m, "selection uses the form with two operands"
            out.move(d, n)
            out.row(short, d, m)

    return emit


def _plain(row: Instruction) -> Emit:
    """All operands in the order of the syntax."""

    def emit(out: Assembler, operands: list[Operand]) -> None:
        out.row(row, *_numbers(out, operands))

    return emit


# --- two registers -----------------------------------------------------------------------------------------


def negate(out: Assembler, operands: list[Operand]) -> None:
    d, n = _numbers(out, operands)
    if _low(d, n):
        out.row(t.RSBS, d, n)
    else:
        out.row(t.RSB_M, d, n, 0)


def invert(out: Assembler, operands: list[Operand]) -> None:
    d, m = _numbers(out, operands)
    if _low(d, m):
        out.row(t.MVNS, d, m)
    else:
        out.row(t.MVN_W, d, m, _LSL, 0)


def _unary(short: Instruction, wide: Instruction) -> Emit:
    def emit(out: Assembler, operands: list[Operand]) -> None:
        d, m = _numbers(out, operands)
        out.row(short if _low(d, m) else wide, d, m)

    return emit


# --- numbers -----------------------------------------------------------------------------------------------


def add_number(out: Assembler, operands: list[Operand]) -> None:
    d, n, value = _numbers(out, operands)
    if value == 0:
        out.move(d, n)
    elif not _low(d, n):
        _add_wide(out, d, n, value)
    elif abs(value) <= _MAX_IMM3 or (abs(value) <= _MAX_IMM8 and (d == n or not out.wide)):
        _add_short(out, d, n, value)
    elif out.wide:
        _add_wide(out, d, n, value)
    else:
        first = _MAX_IMM8 if value > 0 else -_MAX_IMM8
        _add_short(out, d, n, first)
        _add_short(out, d, d, value - first)


def _add_short(out: Assembler, d: int, n: int, value: int) -> None:
    """Up to 255, low registers; the last instruction is an addition with its flags."""
    if d != n and abs(value) <= _MAX_IMM3:
        out.row(t.ADDS_I3 if value >= 0 else t.SUBS_I3, d, n, abs(value))
        return
    out.move(d, n)
    out.row(t.ADDS_I if value >= 0 else t.SUBS_I, d, abs(value))


def _add_wide(out: Assembler, d: int, n: int, value: int) -> None:
    if encode_modified(value) is not None:
        out.row(t.ADD_M, d, n, value)
    elif encode_modified(-value) is not None:
        out.row(t.SUB_M, d, n, -value & _WORD)
    elif value >= 0:
        out.row(t.ADDW, d, n, value)
    else:
        out.row(t.SUBW, d, n, -value)


def add_checked_number(out: Assembler, operands: list[Operand]) -> None:
    """The flags say whether it overflows: adding a number, or taking its negative away."""
    d, n, value = _numbers(out, operands)
    if _low(d, n) and (abs(value) <= _MAX_IMM3 or (abs(value) <= _MAX_IMM8 and (d == n or not out.wide))):
        _add_short(out, d, n, value)
    elif encode_modified(value) is not None:
        out.row(t.ADDS_M, d, n, value)
    else:
        out.row(t.SUBS_M, d, n, -value)


def _shift(short: Instruction, kind: int, wide: Instruction = t.SHIFT_W) -> Emit:
    """By 1 to 31."""

    def emit(out: Assembler, operands: list[Operand]) -> None:
        d, m, count = _numbers(out, operands)
        if _low(d, m):
            out.row(short, d, m, count)
        else:
            out.row(wide, kind, d, m, count)

    return emit


def shift_into_carry(out: Assembler, operands: list[Operand]) -> None:
    d, m = _numbers(out, operands)
    if _low(d, m):
        out.row(t.ASRS_I, d, m, 1)
    else:
        out.row(t.SHIFTS_W, _ASR, d, m, 1)


def _field(row: Instruction, shift: Instruction) -> Emit:
    """ubfx, sbfx; a field at the upper end is shifted down."""

    def emit(out: Assembler, operands: list[Operand]) -> None:
        d, n, lowest, width = _numbers(out, operands)
        if lowest and lowest + width == 32 and _low(d, n):
            out.row(shift, d, n, lowest)
        else:
            out.row(row, d, n, lowest, width - 1)

    return emit


ARITHMETIC: dict[str, Emit] = {
    "mov": move,
    "const": constant,
    "lea": frame_address,
    "adr": address_of_code,
    "swap": exchange,
    "add": add,
    "sub": _sum(t.SUBS, t.SUB_W),
    "adds": _sum(t.ADDS, t.ADDS_W),
    "subs": _sum(t.SUBS, t.SUBS_W),
    "mul": _two(t.MULS, t.MUL_W, commutes=True),
    "and": _two(t.ANDS, t.AND_W, _LSL, 0, commutes=True),
    "orr": _two(t.ORRS, t.ORR_W, _LSL, 0, commutes=True),
    "eor": _two(t.EORS, t.EOR_W, _LSL, 0, commutes=True),
    "bic": _two(t.BICS, t.BIC_W, _LSL, 0, commutes=False),
    "lsl": _two(t.LSLS, t.LSL_W, commutes=False),
    "lsr": _two(t.LSRS, t.LSR_W, commutes=False),
    "asr": _two(t.ASRS, t.ASR_W, commutes=False),
    "bicx": _plain(t.BICS),
    "lslx": _plain(t.LSLS),
    "lsrx": _plain(t.LSRS),
    "asrx": _plain(t.ASRS),
    "sdiv": _plain(t.SDIV),
    "udiv": _plain(t.UDIV),
    "mla": _plain(t.MLA),
    "mls": _plain(t.MLS),
    "smull": _plain(t.SMULL),
    "neg": negate,
    "mvn": invert,
    "uxtb": _unary(t.UXTB, t.UXTB_W),
    "uxth": _unary(t.UXTH, t.UXTH_W),
    "sxtb": _unary(t.SXTB, t.SXTB_W),
    "sxth": _unary(t.SXTH, t.SXTH_W),
    "add_i": add_number,
    "adds_i": add_checked_number,
    "rsb_i": _plain(t.RSB_M),
    "and_i": _plain(t.AND_M),
    "bic_i": _plain(t.BIC_M),
    "orr_i": _plain(t.ORR_M),
    "eor_i": _plain(t.EOR_M),
    "lsl_i": _shift(t.LSLS_I, 0),
    "lsr_i": _shift(t.LSRS_I, 1),
    "asr_i": _shift(t.ASRS_I, 2),
    "lsl_t": _shift(t.LSLS_I, 0, t.SHIFTS_W),
    "lsr_t": _shift(t.LSRS_I, 1, t.SHIFTS_W),
    "asr_c": shift_into_carry,
    "ubfx": _field(t.UBFX, t.LSRS_I),
    "sbfx": _field(t.SBFX, t.ASRS_I),
    "add_s": _plain(t.ADD_W),
    "sub_s": _plain(t.SUB_W),
    "rsb_s": _plain(t.RSB_W),
    "and_s": _plain(t.AND_W),
    "orr_s": _plain(t.ORR_W),
    "eor_s": _plain(t.EOR_W),
}
"""How the operations are encoded; operands as ``operations.py`` has them."""
