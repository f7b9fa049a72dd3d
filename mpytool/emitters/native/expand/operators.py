"""Operators and truth: by operator, so that each can have a fast path of its own.

A row of BINARY or UNARY gets the operands' words and gives the result's. ``branch_on_truth`` decides a branch
on an object's truth without making a word of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.expand.runtime import C_BOOL_MASK, Entry
from mpytool.emitters.native.low import Cond, LowBlock, LowInstr
from mpytool.emitters.native.ssa import Instr, Type
from mpytool.opcodes import BINARY_OPS, UNARY_OPS

Binary: TypeAlias = Callable[[Builder, Instr, LowInstr, LowInstr], LowInstr]
Unary: TypeAlias = Callable[[Builder, Instr, LowInstr], LowInstr]

_BINARY_NUMBER = {operator: number for number, operator in enumerate(BINARY_OPS)}
_UNARY_NUMBER = {operator: number for number, operator in enumerate(UNARY_OPS)}


def _call_binary(b: Builder, instr: Instr, left: LowInstr, right: LowInstr) -> LowInstr:
    return b.call(Entry.BINARY_OP, _BINARY_NUMBER[instr.imm[0]], left, right)


def _call_unary(b: Builder, instr: Instr, value: LowInstr) -> LowInstr:
    return b.call(Entry.UNARY_OP, _UNARY_NUMBER[instr.imm[0]], value)


def _is(b: Builder, instr: Instr, left: LowInstr, right: LowInstr) -> LowInstr:
    return b.emit("select", left, right, b.table(Entry.TRUE), b.table(Entry.FALSE), imm=(Cond.EQ,))


BINARY: dict[str, Binary] = {**dict.fromkeys(BINARY_OPS, _call_binary), "is": _is}
UNARY: dict[str, Unary] = dict.fromkeys(UNARY_OPS, _call_unary)


def binary_op(b: Builder, instr: Instr) -> None:
    left, right = (b.use(arg) for arg in instr.args)
    b.define(instr, BINARY[instr.imm[0]](b, instr, left, right))


def unary_op(b: Builder, instr: Instr) -> None:
    b.define(instr, UNARY[instr.imm[0]](b, instr, b.use(instr.args[0])))


def truth(b: Builder, instr: Instr) -> None:
    """A word of 0 or 1."""
    value = b.use(instr.args[0])
    if instr.args[0].type not in (Type.OBJ, Type.SMALL):
        b.define(instr, b.emit("compare", value, b.const(0), imm=(Cond.NE,)))
        return
    result = b.call(Entry.OBJ_IS_TRUE, value)
    if not b.layout.bool_is_word:
        result = b.emit("and", result, b.const(C_BOOL_MASK))
    b.define(instr, result)


def branch_on_truth(b: Builder, value: Instr, yes: LowBlock, no: LowBlock) -> None:
    word = b.use(value)
    if value.type in (Type.OBJ, Type.SMALL):
        b.is_set(b.call(Entry.OBJ_IS_TRUE, word), yes, no)
    else:
        b.branch(Cond.NE, word, 0, yes, no)
