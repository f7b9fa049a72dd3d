"""Words in registers: by the fewest bytes, of equally many by the fewest instructions.

=========================  ==============================  ==================
0 – 255                    ``movs``                        2
a modified immediate       ``mov.w``, ``mvn``              4, on ARMv7-M
0 – 65535                  ``movw``                        4, on ARMv7-M
two numbers of 8 bits      ``movs``, ``adds``              4
a number of 8 bits, moved  ``movs``, ``lsls``              4
-256 – -1                  ``movs``, ``mvns``              4
anything                   ``ldr`` from a pool             2, and 4 in the pool
=========================  ==============================  ==================

The rows with ``movs`` are for low registers.
"""

from __future__ import annotations

from mpytool.emitters.native.machine import PhysReg
from mpytool.emitters.native.thumb import instructions as t
from mpytool.emitters.native.thumb.modified import encode_modified
from mpytool.emitters.native.thumb.registers import is_low

_WORD = 0xFFFFFFFF


def constant_code(register: PhysReg, value: int, wide: bool) -> bytes | None:
    """Instructions for ``value`` modulo 2**32; None if it is better loaded from a pool."""
    value &= _WORD
    d = register.number
    low = is_low(register)
    if low and value <= 255:
        return t.MOVS_I.encode(d, value)
    if wide:
        if encode_modified(value) is not None:
            return t.MOV_M.encode(d, value)
        if encode_modified(~value) is not None:
            return t.MVN_M.encode(d, ~value & _WORD)
        if value <= 0xFFFF:
            return t.MOVW.encode(d, value)
        return None
    if not low:
        return None
    if value <= 510:
        return t.MOVS_I.encode(d, 255) + t.ADDS_I.encode(d, value - 255)
    if ~value & _WORD <= 255:
        return t.MOVS_I.encode(d, ~value & _WORD) + t.MVNS.encode(d, d)
    zeros = (value & -value).bit_length() - 1
    if value >> zeros <= 255:
        return t.MOVS_I.encode(d, value >> zeros) + t.LSLS_I.encode(d, d, zeros)
    return None
