"""How many of the low bits of a value anybody looks at.

v3 = xor v1 v2         16 bits: an operation on 32 bits computes them
v4 = and v3 v9         v9 is const 65535
"""

from __future__ import annotations

from mpytool.emitters.native.low import LOW_PHI, Cond, LowFunction, LowInstr
from mpytool.emitters.native.widths import CLOSED

_TURNS = 6
"""Demands travel round a loop with each pass; what has not settled after a few is taken for all bits."""


def demanded_bits(function: LowFunction, limit: int) -> dict[LowInstr, int]:
    """For values of which at most ``limit`` bits are wanted how many; other values are not there."""
    word = 8 * function.word
    #: what can want fewer bits than a word, users before what they use
    modest: list[LowInstr] = []
    whole: set[LowInstr] = set()
    is_any_narrow = False
    for block in reversed(function.blocks):
        for instr in reversed(block.code):
            name = instr.row.name
            if name not in _MODEST:
                whole.update(instr.args)
            else:
                modest.append(instr)
                if name in _NARROW and _is_narrow(instr, limit):
                    is_any_narrow = True
    if not is_any_narrow:
        return {}
    found = dict.fromkeys(whole, word)
    for _ in range(_TURNS):
        changed = False
        for instr in modest:
            wanted = found.get(instr, 0)
            for position, arg in enumerate(instr.args):
                if arg not in whole:
                    bits = _demand(instr, position, wanted, word)
                    if bits > found.get(arg, 0):
                        found[arg] = bits
                        changed = True
        if not changed:
            return {value: bits for value, bits in found.items() if bits <= limit}
    return {}


_NARROW = frozenset(("store", "store_indexed", "zero_extend", "sign_extend", "and"))
"""Operations that can be the reason that few bits of something are wanted."""

_MODEST = _NARROW | CLOSED | {"shr", "sar", "phi", "select", "branch"}
"""Those of which some operand does not always matter as a whole."""


def _is_narrow(instr: LowInstr, limit: int) -> bool:
    name = instr.row.name
    if name in ("store", "store_indexed"):
        return 8 * int(instr.imm[0].size) <= limit
    return name != "and" or _number_bits(instr.args[1]) <= limit


def _number_bits(value: LowInstr) -> int:
    """Bits of a constant; many for what is none or negative."""
    if value.row.name != "const" or value.imm[0] < 0:
        return 1 << 16
    return int(value.imm[0]).bit_length()


def _demand(instr: LowInstr, position: int, wanted: int, word: int) -> int:
    """How many bits of an operand of what is modest matter for the lowest ``wanted`` bits of it."""
    name = instr.row.name
    if name in ("store", "store_indexed"):
        return 8 * int(instr.imm[0].size) if position == len(instr.args) - 1 else word
    if name in ("zero_extend", "sign_extend"):
        return min(wanted, int(instr.imm[0]))
    if name == "and":
        return min(wanted, _number_bits(instr.args[1 - position]))
    if name in ("shl", "shr", "sar"):
        count = instr.args[1]
        if position or count.row.name != "const":
            return word
        number = int(count.imm[0])
        if name == "shl":
            return max(0, wanted - number)
        return min(word, wanted + number) if wanted else 0
    if name in CLOSED or instr.row is LOW_PHI:
        return wanted
    if name == "select" and position >= 2:
        return wanted
    if name == "branch" and instr.imm[0] in (Cond.TZ, Cond.TNZ):
        return min(word, _number_bits(instr.args[1 - position]))
    return word
