"""Arithmetic on numbers at compile time, with the results that mpy-cross gets.

Integers are exact. Floats are C doubles: overflow gives infinity, and an integer that meets a float or is
divided becomes the double that adding up its 32-bit digits gives, for long integers not always the nearest.
None means that mpy-cross leaves the operation in the program, because it fails there (division by zero,
negative shift, wrong types), has a complex result, or needs more memory than mpy-cross's heap has.

Sources of the rules: ``mp_binary_op`` in py/runtime.c, py/objint_mpz.c, py/mpz.c, py/objfloat.c, and
``binary_op_maybe`` in py/parse.c, which refuses complex results.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mpytool.integers import floor_divmod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Number: TypeAlias = int | float

_HEAP = 2_078_304
"""Bytes of mpy-cross's heap of 2 MiB that one operation and its operands can fill.

Measured: ``1 << 16626367`` folds and 64 bits more do not; two such numbers of 8312785 bits fit, and three of
5539304 bits.
Other things in the heap lower this a little, so near the limit mpy-cross may fold less than this module.
"""

_POWER_HEAP = 1_825_000
"""As ``_HEAP``, for powers, which leave holes in the heap.

Measured: ``2**6275519``, ``3**3717774`` and ``10**1834927`` are the last to fold (give or take 64); by the
reckoning of ``_power_bytes`` these fill 1.79 to 1.85 million bytes.
"""

_ALWAYS_FITS = 1 << 21
"""Operands of together fewer bits than this fit the heap with their result, except for ``<<`` and ``**``."""

_MAX_SHIFT = (1 << 63) - 1


def fold_unary(op: str, value: Number) -> Number | None:
    """``op value`` for the operators ``+ - ~``; None if mpy-cross does not fold it."""
    if op == "-":
        return -value
    if op == "+":
        return value
    if op == "~" and isinstance(value, int):
        return ~value
    return None


def fold_binary(op: str, left: Number, right: Number) -> Number | None:
    """``left op right`` for ``| ^ & << >> + - * @ / % // **``; None if mpy-cross does not fold it."""
    if isinstance(left, int) and isinstance(right, int):
        fold_integers = _INTEGER_FOLDS.get(op)
        return fold_integers(left, right) if fold_integers is not None else None
    fold_floats = _FLOAT_FOLDS.get(op)
    return fold_floats(to_float(left), to_float(right)) if fold_floats is not None else None


