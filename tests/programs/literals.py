"""Random literals: numbers, strings and bytes in all their spellings."""

from __future__ import annotations

from tests.programs.chooser import Chooser

EDGES = (
    0, 1, 2, 15, 16, 17, 46, 47, 48, 63, 64, 127, 128, 255, 256, 8191, 8192, 65535, 1 << 20, (1 << 29) - 1,
    1 << 29, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, (1 << 31) - 1, 1 << 31, 1 << 32, (1 << 61) - 1,
    (1 << 62) - 1, 1 << 62, (1 << 62) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, 10**30, 1 << 200,
)  # fmt: skip
"""Integers where an encoding changes."""

_FLOATS = (
    "0.0", "1.0", "1.5", "0.1", "3.14", "1e10", "1e-10", "1E+5", ".5", "5.", "1e22", "1e23", "1e300", "1e309",
    "1e-320", "123456789.123456789", "0.30000000000000004", "2.2250738585072014e-308",
    "1.7976931348623157e308", "1_0.0_1", "100000000000000000000.0", "0.0001", "0.00001", "1e15", "1e16",
    "1e17", "9007199254740993.0",
)  # fmt: skip

_TEXTS = (
    "", "a", "ab", "x y", "name", "append", "utf-8", "0123456789", "0123456789a",
    "a long string with blanks",
    "%s %d", "{}", "é", "日本語", "\U0001f600", "tab\\t", "nl\\n", "\\x41", "\\xff", "\\u00e9", "\\101",
    "\\0", "\\\\", "\\q", "__name__", "__init__", "print", "<module>", "value", "A" * 60,
    "b" * 300, "#", "' '",
)  # fmt: skip


def integer(choose: Chooser) -> str:
    """A non-negative integer literal."""
    kind = choose.integer(0, 9)
    if kind < 4:
        return str(choose.integer(0, 20))
    value = choose.pick(EDGES) if kind < 8 else choose.integer(0, 1 << choose.pick((8, 16, 31, 63, 90)))
    spelling = choose.integer(0, 7)
    if spelling == 4:
        return hex(value)
    if spelling == 5:
        return choose.pick(("0x", "0X")) + f"{value:X}"
    if spelling == 6:
        return choose.pick((oct, bin))(value)
    return f"{value:_}" if spelling == 7 else str(value)


def float_number(choose: Chooser) -> str:
    """A float literal, sometimes with all of its digits random."""
    if choose.one_in(3):
        digits = choose.integer(0, 10 ** choose.pick((3, 9, 17, 20)))
        return f"{digits}.{choose.integer(0, 10**6)}e{choose.integer(-330, 320)}"
    return choose.pick(_FLOATS)


def number(choose: Chooser) -> str:
    """An integer, float or (seldom) imaginary literal."""
    kind = choose.integer(0, 19)
    if kind < 15:
        return integer(choose)
    return float_number(choose) + ("j" if kind == 19 else "")


def _quoted(choose: Chooser, text: str, prefix: str) -> str:
    quote = choose.pick(('"', "'", '"""', "'''"))
    text = text.replace(quote[0], "?")
    if len(quote) == 3 and choose.one_in(3):
        text = text + "\n" + text.replace("{", "(").replace("}", ")")
    if prefix and "r" in prefix and text.endswith("\\"):
        text += "_"
    return prefix + quote + text + quote


def string(choose: Chooser) -> str:
    """A string literal."""
    text = choose.pick(_TEXTS)
    if choose.one_in(6):
        text = text + choose.pick(_TEXTS)
    return _quoted(choose, text, choose.pick(("", "", "", "", "r", "u")))


def byte_string(choose: Chooser) -> str:
    """A bytes literal."""
    text = choose.pick([t for t in _TEXTS if t.isascii()])
    return _quoted(choose, text, choose.pick(("b", "b", "rb", "br")))


def constant(choose: Chooser) -> list[str]:
    """Tokens of a constant of any kind."""
    kind = choose.integer(0, 19)
    if kind < 8:
        return [number(choose)]
    if kind < 13:
        return [string(choose)]
    if kind == 13:
        return [byte_string(choose)]
    if kind == 14:
        return [string(choose), string(choose)]
    return [choose.pick(("None", "True", "False", "...", "__debug__"))]
