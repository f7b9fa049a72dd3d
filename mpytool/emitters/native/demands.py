"""How many of the low bits of a value anybody looks at.

v3 = xor v1 v2         16 bits: an operation on 32 bits computes them
v4 = and v3 v9         v9 is const 65535
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.low import Cond, LowFunction, LowInstr
from mpytool.emitters.native.widths import CLOSED

_TURNS = 6
"""Demands travel round a loop with each pass; what has not settled after a few is taken for all bits."""

_Rule: TypeAlias = Callable[[LowInstr, int, int], list[int]]
"""How many bits of each operand matter, if ``wanted`` bits of the value do, in words of ``word`` bits."""


def demanded_bits(function: LowFunction, limit: int) -> dict[LowInstr, int]:
    """For values of which at most ``limit`` bits are wanted how many; other values are not there."""
    word = 8 * function.word
    whole: list[LowInstr] = []
    parts: list[LowInstr] = []
    passing: list[LowInstr] = []
    for block in reversed(function.blocks):
        for instr in reversed(block.code):
            name = instr.row.name
            if name in _PASSING:
                passing.append(instr)
            elif name in _PARTS:
                parts.append(instr)
            else:
                whole += instr.args
    if not any(_is_narrow(instr, limit) for instr in (*passing, *parts)):
        return {}
    found = dict.fromkeys(whole, word)
    for instr in parts:
        for arg, bits in zip(instr.args, _PARTS[instr.row.name](instr, word), strict=True):
            found[arg] = max(bits, found.get(arg, 0))
    asking = [(instr, _PASSING[instr.row.name]) for instr in passing]
    for _ in range(_TURNS):
        changed = False
        for instr, rule in asking:
            for arg, bits in zip(instr.args, rule(instr, found.get(instr, 0), word), strict=True):
                if bits > found.get(arg, 0):
                    found[arg] = bits
                    changed = True
        if not changed:
            return {value: bits for value, bits in found.items() if bits <= limit}
    return {}


def _is_narrow(instr: LowInstr, limit: int) -> bool:
    """Whether an instruction can be the reason that few bits of something are wanted."""
    name = instr.row.name
    if name in ("store", "store_indexed"):
        return 8 * int(instr.imm[0].size) <= limit
    if name in ("zero_extend", "sign_extend"):
        return True
    return name == "and" and _number_bits(instr.args[1]) <= limit


def _number_bits(value: LowInstr) -> int:
    """Bits of a constant; many for what is none or negative."""
    if value.row.name != "const" or value.imm[0] < 0:
        return 1 << 16
    return int(value.imm[0]).bit_length()


def _store(instr: LowInstr, word: int) -> list[int]:
    bits = [word] * len(instr.args)
    bits[-1] = 8 * int(instr.imm[0].size)
    return bits


def _extend(instr: LowInstr, wanted: int, _: int) -> list[int]:
    return [min(wanted, int(instr.imm[0]))]


def _and(instr: LowInstr, wanted: int, _: int) -> list[int]:
    one, other = instr.args
    return [min(wanted, _number_bits(other)), min(wanted, _number_bits(one))]


def _branch(instr: LowInstr, word: int) -> list[int]:
    if instr.imm[0] not in (Cond.TZ, Cond.TNZ):
        return [word, word]
    return _and(instr, word, word)


def _shift(instr: LowInstr, wanted: int, word: int) -> list[int]:
    count = instr.args[1]
    if count.row.name != "const":
        return [word, word]
    number = int(count.imm[0])
    if instr.row.name == "shl":
        return [max(0, wanted - number), word]
    return [min(word, wanted + number) if wanted else 0, word]


def _closed(instr: LowInstr, wanted: int, _: int) -> list[int]:
    return [wanted] * len(instr.args)


def _select(_instr: LowInstr, wanted: int, word: int) -> list[int]:
    return [word, word, wanted, wanted]


_PASSING: dict[str, _Rule] = {
    **dict.fromkeys(CLOSED, _closed),
    "phi": _closed,
    "select": _select,
    "zero_extend": _extend,
    "sign_extend": _extend,
    "and": _and,
    "shl": _shift,
    "shr": _shift,
    "sar": _shift,
}

_PARTS: dict[str, Callable[[LowInstr, int], list[int]]] = {
    "store": _store,
    "store_indexed": _store,
    "branch": _branch,
}
"""What wants as much of its operands however much is wanted of it. Others want all of them."""
