"""How many of the low bits of a value can be other than zero.

v2 = load u8 v1       8 bits
v3 = add v2 v2        9 bits: an operation on 32 bits computes it on a machine with words of 64, too
"""

from __future__ import annotations

from collections.abc import Callable

from mpytool.emitters.native.low import LowInstr

_DEPTH = 6
"""How far operands are followed; what is behind is a whole word."""
_DEPTH_OF_PHIS = 1
"""Behind a phi, which may have many operands."""

CLOSED = frozenset(("add", "sub", "mul", "and", "or", "xor", "shl", "neg", "not"))
"""Operations whose low bits depend on the low bits of their operands only."""


def width(value: LowInstr, word: int, depth: int = _DEPTH) -> int:
    """Bits from ``width`` on are zeros in ``value``, taken as a word of ``word`` bytes."""
    name = value.row.name
    rule = _LEAVES.get(name)
    if rule is None:
        if not depth or (rule := _RULES.get(name)) is None:
            return 8 * word
        depth -= 1
    return rule(value, word, depth)


def _const(value: LowInstr, word: int, _: int) -> int:
    return (int(value.imm[0]) & ((1 << 8 * word) - 1)).bit_length()


def _load(value: LowInstr, word: int, _: int) -> int:
    mem = value.imm[0]
    return 8 * word if mem.signed else int(8 * mem.size)


def _compare(_value: LowInstr, _word: int, _depth: int) -> int:
    return 1


def _zero_extend(value: LowInstr, word: int, depth: int) -> int:
    kept = int(value.imm[0])
    return min(kept, width(value.args[0], word, depth - 1)) if depth else kept


def _both(value: LowInstr, word: int, depth: int) -> int:
    one, other = value.args
    return min(width(one, word, depth), width(other, word, depth))


def _either(value: LowInstr, word: int, depth: int) -> int:
    one, other = value.args
    return max(width(one, word, depth), width(other, word, depth))


def _add(value: LowInstr, word: int, depth: int) -> int:
    return min(8 * word, 1 + _either(value, word, depth))


def _mul(value: LowInstr, word: int, depth: int) -> int:
    one, other = value.args
    return min(8 * word, width(one, word, depth) + width(other, word, depth))


def _shl(value: LowInstr, word: int, depth: int) -> int:
    one, count = value.args
    if count.row.name != "const":
        return 8 * word
    return min(8 * word, width(one, word, depth) + int(count.imm[0]))


def _shift_down(value: LowInstr, word: int, depth: int) -> int:
    one, count = value.args
    found = width(one, word, depth)
    if value.row.name == "sar" and (count.row.name != "const" or found == 8 * word):
        return 8 * word  # it may be negative
    return max(0, found - int(count.imm[0])) if count.row.name == "const" else found


def _phi(value: LowInstr, word: int, depth: int) -> int:
    depth = min(depth, _DEPTH_OF_PHIS)
    return max([width(arg, word, depth) for arg in value.args])


def _select(value: LowInstr, word: int, depth: int) -> int:
    return max(width(value.args[2], word, depth), width(value.args[3], word, depth))


_Rule = Callable[[LowInstr, int, int], int]

_LEAVES: dict[str, _Rule] = {
    "const": _const,
    "load": _load,
    "load_indexed": _load,
    "load_fixed": _load,
    "compare": _compare,
    "zero_extend": _zero_extend,
}
"""What tells something even where operands are not followed any more."""

_RULES: dict[str, _Rule] = {
    "and": _both,
    "or": _either,
    "xor": _either,
    "add": _add,
    "mul": _mul,
    "shl": _shl,
    "shr": _shift_down,
    "sar": _shift_down,
    "phi": _phi,
    "select": _select,
}
"""All others are whole words."""
