"""How many of the low bits of a value can be other than zero.

v2 = load u8 v1       8 bits
v3 = add v2 v2        9 bits: an operation on 32 bits computes it on a machine with words of 64, too
"""

from __future__ import annotations

from mpytool.emitters.native.low import LowInstr

_DEPTH = 6
"""How far operands are followed; what is behind is a whole word."""
_DEPTH_OF_PHIS = 1
"""Behind a phi, which may have many operands."""

CLOSED = frozenset(("add", "sub", "mul", "and", "or", "xor", "shl", "neg", "not"))
"""Operations whose low bits depend on the low bits of their operands only."""


def width(value: LowInstr, word: int, depth: int = _DEPTH) -> int:
    """Bits from ``width`` on are zeros in ``value``, taken as a word of ``word`` bytes."""
    bits = 8 * word
    name, args = value.row.name, value.args
    if name == "const":
        return (int(value.imm[0]) & ((1 << bits) - 1)).bit_length()
    if name in ("load", "load_indexed", "load_fixed"):
        mem = value.imm[0]
        return bits if mem.signed else 8 * mem.size
    if name == "compare":
        return 1
    if name == "zero_extend":
        kept = int(value.imm[0])
        return min(kept, width(args[0], word, depth - 1)) if depth else kept
    if not depth:
        return bits
    depth -= 1
    if name == "and":
        return min(width(args[0], word, depth), width(args[1], word, depth))
    if name in ("or", "xor"):
        return max(width(args[0], word, depth), width(args[1], word, depth))
    if name == "add":
        return min(bits, 1 + max(width(args[0], word, depth), width(args[1], word, depth)))
    if name == "mul":
        return min(bits, width(args[0], word, depth) + width(args[1], word, depth))
    if name == "shl" and args[1].row.name == "const":
        return min(bits, width(args[0], word, depth) + int(args[1].imm[0]))
    if name in ("shr", "sar"):
        found = width(args[0], word, depth)
        if args[1].row.name == "const" and (name == "shr" or found < bits):
            return max(0, found - int(args[1].imm[0]))
        return bits if name == "sar" else found
    if name == "phi":
        depth = min(depth, _DEPTH_OF_PHIS)
        return max(width(arg, word, depth) for arg in args)
    if name == "select":
        return max(width(args[2], word, depth), width(args[3], word, depth))
    return bits
