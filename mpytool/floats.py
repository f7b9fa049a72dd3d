"""Floats and their text, as mpy-cross on x86-64 reads and writes them.

Neither direction is the correctly rounded one that Python has. Literals are scaled in 80-bit extended
precision, so that some come out one unit in the last place away from Python's value. A double is printed with
the first number of digits, from 16 on, whose text reads back as the same double, so that 9.2 is written as
``9.199999999999999``.

Sources of the rules: py/parsenum.c, py/formatfloat.c, py/mpprint.c (mp_print_float), py/objcomplex.c.
"""

from __future__ import annotations

import math

from mpytool import extended
from mpytool.patterns import late

_NUMBER = late(r"([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]*))?([jJ])?")

_PAIR = late(r"\(([+-]?[^-+e]+(?:e[+-][0-9]+)?)([+-].+)j\)")

_MANTISSA_FULL = 0x1999999999999998
"""Once the digits read so far make at least this number, further digits are not used (MANTISSA_MAX)."""

_LARGEST_EXPONENT = 310
_SMALLEST_EXPONENT = -400
"""Beyond these decimal exponents every literal is infinite or zero."""

_EXACT_QUOTIENT_POWER = 4
"""m / 10**k is the same with and without the extended step for m < 2**53 and k up to this.

A quotient that is not itself a tie between two doubles differs from the nearest tie by more than the extended
step can move it: relatively at least 1 / (2**54 * 5**k), against at most two roundings of 2**-64 each.
"""

_MIN_DIGITS = 16
_MAX_DIGITS = 19
_SMALLEST_NORMAL = 2.0**-1022
_DECADE_PER_BIT = 0.3010299956639812


def parse_float(text: str) -> float | complex:
    """The value of a float or imaginary literal whose underscores have been removed.

    Raises ValueError (``invalid syntax for number``) exactly where mpy-cross rejects the literal.
    """
    match = _NUMBER.fullmatch(text)
    if match is None or not text or text in "jJ":
        raise ValueError("invalid syntax for number")
    whole, fraction, sign, power, imaginary = match.groups()
    exponent = 0
    if power is not None:
        if power:
            exponent = _clamped_exponent(power)
            if sign == "-":
                exponent = -exponent
        elif imaginary is None:  # an exponent may be empty as long as something follows: 1ej is 1j
            raise ValueError("invalid syntax for number")
    if fraction:
        exponent -= len(fraction)
        whole += fraction
    value = _decimal_value(whole, exponent)
    return complex(0.0, value) if imaginary is not None else value


def read_float(text: str) -> float:
    """The value of a float constant's text: the inverse of ``format_float``. Raises ValueError."""
    sign = -1.0 if text[:1] == "-" else 1.0
    digits = text[1:] if text[:1] in ("-", "+") else text
    if digits == "inf":
        return sign * math.inf
    if digits == "nan":
        return math.nan
    value = parse_float(digits)
    if isinstance(value, complex):
        raise ValueError("invalid syntax for number")
    return sign * value


def read_complex(text: str) -> complex:
    """The value of a complex constant's text: the inverse of ``format_complex``. Raises ValueError."""
    pair = _PAIR.fullmatch(text)
    if pair is not None:
        return complex(read_float(pair[1]), read_float(pair[2]))
    if text[-1:] != "j":
        raise ValueError("invalid syntax for number")
    return complex(0.0, read_float(text[:-1]))


def _clamped_exponent(digits: str) -> int:
    """The exponent, or a number so large that nothing can make up for it."""
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= 9 else 10**9


def _decimal_value(digits: str, exponent: int) -> float:
    """The double for ``digits * 10**exponent``."""
    significant = digits.lstrip("0")
    stripped = significant.rstrip("0")
    if not stripped:
        return 0.0
    exponent += len(significant) - len(stripped)
    if len(stripped) >= _MAX_DIGITS:
        used = 19 if int(stripped[:19]) >= _MANTISSA_FULL else 20
        exponent += max(0, len(stripped) - used)
        stripped = stripped[:used]
    return _scaled(int(stripped), exponent)


