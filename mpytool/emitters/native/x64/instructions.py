"""The bytes of machine operations whose operands are final.

mov.m rax [rdi + 8]          48 8b 47 08
mov.i rcx 0                  31 c9             xor ecx, ecx
add.i rax 1                  48 ff c0          inc rax
call_entry 16                ff 55 10          the number is now one of bytes from rbp

Operands are registers of the machine, numbers, conditions and addresses that are made of registers, as tuples
of base, offset, index and scale. Programs consist of the same few instructions over and over again: each is
encoded once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.low import Cond
from mpytool.emitters.native.machine import Operand, PhysReg, Reg
from mpytool.emitters.native.x64 import registers as r
from mpytool.emitters.native.x64.assemble import assemble
from mpytool.emitters.native.x64.conditions import SUFFIX
from mpytool.emitters.native.x64.encoding import Operand as AsmOperand
from mpytool.emitters.native.x64.operations import ENCODINGS
from mpytool.emitters.native.x64.registers import REGISTERS, Memory, Register

FinalOperand: TypeAlias = "Operand | tuple[Reg, int, Reg | None, int]"


@functools.lru_cache(1 << 14)
def encode_operation(name: str, *operands: FinalOperand) -> bytes:
    """The instructions of an operation; ``lea.f`` has bytes from rsp, ``entry`` and ``call_entry`` bytes from
    rbp. KeyError: it is a jump, or needs more than its operands.
    """
    special = _SPECIAL.get(name)
    return _plain(name, operands) if special is None else special(*operands)


def _plain(name: str, given: tuple[FinalOperand, ...]) -> bytes:
    """One instruction, the operands as they stand; or a shorter one that does the same."""
    encoding = ENCODINGS[name]
    mnemonic = encoding.mnemonic
    operands = [_operand(operand, size) for operand, size in zip(given, encoding.sizes, strict=True)]
    if name in _STEPS and operands[1] in (1, -1):
        up = (operands[1] == 1) == (mnemonic == "add")
        return assemble("inc" if up else "dec", operands[0])
    if mnemonic in ("add", "sub") and operands[1] == 128:
        mnemonic, operands[1] = ("sub" if mnemonic == "add" else "add"), -128
    if mnemonic == "test":
        if isinstance(operands[1], Memory):
            operands.reverse()
        elif name == "test8.i" and operands[1] == 0xFF and isinstance(operands[0], Register):
            operands[1] = operands[0]
    return assemble(mnemonic, *operands)


_STEPS = frozenset(
    f"{name}{bits}.{shape}"
    for name in ("add", "sub")
    for bits in ("", "32", "16", "8")
    for shape in ("i", "mi")
)


def _operand(operand: FinalOperand, size: int) -> AsmOperand:
    """An operand of ``size`` bits as the assembler takes it."""
    if isinstance(operand, PhysReg):
        return REGISTERS[size][operand.number]
    if isinstance(operand, tuple):
        base, offset, index, scale = operand
        return Memory(_register(base), offset, None if index is None else _register(index), scale, size)
    return _number(operand)


def _register(operand: object, size: int = 64) -> Register:
    assert isinstance(operand, PhysReg)
    return REGISTERS[size][operand.number]


def _number(operand: object) -> int:
    assert isinstance(operand, int)
    return operand


# --- operations that are not one instruction as it stands --------------------------------------------------


def _move_number(place: FinalOperand, value: FinalOperand) -> bytes:
    if value == 0:
        return assemble("xor", _register(place, 32), _register(place, 32))
    if value == -1:
        return assemble("or", _register(place), -1)
    return assemble("mov", _register(place), _number(value))


def _frame_address(place: FinalOperand, offset: FinalOperand) -> bytes:
    if offset:
        return assemble("lea", _register(place), Memory(r.RSP, _number(offset)))
    return assemble("mov", _register(place), r.RSP)


def _load_entry(place: FinalOperand, offset: FinalOperand) -> bytes:
    return assemble("mov", _register(place), Memory(r.RBP, _number(offset), size=64))


def _call_entry(offset: FinalOperand) -> bytes:
    return assemble("call", Memory(r.RBP, _number(offset), size=64))


def _set_table(source: FinalOperand, bias: FinalOperand) -> bytes:
    number = _number(bias)
    if isinstance(source, PhysReg) and number:
        return assemble("lea", r.RBP, Memory(_register(source), number))
    code = assemble("mov", r.RBP, _operand(source, 64))
    if number == 128:
        return code + assemble("sub", r.RBP, -128)
    return code + assemble("add", r.RBP, number) if number else code


def _set_condition(cond: FinalOperand, place: FinalOperand) -> bytes:
    assert isinstance(cond, Cond)
    return assemble("set" + SUFFIX[cond], _register(place, 8))


def _move_on_condition(cond: FinalOperand, place: FinalOperand, source: FinalOperand) -> bytes:
    assert isinstance(cond, Cond)
    return assemble("cmov" + SUFFIX[cond], _register(place), _operand(source, 64))


def _rotate(place: FinalOperand) -> bytes:
    return assemble("rcr", _register(place), 1)


def _extend_to_rdx(_place: FinalOperand, _source: FinalOperand) -> bytes:
    return assemble("cqo")


def _division(mnemonic: str, size: int) -> Callable[..., bytes]:
    def encode(_quotient: FinalOperand, _remainder: FinalOperand, divisor: FinalOperand) -> bytes:
        return assemble(mnemonic, _operand(divisor, size))

    return encode


def _go(where: FinalOperand) -> bytes:
    return assemble("jmp", _operand(where, 64))


_SPECIAL: dict[str, Callable[..., bytes]] = {
    "mov.i": _move_number,
    "lea.f": _frame_address,
    "entry": _load_entry,
    "call_entry": _call_entry,
    "table": _set_table,
    "table.m": _set_table,
    "set": _set_condition,
    "cmov": _move_on_condition,
    "cmov.m": _move_on_condition,
    "rcr.1": _rotate,
    "cqo": _extend_to_rdx,
    "jmp.r": _go,
    "jmp.m": _go,
    **{f"{name}{bits}": _division(name, int(bits or 64)) for name in ("idiv", "div") for bits in ("", "32")},
}


# --- fewer bytes instead of speed --------------------------------------------------------------------------


@functools.lru_cache(1 << 10)
def encode_by_stack(place: FinalOperand, value: int) -> bytes:
    """A number of 8 bits to a register or to memory."""
    return assemble("push", value) + assemble("pop", _operand(place, 64))
