"""Viper functions of wrong types: as ``cases.py``."""

from __future__ import annotations

from tests.errors.cases import Case

OUR_OWN_VIPER = ("E0721", "E0722", "E0723", "E0724", "E0725")
"""What mpy-cross aborts on, or makes wrong code of."""


def _case(code: str, body: str, head: str = "f(x, n: int, u: uint, p: ptr8)") -> Case:
    """A case of one function; ``body`` is one line or more, not indented."""
    lines = "".join(f"\n    {line}" for line in body.split("\n"))
    return Case(code, f"@micropython.viper\ndef {head}:{lines}\n", "-march=x64")


VIPER: tuple[Case, ...] = (
    _case("E0701", "y = 1\n«y» = x"),
    _case("E0701", "for i in range(n):\n    «i» = u"),
    _case("E0702", "print(«y»)\ny = 1"),
    _case("E0703", "if «p»:\n    pass"),
    _case("E0704", "«return» x", "f(x) -> int"),
    _case("E0704", "pass\n«return»(1)", "f(x) -> uint"),
    _case("E0705", "y = «-»p"),
    _case("E0706", "y = «not» n"),
    _case("E0707", "y = «n» + x"),
    _case("E0707", "«for» i in range(x):\n    pass"),
    _case("E0708", "y = «n» < u"),
    _case("E0709", "y = «n» / 2"),
    _case("E0710", "y = «u» // 2"),
    _case("E0711", "y = n«[»0]"),
    _case("E0712", "y = p«[»x]"),
    _case("E0713", "n«[»0] = 1"),
    _case("E0714", "p«[»0] = x"),
    _case("E0715", "p«[»x] = 1"),
    _case("E0716", "«raise» n"),
    _case("E0717", "try:\n    x()\nexcept:\n    «raise»"),
    _case("E0717", "«raise» x from None"),
    _case("E0718", "«yield» n"),
    _case("E0719", "x«(»ptr8(0))"),
    _case("E0720", "int«(»uint)"),
    _case("E0721", "y = p«.»a"),
    _case("E0721", "«for» y in p:\n    pass"),
    _case("E0722", "«y» = int"),
    _case("E0723", "return int«(»x, 2)"),
    Case("E0724", "@micropython.viper\ndef f(*a):\n    return «a»", "-march=x64"),
    Case("E0725", "@micropython.viper\n«def» f(n: int):\n    return lambda: n", "-march=x64"),
)
