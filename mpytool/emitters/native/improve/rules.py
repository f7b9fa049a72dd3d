"""What an operation is worth when its operands are known: constants computed, identities dropped.

Before and after::

    v3 = add v1 v2       v1 and v2 constants        const 12
    v4 = add v0 v5       v5 = const 0               v0
    v6 = add v4 v5       v4 = add v0 8, v5 = 8      add v0 16
    branch lt v1 v2      both constants             jump
    branch ne v7 0       v7 = compare lt v1 v2      branch lt v1 v2
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from mpytool.emitters.native.low import LOW_OF_NAME, NEGATED, SWAPPED, Cond, LowInstr
from mpytool.emitters.native.widths import width

COMMUTATIVE = frozenset(("add", "mul", "and", "or", "xor"))

CONST = LOW_OF_NAME["const"]
_COMPARE = LOW_OF_NAME["compare"]


def signed(value: int, bits: int) -> int:
    """The word as a signed number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value


def unsigned(value: int, bits: int) -> int:
    return value & (1 << bits) - 1


def _shift(compute: Callable[[int, int, int], int]) -> Callable[[int, int, int], int | None]:
    """A count that the low form leaves undefined stays as it is."""

    def shift(a: int, count: int, bits: int) -> int | None:
        return compute(a, count, bits) if 0 <= count < bits else None

    return shift


_BINARY: dict[str, Callable[[int, int, int], int | None]] = {
    "add": lambda a, b, _: a + b,
    "sub": lambda a, b, _: a - b,
    "mul": lambda a, b, _: a * b,
    "and": lambda a, b, _: a & b,
    "or": lambda a, b, _: a | b,
    "xor": lambda a, b, _: a ^ b,
    "shl": _shift(lambda a, count, _: a << count),
    "shr": _shift(lambda a, count, bits: unsigned(a, bits) >> count),
    "sar": _shift(lambda a, count, _: a >> count),
}
"""Of signed words and their width; the result is taken modulo the word."""

_UNARY: dict[str, Callable[[int], int]] = {"neg": lambda a: -a, "not": lambda a: ~a}

_CONDITIONS: dict[Cond, Callable[[int, int], bool]] = {
    Cond.EQ: lambda a, b: a == b,
    Cond.NE: lambda a, b: a != b,
    Cond.LT: lambda a, b: a < b,
    Cond.LE: lambda a, b: a <= b,
    Cond.GT: lambda a, b: a > b,
    Cond.GE: lambda a, b: a >= b,
    Cond.TZ: lambda a, b: a & b == 0,
    Cond.TNZ: lambda a, b: a & b != 0,
}
_UNSIGNED: dict[Cond, Cond] = {Cond.ULT: Cond.LT, Cond.ULE: Cond.LE, Cond.UGT: Cond.GT, Cond.UGE: Cond.GE}

_REFLEXIVE: dict[Cond, bool] = {
    Cond.EQ: True, Cond.LE: True, Cond.GE: True, Cond.ULE: True, Cond.UGE: True,
    Cond.NE: False, Cond.LT: False, Cond.GT: False, Cond.ULT: False, Cond.UGT: False,
}  # fmt: skip
"""What holds of a value and itself."""


def constant_of(value: LowInstr) -> int | None:
    if value.row is not CONST:
        return None
    constant: int = value.imm[0]
    return constant


def holds(cond: Cond, a: LowInstr, b: LowInstr, bits: int) -> bool | None:
    """Whether a condition holds, if that can be told."""
    left, right = constant_of(a), constant_of(b)
    if left is not None and right is not None:
        if cond in _UNSIGNED:
            return _CONDITIONS[_UNSIGNED[cond]](unsigned(left, bits), unsigned(right, bits))
        return _CONDITIONS[cond](signed(left, bits), signed(right, bits))
    if a is b:
        return _REFLEXIVE.get(cond)
    return None if right is None else _holds_of_constant(cond, a, signed(right, bits), bits)


