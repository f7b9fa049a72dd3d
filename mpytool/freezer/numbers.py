"""Numbers as C: which integers need an object on which firmware, digits of big ones, words of floats.

An integer that fits the firmware's small ints is a word and no object (``py/smallint.h``). How many bits they
have depends on the representation of objects and the size of a pointer, so the C decides it:
``FROZEN_INT_BITS`` is 30, 31, 47, 62 or 63.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left

SMALL_INT_WIDTHS = (30, 31, 47, 62, 63)
"""Bits of small ints, sign included: B and A or C on 32 bits, D, B and A on 64 bits."""

ALWAYS_OBJECT = 1000
"""The width of integers that are small nowhere."""

INT_BITS = """\
#if MICROPY_OBJ_REPR == MICROPY_OBJ_REPR_D
#define FROZEN_INT_BITS 47
#elif MICROPY_OBJ_REPR == MICROPY_OBJ_REPR_B
#define FROZEN_INT_BITS (UINTPTR_MAX > 0xffffffff ? 62 : 30)
#else
#define FROZEN_INT_BITS (UINTPTR_MAX > 0xffffffff ? 63 : 31)
#endif
"""


def int_bits(value: int) -> int:
    """Bits that an integer needs, sign included."""
    return (value if value >= 0 else ~value).bit_length() + 1


def small_int_width(value: int) -> int:
    """The narrowest of SMALL_INT_WIDTHS that holds an integer; ALWAYS_OBJECT if none does."""
    i = bisect_left(SMALL_INT_WIDTHS, int_bits(value))
    return SMALL_INT_WIDTHS[i] if i < len(SMALL_INT_WIDTHS) else ALWAYS_OBJECT


def c_integer(value: int) -> str:
    """A C expression of an integer of at most 64 bits."""
    if value == -(1 << 63):
        return "(-9223372036854775807LL - 1)"
    return f"{value}" if int_bits(value) <= 32 and value != -(1 << 31) else f"{value}LL"


def digits(value: int, size: int) -> list[int]:
    """The digits of the absolute value, ``size`` bits each, low ones first (``py/mpz.h``)."""
    value = abs(value)
    mask = (1 << size) - 1
    return [value >> shift & mask for shift in range(0, value.bit_length(), size)]


def single_bits(value: float) -> int:
    """The IEEE 754 single-precision word of a number, rounded or infinite; nan is positive."""
    if math.isnan(value):
        return 0x7FC00000
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", math.copysign(math.inf, value))
    return int(struct.unpack("<I", packed)[0])


def double_bits(value: float) -> int:
    """The IEEE 754 double-precision word of a number; nan is positive."""
    if math.isnan(value):
        return 0x7FF8000000000000
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def float_word_c(value: float) -> int:
    """The object of a float under representation C (``py/obj.h``, ``mp_obj_new_float``)."""
    return (single_bits(value) & ~3 | 2) + 0x80800000 & 0xFFFFFFFF


def float_word_d(value: float) -> int:
    """The object of a float under representation D."""
    return double_bits(value) + 0x8004000000000000 & 0xFFFFFFFFFFFFFFFF


def c_float(value: float) -> str:
    """A C expression of a float, exact in double precision."""
    if math.isnan(value):
        return "(mp_float_t)NAN"
    if math.isinf(value):
        return "(mp_float_t)INFINITY" if value > 0 else "-(mp_float_t)INFINITY"
    return f"(mp_float_t){value.hex()}"
