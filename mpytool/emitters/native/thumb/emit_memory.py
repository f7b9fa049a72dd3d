"""Encoding of loads, stores and calls through the function table."""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.emitters.native.machine import Address, Operand, PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.assembler import Assembler
from mpytool.emitters.native.thumb.emit_arithmetic import Emit, sp_plus
from mpytool.emitters.native.thumb.encoding import Instruction
from mpytool.emitters.native.thumb.registers import LR, R3, REGISTERS, SCRATCH, SP, TABLE

_WORD = 4
_SHIFTS = {1: 0, 2: 1, 4: 2, 8: 3}


@dataclass(frozen=True, slots=True)
class _Forms:
    """Of one access: with a number, with a register; on ARMv7-M with large, negative and scaled ones.

    ``short`` is None for what has no short form with a number; ``extend`` is then what makes it of another
    load.
    """

    short: Instruction
    indexed: Instruction
    wide: Instruction
    below: Instruction
    scaled: Instruction
    extend: Instruction | None = None


_FORMS: dict[str, _Forms] = {
    "ldr": _Forms(t.LDR_I, t.LDR_R, t.LDR_W, t.LDR_N, t.LDR_RW),
    "ldrb": _Forms(t.LDRB_I, t.LDRB_R, t.LDRB_W, t.LDRB_N, t.LDRB_RW),
    "ldrh": _Forms(t.LDRH_I, t.LDRH_R, t.LDRH_W, t.LDRH_N, t.LDRH_RW),
    "ldrsb": _Forms(t.LDRB_I, t.LDRSB_R, t.LDRSB_W, t.LDRSB_N, t.LDRSB_RW, extend=t.SXTB),
    "ldrsh": _Forms(t.LDRH_I, t.LDRSH_R, t.LDRSH_W, t.LDRSH_N, t.LDRSH_RW, extend=t.SXTH),
    "str": _Forms(t.STR_I, t.STR_R, t.STR_W, t.STR_N, t.STR_RW),
    "strb": _Forms(t.STRB_I, t.STRB_R, t.STRB_W, t.STRB_N, t.STRB_RW),
    "strh": _Forms(t.STRH_I, t.STRH_R, t.STRH_W, t.STRH_N, t.STRH_RW),
}


def _load(name: str) -> Emit:
    def emit(out: Assembler, operands: list[Operand]) -> None:
        place, address = operands
        assert isinstance(place, PhysReg)
        assert isinstance(address, Address)
        access(out, name, place, address)

    return emit


def _store(name: str) -> Emit:
    def emit(out: Assembler, operands: list[Operand]) -> None:
        address, source = operands
        assert isinstance(source, PhysReg)
        assert isinstance(address, Address)
        access(out, name, source, address)

    return emit


def access(out: Assembler, name: str, register: PhysReg, address: Address) -> None:
    base, d = address.base, register.number
    if not isinstance(base, PhysReg):
        _access_frame(out, name, register, out.frame.place(base) + address.offset)
        return
    forms = _FORMS[name]
    n = base.number
    if address.index is not None:
        assert isinstance(address.index, PhysReg)
        m = address.index.number
        if address.scale == 1 and max(d, n, m) < 8:
            out.row(forms.indexed, d, n, m)
        else:
            out.row(forms.scaled, d, n, m, _SHIFTS[address.scale])
        return
    offset = address.offset
    if max(d, n) < 8 and (forms.extend is None or not out.wide) and forms.short.fields[-1].fits(offset):
        out.row(forms.short, d, n, offset)
        if forms.extend is not None:
            out.row(forms.extend, d, d)
    elif offset >= 0:
        out.row(forms.wide, d, n, offset)
    else:
        out.row(forms.below, d, n, -offset)


def _access_frame(out: Assembler, name: str, register: PhysReg, offset: int) -> None:
    """A word of the frame; leaves the flags alone, wherever it is."""
    assert name in ("ldr", "str")
    is_load = name == "ldr"
    d = register.number
    short = t.LDR_SP if is_load else t.STR_SP
    if d < 8 and short.fields[-1].fits(offset):
        out.row(short, d, offset)
        return
    if out.wide and _FORMS[name].wide.fields[-1].fits(offset):
        out.row(_FORMS[name].wide, d, SP.number, offset)
        return
    if is_load:
        sp_plus(out, register, offset)
        access(out, name, register, Address(register))
    elif out.wide:
        sp_plus(out, SCRATCH, offset)
        access(out, name, register, Address(SCRATCH))
    else:
        # A register is needed for the address, and there is none free
        other = REGISTERS[0 if d else 1]
        out.row(t.MOV, SCRATCH.number, other.number)
        sp_plus(out, other, offset)
        access(out, name, register, Address(other))
        out.row(t.MOV, other.number, SCRATCH.number)


# --- the function table ------------------------------------------------------------------------------------


def set_table(out: Assembler, operands: list[Operand]) -> None:
    out.move(TABLE.number, out.number(operands[0]))
    _add_bias(out)


def _add_bias(out: Assembler) -> None:
    if out.bias:
        out.row(t.ADDS_I, TABLE.number, _WORD * out.bias)


def load_table(out: Assembler, operands: list[Operand]) -> None:
    (address,) = operands
    assert isinstance(address, Address)
    access(out, "ldr", TABLE, address)
    _add_bias(out)


def load_entry(out: Assembler, operands: list[Operand]) -> None:
    place, entry = operands
    assert isinstance(place, PhysReg)
    assert isinstance(entry, int)
    offset = _WORD * (entry - out.bias)
    if place.number < 8 and t.LDR_I.fields[-1].fits(offset):
        out.row(t.LDR_I, place.number, TABLE.number, offset)
    elif out.wide and 0 <= offset <= t.LDR_W.fields[-1].highest:
        out.row(t.LDR_W, place.number, TABLE.number, offset)
    elif out.wide and offset < 0:
        out.row(t.LDR_N, place.number, TABLE.number, -offset)
    else:
        out.constant(place, offset)
        if out.wide:
            out.row(t.LDR_RW, place.number, TABLE.number, place.number, 0)
        else:
            out.row(t.LDR_R, place.number, TABLE.number, place.number)


def call(out: Assembler, operands: list[Operand]) -> None:
    """By way of r3, unless there are four arguments. ARMv6-M cannot load r12, and then uses lr."""
    entry, n_args = operands
    assert isinstance(n_args, int)
    if n_args < 4:
        load_entry(out, [R3, entry])
        out.row(t.BLX, R3.number)
    elif out.wide:
        load_entry(out, [SCRATCH, entry])
        out.row(t.BLX, SCRATCH.number)
    else:
        out.row(t.MOV, SCRATCH.number, R3.number)
        load_entry(out, [R3, entry])
        out.row(t.MOV, LR.number, R3.number)
        out.row(t.MOV, R3.number, SCRATCH.number)
        out.row(t.BLX, LR.number)


MEMORY: dict[str, Emit] = {
    **{name: _load(name) for name in ("ldr", "ldrb", "ldrh", "ldrsb", "ldrsh")},
    **{name: _store(name) for name in ("str", "strb", "strh")},
    "ldr_frame": _load("ldr"),
    "set_table": set_table,
    "ldr_table": load_table,
    "entry": load_entry,
    "call": call,
}