def to_float(value: Number) -> float:
    """The double that mpy-cross makes of a number: an integer is summed up from its 32-bit digits."""
    if isinstance(value, float):
        return value
    bits = value.bit_length()
    if bits <= 64:
        return float(value)
    if bits > 1100:
        return math.inf if value > 0 else -math.inf
    magnitude = abs(value)
    total = 0.0
    for shift in range((bits - 1) // 32 * 32, -1, -32):
        total = total * 4294967296.0 + ((magnitude >> shift) & 0xFFFFFFFF)
    return total if value > 0 else -total


# --- integers ----------------------------------------------------------------------------------------------


def _size(value: int) -> int:
    """Bytes of the digits of an integer."""
    return (value.bit_length() + 31) // 32 * 4


def _is_short(left: int, right: int) -> bool:
    return left.bit_length() + right.bit_length() < _ALWAYS_FITS


def _sum_fits(left: int, right: int) -> bool:
    """Whether two operands and a result as long as the longer fit."""
    return _is_short(left, right) or _size(left) + _size(right) + max(_size(left), _size(right)) <= _HEAP


def _quotient_fits(left: int, right: int) -> bool:
    """Whether two operands, the quotient and the remainder fit; the last two take as much as the dividend."""
    return _is_short(left, right) or 3 * _size(left) + _size(right) <= _HEAP


def _or(left: int, right: int) -> int | None:
    return left | right if _sum_fits(left, right) else None


def _xor(left: int, right: int) -> int | None:
    return left ^ right if _sum_fits(left, right) else None


def _and(left: int, right: int) -> int | None:
    return left & right if _sum_fits(left, right) else None


def _add(left: int, right: int) -> int | None:
    return left + right if _sum_fits(left, right) else None


def _subtract(left: int, right: int) -> int | None:
    return left - right if _sum_fits(left, right) else None


def _multiply(left: int, right: int) -> int | None:
    if not _is_short(left, right) and 2 * (_size(left) + _size(right)) > _HEAP:
        return None
    return left * right


def _shift_left(left: int, right: int) -> int | None:
    if not 0 <= right <= _MAX_SHIFT:
        return None
    if left == 0:
        return 0
    return left << right if right // 8 + 2 * _size(left) <= _HEAP else None


def _shift_right(left: int, right: int) -> int | None:
    if not 0 <= right <= _MAX_SHIFT or 2 * _size(left) > _HEAP:
        return None
    return left >> right


def _floor_divide(left: int, right: int) -> int | None:
    return floor_divmod(left, right)[0] if right != 0 and _quotient_fits(left, right) else None


def _modulo(left: int, right: int) -> int | None:
    return floor_divmod(left, right)[1] if right != 0 and _quotient_fits(left, right) else None


def _divide(left: int, right: int) -> float | None:
    return to_float(left) / to_float(right) if right != 0 else None


def _power(left: int, right: int) -> Number | None:
    if right < 0:
        return _float_power(to_float(left), to_float(right))
    if left == 0:
        return 0 if right else 1
    if left == 1 or left == -1:
        return left if right & 1 else 1
    if right.bit_length() > 32 or _power_bytes(left, right) > _POWER_HEAP:
        return None
    power: int = left**right
    return power


def _power_bytes(base: int, exponent: int) -> int:
    """Bytes in use at the worst moment of squaring and multiplying.

    That is either the last multiplication (the result, the last square, and the product so far twice) or the
    last squaring (the square, its root twice, and the product so far).
    """
    if exponent < 2:
        return _size(base)
    bytes_per_power = math.log2(abs(base)) / 8
    top = 1 << (exponent.bit_length() - 1)
    low = exponent - top
    multiplying = exponent + top + 2 * low
    squaring = 2 * top + low
    return int(bytes_per_power * max(multiplying, squaring))


_INTEGER_FOLDS: dict[str, Callable[[int, int], Number | None]] = {
    "|": _or,
    "^": _xor,
    "&": _and,
    "<<": _shift_left,
    ">>": _shift_right,
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _modulo,
    "//": _floor_divide,
    "**": _power,
}


# --- floats ------------------------------------------------------------------------------------------------


def _float_add(left: float, right: float) -> float:
    return left + right


def _float_subtract(left: float, right: float) -> float:
    return left - right


def _float_multiply(left: float, right: float) -> float:
    return left * right


def _float_divide(left: float, right: float) -> float | None:
    return left / right if right != 0.0 else None


def _remainder(left: float, right: float) -> float:
    """C's ``fmod``: with the sign of ``left``; nan where there is none."""
    return math.nan if math.isinf(left) else math.fmod(left, right)


def _float_modulo(left: float, right: float) -> float | None:
    if right == 0.0:
        return None
    rest = _remainder(left, right)
    if rest == 0.0:
        return math.copysign(0.0, right)
    if (rest < 0.0) != (right < 0.0):
        rest += right
    return rest


def _float_floor_divide(left: float, right: float) -> float | None:
    if right == 0.0:
        return None
    rest = _remainder(left, right)
    quotient = (left - rest) / right
    if rest != 0.0 and (rest < 0.0) != (right < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return math.copysign(0.0, left / right)
    if not math.isfinite(quotient):
        return quotient
    floor = float(math.floor(quotient))
    if quotient - floor > 0.5:
        floor += 1.0
    return floor


def _float_power(left: float, right: float) -> float | None:
    if left == 0.0 and right < 0.0 and not math.isinf(right):
        return None
    if left < 0.0 and math.isfinite(right) and right != math.floor(right):
        return None  # a complex result
    try:
        power: float = left**right
    except OverflowError:
        return -math.inf if left < 0.0 and math.fmod(right, 2.0) != 0.0 else math.inf
    return power


_FLOAT_FOLDS: dict[str, Callable[[float, float], float | None]] = {
    "+": _float_add,
    "-": _float_subtract,
    "*": _float_multiply,
    "/": _float_divide,
    "%": _float_modulo,
    "//": _float_floor_divide,
    "**": _float_power,
}