def _scaled(mantissa: int, exponent: int) -> float:
    """``mantissa * 10**exponent`` through extended precision; ``0 < mantissa < 2**64``."""
    if exponent >= 0:
        if exponent > _LARGEST_EXPONENT:
            return math.inf
        if exponent < 20:
            exact = mantissa * 10**exponent
            if exact < 1 << 64:
                return float(exact)
    elif exponent >= -_EXACT_QUOTIENT_POWER and mantissa < 1 << 53:
        # Integers on both sides: Python's quotient of them is correctly rounded.
        divisor: int = 10**-exponent
        return mantissa / divisor
    elif exponent < _SMALLEST_EXPONENT:
        return 0.0
    return extended.to_double(extended.scale(mantissa, exponent))


def format_float(value: float) -> str:
    """The text of a float constant in a .mpy file."""
    text = _general(value)
    # An exponent and inf and nan (n!) show by themselves that the number is no integer.
    if "." in text or "e" in text or "n" in text:
        return text
    return text + ".0"


def format_complex(value: complex) -> str:
    """The text of a complex constant in a .mpy file."""
    imaginary = _general(value.imag)
    if value.real == 0:
        return imaginary + "j"
    sign = "" if imaginary[0] == "-" else "+"
    return f"({_general(value.real)}{sign}{imaginary}j)"


def _general(value: float) -> str:
    """The shortest form with at least 16 digits tried, without trailing zeros, like ``%g``."""
    if math.isnan(value):
        return "nan"
    if math.copysign(1.0, value) < 0:
        return "-" + _general_positive(-value)
    return _general_positive(value)


def _general_positive(value: float) -> str:
    if value == math.inf:
        return "inf"
    if value < 1e15 and value == int(value):
        return str(int(value))  # every step is exact
    digits, exponent = _fast_digits(value)
    if not digits:
        digits, exponent = _search_digits(value)
    return _layout(digits, exponent)


def _fast_digits(value: float) -> tuple[str, int]:
    """``_search_digits`` where 16 digits do and are known from correct rounding; no digits otherwise.

    The extended steps err by at most 35 * 2**-64, that is 0.02 units of the sixteenth digit, and the powers
    of ten that fix the exponent by 2**-53 more. Values that near to a tie or to a power of ten are left to
    the search, and so are subnormal values, among which powers of ten are rounded coarsely.
    """
    if value < _SMALLEST_NORMAL:
        return "", 0
    text = f"{value:.18e}"
    exact = int(text[0] + text[2:20])
    if not 10**18 + 10**5 < exact < 10**19 - 10**5 or 450 <= exact % 1000 <= 550:
        return "", 0
    exponent = int(text[21:])
    digits = str((exact + 500) // 1000).rstrip("0")
    if _scaled(int(digits), exponent + 1 - len(digits)) != value:
        return "", 0
    return digits, exponent


def _search_digits(value: float) -> tuple[str, int]:
    """The significant digits, without trailing zeros, and the power of ten of the first one."""
    exponent = _decimal_exponent(value)
    for count in range(_MIN_DIGITS, _MAX_DIGITS + 1):
        number = extended.round_to_integer(extended.scale_double(value, count - 1 - exponent))
        first = exponent
        if number >= 10**count:
            number //= 10
            first += 1
        digits = str(number).rstrip("0")
        # Written out to ``count`` places: a number that fell short of them begins with zeros.
        last = first - count + 1 + (len(str(number)) - len(digits))
        if count == _MAX_DIGITS or _scaled(int(digits), last) == value:
            return digits.rjust(first - last + 1, "0"), first
    raise AssertionError("the last count of digits always ends the search")


def _decimal_exponent(value: float) -> int:
    """The power of ten below a finite positive value, by the powers of ten that mpy-cross compares with."""
    binary = max(math.frexp(value)[1] - 1, -1023)
    exponent = int(binary * _DECADE_PER_BIT)
    if value >= 1.0:
        while value >= extended.to_double(extended.scale(1, exponent + 1)):
            exponent += 1
    else:
        while value < extended.to_double(extended.scale(1, exponent)):
            exponent -= 1
    return exponent


def _layout(digits: str, exponent: int) -> str:
    if -4 <= exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if 0 <= exponent < 16:
        point = exponent + 1
        if len(digits) <= point:
            return digits.ljust(point, "0")
        return digits[:point] + "." + digits[point:]
    mantissa = digits[0] + "." + digits[1:] if len(digits) > 1 else digits
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
