"""mpy-cross's option spelling, and the syntax of its values."""

from __future__ import annotations

import pytest

from mpytool.cflags import parse_arch_flags, parse_c_integer
from mpytool.cli.argv import normalise


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-O", "--optimise=1"),
        ("-OO a", "--optimise=2 a"),
        ("-O3", "--optimise=3"),
        ("-march=x64", "--march=x64"),
        ("--march=x64", "--march=x64"),
        ("-march -O", "--march -O"),
        ("-march-flags=zba", "--march-flags=zba"),
        ("-msmall-int-bits=63", "--msmall-int-bits=63"),
        ("-o -O", "-o -O"),
        ("-- -O", "-- -O"),
        ("-marchx", "-marchx"),
        ("march=x64", "march=x64"),
    ],
)
def test_normalise(line: str, expected: str) -> None:
    assert normalise(line.split(), {"-o"}) == expected.split()


# Values as mpy-cross 1.29 takes them.
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31", 31), ("0x3f", 63), ("0X3F", 63), ("017", 15), ("", 0), ("0", 0), ("00", 0), (" 31", 31),
        ("\t31", 31), ("+31", 31), ("-1", -1), ("99999999999999999999", (1 << 63) - 1),
        ("0b11", None), ("0o17", None), ("09", None), ("0x", None), ("3z", None), ("31 ", None), (" ", None),
        ("+-1", None),
    ],
)  # fmt: skip
def test_c_integer(text: str, value: int | None) -> None:
    assert parse_c_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("zba", 1), ("zcmp", 2), ("zba,zcmp", 3), ("zba,", 1),
        ("0", 0), ("3", 3), ("0b11", 3), ("0X3", 3), ("0o3", 3),
        (" 1", 1),
        ("", None), (",", None), ("zba,,", None), (",zba", None), ("zbb", None), ("4", None), ("-1", None),
        ("+1", None),
        ("03", None), ("00", None), ("1_", None), ("0x", None),
    ],
)  # fmt: skip
def test_arch_flags(text: str, value: int | None) -> None:
    assert parse_arch_flags(text, "rv32imc") == value
    assert parse_arch_flags(text, "x64") is None
    assert parse_arch_flags(text, "none") == 0
