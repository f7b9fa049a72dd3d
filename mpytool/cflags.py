"""The value syntax of mpy-cross's options, as functions (``mpy-cross/main.c``)."""

from __future__ import annotations

import re

from mpytool.patterns import late

RV32_FLAGS: dict[str, int] = {"zba": 1, "zcmp": 2}
"""Extension bits of rv32imc (``py/asmrv32.h``)."""

_RV32_ALL = 3
_LONG_MAX = (1 << 63) - 1
_C_INTEGER = late(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", re.ASCII)
_FLAG_INTEGER = late(r"[ \t\n\v\f\r]*(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0|[1-9][0-9]*)", re.ASCII)


def parse_c_integer(text: str) -> int | None:
    """What C's ``strtol(text, &end, 0)`` gives if it takes all of ``text``, else None; no text is 0."""
    if not text:
        return 0
    match = _C_INTEGER.fullmatch(text)
    if match is None:
        return None
    sign, digits = match.groups()
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10
    value = min(int(digits, base), _LONG_MAX)
    return -value if sign == "-" else value


def parse_arch_flags(text: str, arch: str) -> int | None:
    """The value of ``-march-flags=`` for an architecture; None if mpy-cross refuses it.

    An integer, or names joined by commas; without an architecture the flags are ignored.
    """
    if arch == "none":
        return 0
    if arch != "rv32imc":
        return None
    match = _FLAG_INTEGER.fullmatch(text)
    if match is not None:
        value = int(match.group(1), 0)
        return value if value & ~_RV32_ALL == 0 else None
    flags = 0
    # A comma may end the list; two in a row may not stand.
    for name in text.removesuffix(",").split(","):
        bit = RV32_FLAGS.get(name)
        if bit is None:
            return None
        flags |= bit
    return flags
