"""Integers of any length: literals in, decimal constants out, and division.

CPython refuses to convert more than 4300 decimal digits unless a global setting is changed, and its own
conversion takes quadratic time. Constants of a program have no such limit, so long numbers go another way
here: text is cut into pieces that are multiplied together pairwise, and decimal text is made by the
``decimal`` module, whose multiplication is fast for long numbers. Division is quadratic in CPython as well.
"""

from __future__ import annotations

from mpytool.patterns import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    import decimal

_PLAIN_DIGITS = 600
"""Up to this many digits CPython's own conversion is allowed (any limit it can be set to is at least 640)."""

_PLAIN_BITS = 1900
"""Up to this many bits an integer has fewer than ``_PLAIN_DIGITS`` decimal digits."""

_PREFIX_BASES = {"x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2}

_DIGITS = {
    2: late(r"[01]+"),
    8: late(r"[0-7]+"),
    16: late(r"[0-9a-fA-F]+"),
}


class IntegerSyntaxError(ValueError):
    """A malformed integer literal.

    ``base`` is the one mpy-cross names (0 for a decimal literal with a leading zero), ``shown`` the part of
    the literal it quotes, without the quotes. ``str()`` of the exception is mpy-cross's message.
    """

    def __init__(self, base: int, shown: str) -> None:
        super().__init__(f"invalid syntax for integer with base {base}: '{shown}'")
        self.base = base
        self.shown = shown


def parse_integer(text: str) -> int:
    """The value of an integer literal whose underscores have been removed (py/parsenum.c, py/parsenumbase.c).

    Raises IntegerSyntaxError.
    """
    if text.isdigit() and text.isascii():
        if text[0] != "0" or len(text) == 1:
            return int(text) if len(text) <= _PLAIN_DIGITS else int_from_digits(text, 10)
        if not text.strip("0"):
            return 0
        raise IntegerSyntaxError(0, text)
    if len(text) < 2 or text[0] != "0":
        raise IntegerSyntaxError(10, text)
    base = _PREFIX_BASES.get(text[1])
    if base is None:
        raise IntegerSyntaxError(0, text)
    digits = text[2:]
    if _DIGITS[base].fullmatch(digits) is None:
        raise IntegerSyntaxError(base, digits)
    return int(digits, base)  # CPython limits only bases that are no power of two


def int_from_digits(text: str, base: int) -> int:
    """The integer that an optional sign and any number of digits name, without prefix.

    ``text`` is ASCII without blanks or underscores. Raises ValueError if it is malformed.
    """
    if len(text) <= _PLAIN_DIGITS or base & (base - 1) == 0:
        return int(text, base)
    digits = text[1:] if text[0] in "+-" else text
    if not (digits.isascii() and digits.isalnum()):
        raise ValueError("not an integer")
    pieces = [digits[max(0, end - _PLAIN_DIGITS) : end] for end in range(len(digits), 0, -_PLAIN_DIGITS)]
    numbers = [int(piece, base) for piece in pieces]  # least significant first
    radix = base**_PLAIN_DIGITS
    while len(numbers) > 1:
        if len(numbers) % 2:
            numbers.append(0)
        numbers = [low + high * radix for low, high in zip(numbers[::2], numbers[1::2], strict=True)]
        if len(numbers) > 1:
            radix *= radix
    return -numbers[0] if text[0] == "-" else numbers[0]


def int_to_text(value: int) -> str:
    """The decimal text of an integer of any size, as ``str`` makes it."""
    if value.bit_length() <= _PLAIN_BITS:
        return str(value)
    import decimal  # takes longer than most programs need for all their constants

    context = decimal.Context(
        prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[decimal.Inexact]
    )
    powers: dict[int, decimal.Decimal] = {}
    text = format(_to_decimal(abs(value), value.bit_length(), context, powers), "f")
    return "-" + text if value < 0 else text


def _to_decimal(
    value: int, width: int, context: decimal.Context, powers: dict[int, decimal.Decimal]
) -> decimal.Decimal:
    """``value``, of at most ``width`` bits, as a decimal; ``powers`` collects the powers of two in use."""
    if width <= _PLAIN_BITS:
        return context.create_decimal(str(value))
    half = width >> 1
    high = value >> half
    low = value & ((1 << half) - 1)
    power = powers.get(half)
    if power is None:
        power = powers[half] = context.power(context.create_decimal(2), half)
    return context.add(
        context.multiply(_to_decimal(high, width - half, context, powers), power),
        _to_decimal(low, half, context, powers),
    )


# --- long division -----------------------------------------------------------------------------------------

_LONG = 8000
"""Quotients and divisors of fewer bits than this are left to CPython, whose division takes quadratic time."""


def floor_divmod(left: int, right: int) -> tuple[int, int]:
    """``divmod(left, right)``, fast for long numbers too (recursive division after Burnikel and Ziegler).

    Raises ZeroDivisionError.
    """
    size = right.bit_length()
    if size < _LONG or left.bit_length() - size < _LONG:
        return divmod(left, right)
    if right < 0:
        quotient, rest = floor_divmod(-left, -right)
        return quotient, -rest
    if left < 0:
        quotient, rest = floor_divmod(~left, right)
        return ~quotient, right - 1 - rest
    # ``left`` is cut into digits as long as ``right``, and divided by it digit by digit as on paper.
    mask = (1 << size) - 1
    quotient = rest = 0
    for shift in range((left.bit_length() - 1) // size * size, -1, -size):
        digit, rest = _divide_two_by_one(rest << size | ((left >> shift) & mask), right, size)
        quotient = quotient << size | digit
    return quotient, rest


def _divide_two_by_one(left: int, right: int, size: int) -> tuple[int, int]:
    """Divide by a number of exactly ``size`` bits; the quotient has at most ``size`` bits."""
    if size < _LONG or left.bit_length() - size < _LONG:
        return divmod(left, right)
    if size & 1:
        quotient, rest = _divide_two_by_one(left << 1, right << 1, size + 1)
        return quotient, rest >> 1
    half = size >> 1
    mask = (1 << half) - 1
    high, rest = _divide_three_by_two(left >> half, right, half)
    low, rest = _divide_three_by_two(rest << half | (left & mask), right, half)
    return high << half | low, rest


def _divide_three_by_two(left: int, right: int, half: int) -> tuple[int, int]:
    """Divide by a number of exactly two halves; the quotient has at most one half.

    The quotient by the upper half of ``right`` alone is too large by 2 at most.
    """
    top = right >> half
    upper = left >> half
    if upper >> half >= top:
        quotient = (1 << half) - 1
        rest = upper - quotient * top
    else:
        quotient, rest = _divide_two_by_one(upper, top, half)
    mask = (1 << half) - 1
    rest = (rest << half | (left & mask)) - quotient * (right & mask)
    while rest < 0:
        quotient -= 1
        rest += right
    return quotient, rest