def _holds_of_constant(cond: Cond, a: LowInstr, right: int, bits: int) -> bool | None:
    """What the highest bit that can be set, or the lowest bit, tells."""
    if cond in (Cond.TZ, Cond.TNZ):
        return cond is Cond.TNZ if right & 1 and _is_odd(a) else None
    if right < 0 or a.row.name not in _NARROW:
        return None
    most = (1 << width(a, bits // 8)) - 1
    if most >> bits - 1:
        return None
    # Not negative, so that it does not matter how it is compared
    cond = _UNSIGNED.get(cond, cond)
    if cond in (Cond.LE, Cond.GT) and most <= right:
        return cond is Cond.LE
    if cond in (Cond.LT, Cond.GE, Cond.EQ, Cond.NE) and most < right:
        return cond in (Cond.LT, Cond.NE)
    if right == 0 and cond in (Cond.LT, Cond.GE):
        return cond is Cond.GE
    return None


_NARROW = frozenset(("and", "or", "add", "shr", "sar", "compare", "zero_extend", "load", "load_indexed"))
"""Operations whose results can be far from filling a word."""


def _is_odd(value: LowInstr) -> bool:
    """Whether bit 0 is set for sure, as in what has just become a small int."""
    if value.row.name not in ("or", "add"):
        return False
    one, other = value.args
    number = constant_of(other)
    if number is None or not number & 1:
        return False
    return value.row.name == "or" or (one.row.name == "shl" and (constant_of(one.args[1]) or 0) > 0)


def _reduced_binary(instr: LowInstr, bits: int) -> LowInstr | int | None:
    name = instr.row.name
    left, right = instr.args
    if left.row is CONST:
        if right.row is CONST:
            result = _BINARY[name](signed(left.imm[0], bits), signed(right.imm[0], bits), bits)
            return None if result is None else signed(result, bits)
        if name not in COMMUTATIVE:
            return None
        instr.args.reverse()
        return _with_constant(instr, signed(left.imm[0], bits), bits)
    if right.row is CONST:
        return _with_constant(instr, signed(right.imm[0], bits), bits)
    if left is right:
        if name in ("and", "or"):
            return left
        if name in ("sub", "xor"):
            return 0
    return None


def _reduced_compare(instr: LowInstr, bits: int) -> int | None:
    _put_constant_right(instr)
    left, right = instr.args
    known = holds(instr.imm[0], left, right, bits)
    return None if known is None else int(known)


def _reduced_branch(instr: LowInstr, _: int) -> None:
    """Turns ``branch ne v3 0`` with ``v3 = compare lt v1 v2`` into ``branch lt v1 v2``."""
    while True:
        _put_constant_right(instr)
        compared, other = instr.args
        asked = instr.imm[0]
        if compared.row is not _COMPARE or constant_of(other) != 0 or asked not in (Cond.EQ, Cond.NE):
            return
        cond = compared.imm[0]
        instr.imm = (cond if asked is Cond.NE else NEGATED[cond],)
        instr.args = list(compared.args)


def _put_constant_right(instr: LowInstr) -> None:
    left, right = instr.args
    if left.row is CONST and right.row is not CONST:
        instr.imm = (SWAPPED[instr.imm[0]],)
        instr.args.reverse()


def _reduced_unary(instr: LowInstr, bits: int) -> int | None:
    operand = constant_of(instr.args[0])
    return None if operand is None else signed(_UNARY[instr.row.name](operand), bits)


def _reduced_extension(instr: LowInstr, _: int) -> int | None:
    operand = constant_of(instr.args[0])
    if operand is None:
        return None
    kept: int = instr.imm[0]
    return operand & (1 << kept) - 1 if instr.row.name == "zero_extend" else signed(operand, kept)


_NEUTRAL: dict[str, int] = {
    "add": 0, "sub": 0, "mul": 1, "and": -1, "or": 0, "xor": 0, "shl": 0, "shr": 0, "sar": 0,
}  # fmt: skip
"""The right operand that changes nothing."""

_ABSORBING: dict[str, int] = {"mul": 0, "and": 0, "or": -1}
"""The right operand that the result equals."""


def _with_constant(instr: LowInstr, b: int, bits: int) -> LowInstr | int | None:
    name = instr.row.name
    if b == _NEUTRAL[name]:
        return instr.args[0]
    if b == _ABSORBING.get(name):
        return b
    if name == "and" and b > 0 and b & b + 1 == 0 and width(instr.args[0], bits // 8) <= b.bit_length():
        return instr.args[0]
    if name == "sub":
        instr.row = LOW_OF_NAME["add"]
        instr.args[1] = LowInstr(CONST, imm=(signed(-b, bits),), token=instr.token)
        name, b = "add", signed(-b, bits)
    inner = instr.args[0]
    if inner.row.name == name and name in ("add", "and", "or", "xor"):
        first = constant_of(inner.args[1])
        if first is not None:
            both = _BINARY[name](signed(first, bits), b, bits)
            assert both is not None
            instr.args = [inner.args[0], LowInstr(CONST, imm=(signed(both, bits),), token=instr.token)]
            return _with_constant(instr, signed(both, bits), bits)
    return None


Reduction: TypeAlias = Callable[[LowInstr, int], LowInstr | int | None]

REDUCTIONS: dict[str, Reduction] = {
    **dict.fromkeys(_BINARY, _reduced_binary),
    **dict.fromkeys(_UNARY, _reduced_unary),
    "zero_extend": _reduced_extension,
    "sign_extend": _reduced_extension,
    "compare": _reduced_compare,
    "branch": _reduced_branch,
}
"""By operation. Of an instruction and the bits of a word: an operand that equals the instruction, or the
constant that it is; None if it is neither.

The instruction itself may be put into a simpler form: constants to the right, chains of constants joined.
"""
