"""Which words are small ints for sure, so that making an object of them needs no test::

v3 = sar v1 v2              v2 = const 1: 31 bits of 32 are left
v4 = load_indexed u8 v0 v3
"""

from __future__ import annotations

from mpytool.emitters.native.low import LowInstr, Mem

_DEPTH = 4


def is_small(value: LowInstr, word: int, *, signed: bool, depth: int = _DEPTH) -> bool:
    """Whether a word of so many bytes is one, as a number of its type. Looks ``depth`` operations far."""
    name, args, top = value.row.name, value.args, 8 * word - 2
    if name == "const":
        number: int = value.imm[0]
        return (-(1 << top) if signed else 0) <= number < 1 << top
    if name in ("load", "load_indexed"):
        mem: Mem = value.imm[0]
        return mem.size < word and not mem.signed
    if name in ("sar", "shr"):
        least = 1 if name == "sar" else 2
        is_constant = args[1].row.name == "const" and args[1].imm[0] in range(least, top + 1)
        return is_constant and (signed or name == "shr")
    if name in ("and", "or", "xor", "phi") and depth:
        known = [is_small(arg, word, signed=signed, depth=depth - 1) for arg in args]
        if name == "and":
            return all(known) or any(is_small(arg, word, signed=False, depth=depth - 1) for arg in args)
        return bool(known) and all(known)
    return name == "compare"
