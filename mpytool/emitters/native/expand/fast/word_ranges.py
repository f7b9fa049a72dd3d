"""Between which numbers the results of operators on integers are.

Exact, as far as the bounds of the operands tell; no bound is that of a machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Range:
    """From ``least`` to ``most``, both included."""

    least: int
    most: int

    def is_within(self, other: Range) -> bool:
        return other.least <= self.least and self.most <= other.most

    def common(self, other: Range) -> Range:
        """What is in both. Needs: there is something."""
        return Range(max(self.least, other.least), min(self.most, other.most))


WORD = Range(0, (1 << 32) - 1)
"""What fits a word."""

SMALL = Range(-(1 << 30), (1 << 30) - 1)
"""What fits a small int where a word has 32 bits."""

LONG = Range(-(1 << 63), (1 << 63) - 1)
"""What every run time that has integers beyond small ints can compute: some of them no more than this."""

WORD_BITS = 32

_Rule: TypeAlias = Callable[[Range, Range], Range]


def _bits(*ranges: Range) -> int:
    """How many bits all numbers have, the sign not counted."""
    return max((bound if bound >= 0 else ~bound).bit_length() for r in ranges for bound in (r.least, r.most))


def _and(a: Range, b: Range) -> Range:
    if a.least >= 0 and b.least >= 0:
        return Range(0, min(a.most, b.most))
    if a.least >= 0:
        return Range(0, a.most)
    if b.least >= 0:
        return Range(0, b.most)
    return _either(a, b)


def _either(a: Range, b: Range) -> Range:
    """Of ``|`` and ``^``."""
    limit = 1 << _bits(a, b)
    return Range(0 if a.least >= 0 and b.least >= 0 else -limit, limit - 1)


def _multiply(a: Range, b: Range) -> Range:
    corners = [x * y for x in (a.least, a.most) for y in (b.least, b.most)]
    return Range(min(corners), max(corners))


def _shift_left(a: Range, b: Range) -> Range:
    return _multiply(a, Range(1 << b.least, 1 << b.most))


def _shift_right(a: Range, b: Range) -> Range:
    corners = [x >> y for x in (a.least, a.most) for y in (b.least, b.most)]
    return Range(min(corners), max(corners))


def _floor_divide(a: Range, b: Range) -> Range:
    corners = [x // y for x in (a.least, a.most) for y in (b.least, b.most)]
    return Range(min(corners), max(corners))


def _modulo(a: Range, b: Range) -> Range:
    return Range(0, min(b.most - 1, a.most) if a.least >= 0 else b.most - 1)


RULES: dict[str, _Rule] = {
    "&": _and,
    "|": _either,
    "^": _either,
    "+": lambda a, b: Range(a.least + b.least, a.most + b.most),
    "-": lambda a, b: Range(a.least - b.most, a.most - b.least),
    "*": _multiply,
    "<<": _shift_left,
    ">>": _shift_right,
    "//": _floor_divide,
    "%": _modulo,
}
"""By operator. Counts of shifts are from 0 to 31, divisors above 0."""


def inverted(a: Range) -> Range:
    return Range(~a.most, ~a.least)


def negative(a: Range) -> Range:
    return Range(-a.most, -a.least)
