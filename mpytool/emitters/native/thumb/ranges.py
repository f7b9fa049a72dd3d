"""Which numbers instructions hold, on each level of the architecture."""

from __future__ import annotations

from mpytool.emitters.native.thumb.modified import encode_modified

_MAX_IMM8 = 255
_MAX_IMM12 = 4095


def fits_add(value: int, wide: bool) -> bool:
    """``add_i``: a signed number. Up to 255 both ways; twice that takes two instructions at most."""
    if wide:
        return abs(value) <= _MAX_IMM12 or is_modified(value) or is_modified(-value)
    return abs(value) <= 2 * _MAX_IMM8


def fits_adds(value: int, wide: bool) -> bool:
    """``adds_i``: a signed number that one instruction adds, so that it says whether there is an overflow."""
    return abs(value) <= _MAX_IMM8 or (wide and (is_modified(value) or is_modified(-value)))


def fits_cmp(value: int, wide: bool) -> bool:
    """``cmp_i``: a signed number."""
    if 0 <= value <= _MAX_IMM8:
        return True
    return wide and (is_modified(value) or is_modified(-value))


def is_modified(value: int) -> bool:
    return encode_modified(value) is not None


def fits_offset(value: int, size: int, wide: bool) -> bool:
    """Whether loads and stores of ``size`` bytes reach so far from a register."""
    if wide:
        return -_MAX_IMM8 <= value <= _MAX_IMM12
    return 0 <= value < 32 * size and value % size == 0
