"""The decimal scaling that mpy-cross does in 80-bit extended precision, in integers.

On x86-64 mpy-cross reads and prints floats with the x87 type: a 64-bit mantissa, every single operation
rounded to the nearest, ties to even. A number here is a pair ``(mantissa, exponent)`` that means
``mantissa * 2**exponent``, with ``0 <= mantissa < 2**64``. The exponent is not bounded: no value that matters
for a double comes near the bounds of the x87 type.

Source of the rules: ``mp_decimal_exp`` in py/parsenum.c and ``mp_format_float`` in py/formatfloat.c.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Extended: TypeAlias = tuple[int, int]

MANTISSA_BITS = 64


def round_extended(mantissa: int, exponent: int) -> Extended:
    """``mantissa * 2**exponent``, for a mantissa of any length, rounded to the nearest, ties to even."""
    excess = mantissa.bit_length() - MANTISSA_BITS
    if excess <= 0:
        return mantissa, exponent
    return _shift_right_rounding(mantissa, excess), exponent + excess


def _shift_right_rounding(value: int, count: int) -> int:
    """``value / 2**count`` as an integer: to the nearest, ties to even; ``count`` is at least 1."""
    quotient = value >> count
    rest = value - (quotient << count)
    half = 1 << (count - 1)
    if rest > half or (rest == half and quotient & 1):
        quotient += 1
    return quotient


def _powers_of_ten() -> tuple[Extended, ...]:
    power = (10, 0)
    powers = [power]
    for _ in range(8):
        power = round_extended(power[0] * power[0], 2 * power[1])
        powers.append(power)
    return tuple(powers)


_POWERS = _powers_of_ten()
"""10**(2**k), each made by squaring the one before; from 10**32 on they are not exact."""

MAX_DECIMAL_EXPONENT = (1 << len(_POWERS)) - 1
"""What ``scale`` takes, in either direction."""


def scale(mantissa: int, decimal_exponent: int) -> Extended:
    """``mantissa * 10**decimal_exponent`` by square and multiply (or divide), rounded at every step.

    ``mantissa`` is below 2**64; ``abs(decimal_exponent)`` is at most ``MAX_DECIMAL_EXPONENT``.
    """
    exponent = 0
    if decimal_exponent >= 0:
        for power in _POWERS:
            if decimal_exponent & 1:
                mantissa, exponent = round_extended(mantissa * power[0], exponent + power[1])
            decimal_exponent >>= 1
            if decimal_exponent == 0:
                break
        return mantissa, exponent
    decimal_exponent = -decimal_exponent
    for power in _POWERS:
        if decimal_exponent & 1:
            # Enough bits for the quotient to have 66; a last bit then stands for all that was cut off.
            more = 66 + power[0].bit_length() - mantissa.bit_length()
            quotient, rest = divmod(mantissa << more, power[0])
            mantissa, exponent = round_extended(quotient << 1 | (rest != 0), exponent - power[1] - more - 1)
        decimal_exponent >>= 1
        if decimal_exponent == 0:
            break
    return mantissa, exponent


def scale_double(value: float, decimal_exponent: int) -> Extended:
    """``value * 10**decimal_exponent`` for a finite positive double."""
    fraction, exponent = math.frexp(value)
    mantissa, shift = scale(int(math.ldexp(fraction, 53)), decimal_exponent)
    return mantissa, shift + exponent - 53


def to_double(number: Extended) -> float:
    """The nearest double, ties to even; infinity if it is too large."""
    mantissa, exponent = number
    size = mantissa.bit_length() + exponent
    if size > 1024:
        return math.inf
    if size > -1022 or exponent >= -1074:
        try:
            return math.ldexp(float(mantissa), exponent)
        except OverflowError:  # just below 2**1024, and rounded up to it
            return math.inf
    if size < -1100:
        return 0.0
    return math.ldexp(float(_shift_right_rounding(mantissa, -1074 - exponent)), -1074)


def round_to_integer(number: Extended) -> int:
    """``number`` plus one half (itself rounded to extended precision), without its fraction."""
    mantissa, exponent = number
    if exponent >= 0:
        mantissa, exponent = mantissa << exponent, 0
    mantissa, exponent = round_extended((mantissa << 1) + (1 << -exponent), exponent - 1)
    return mantissa >> -exponent if exponent < 0 else mantissa << exponent
