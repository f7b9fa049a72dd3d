"""Division of a word by a constant without a division.

Numbers from 0 to a limit are multiplied by 2**shift / divisor, rounded up, and shifted right. How large the
limit can be depends on the product, which must fit a word; other numbers go the long way::

    x // 5        0 <= x < 2**16 on machines of 32 bits: (x * 52429) >> 18
    x % 5         x - 5 * (x // 5)
    x % 5 == 0    for all x: x * (1 / 5 modulo 2**32) is one of the 2 * (2**31 // 5) + 1 numbers around 0

T. Granlund, P. Montgomery, "Division by invariant integers using multiplication", 1994; for the last line
H. Warren, "Hacker's Delight", chapter 10.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mpytool.emitters.native.expand.builder import Builder
from mpytool.emitters.native.low import Cond, LowInstr

_LIMITS: dict[int, tuple[int, int]] = {32: (16, 32), 64: (31, 31)}
"""By the bits of a word: those of the largest dividend, and of the multiplier, which is an immediate operand
of x86-64's."""

_LEAST_LIMIT = 12
"""Bits of the dividend; less is not worth the question."""


@dataclass(frozen=True, slots=True)
class Reciprocal:
    """x // divisor is x * multiplier >> shift for 0 <= x < 2**limit; the product fits an unsigned word."""

    limit: int
    multiplier: int
    shift: int


def reciprocal(divisor: int, bits: int) -> Reciprocal | None:
    """That of a divisor above 1 which is no power of two; None if there is none for enough dividends."""
    most, multiplier_bits = _LIMITS[bits]
    for limit in range(most, _LEAST_LIMIT - 1, -1):
        for shift in range(limit, bits):
            multiplier = -(-(1 << shift) // divisor)
            if (multiplier * divisor - (1 << shift)) << limit <= 1 << shift:
                break
        else:
            continue
        if multiplier >> multiplier_bits == 0 and multiplier * ((1 << limit) - 1) >> bits == 0:
            return Reciprocal(limit, multiplier, shift)
    return None


def divided(
    b: Builder, dividend: LowInstr, divisor: int, long_way: Callable[[], LowInstr], *, modulo: bool
) -> LowInstr:
    """Quotient or remainder, rounded down. ``long_way`` computes it for any dividend."""
    bits = 8 * b.layout.word
    # ARMv7-M divides in one instruction of a few cycles, x86-64 in fixed registers and many cycles
    found = None if b.layout.has_divide and bits == 32 else reciprocal(divisor, bits)
    if found is None:
        return long_way()
    short, long, done = b.new_block(), b.new_block(cold=True), b.new_block()
    if b.layout.has_divide:
        b.branch(Cond.ULE, dividend, (1 << found.limit) - 1, short, long)
    else:
        b.branch(Cond.EQ, b.emit("shr", dividend, b.const(found.limit)), 0, short, long)
    b.start(short)
    result = b.emit("shr", b.emit("mul", dividend, b.const(found.multiplier)), b.const(found.shift))
    if modulo:
        result = b.emit("sub", dividend, b.emit("mul", result, b.const(divisor)))
    b.jump(done)
    b.start(long)
    other = long_way()
    b.jump(done)
    b.start(done)
    return b.phi(result, other)


def is_no_multiple(b: Builder, dividend: LowInstr, divisor: int) -> LowInstr:
    """0 if an odd divisor above 1 divides a signed word, else 1."""
    bits = 8 * b.layout.word
    most = ((1 << bits - 1) - 1) // divisor
    product = b.emit("mul", dividend, b.const(pow(divisor, -1, 1 << bits)))
    return b.emit("compare", b.emit("add", product, b.const(most)), b.const(2 * most), imm=(Cond.UGT,))
