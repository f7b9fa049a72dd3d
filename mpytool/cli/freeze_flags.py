"""The flags of mpy-cross and mpy-tool.py that a firmware's build passes on to its manifest tool."""

from __future__ import annotations

from collections.abc import Iterator

from mpytool.cli.argv import normalise
from mpytool.cli.options import build_options
from mpytool.files import InputError
from mpytool.options import Options
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LONG_INTS = ("mpz", "longlong", "none")
DIGIT_SIZES = (8, 16, 32)

_VALUES = {
    "--march": "arch",
    "--march-flags": "arch_flags",
    "--msmall-int-bits": "small_int_bits",
    "--optimise": "optimise",
}


class CompilerFlags(Record):
    """``level`` is the optimisation level if one was given: it counts more than a manifest's."""

    __slots__ = ("options", "level")

    def __init__(self, options: Options, level: int | None) -> None:
        self.options: Final = options
        self.level: Final = level


def parse_compiler_flags(text: str) -> CompilerFlags:
    """What ``-f FLAGS`` means, the flags being mpy-cross's. Raises InputError."""
    extras: list[str] = []
    values: dict[str, str] = {}
    words = iter(normalise(text.split(), ("-X",)))
    for word in words:
        name, equals, value = word.partition("=")
        if word == "-X":
            extras.append(next(words, ""))
        elif name in _VALUES and equals:
            values[_VALUES[name]] = value
        elif word != "-v":
            raise InputError(f"-f: mpy-cross has no flag '{word}'")
    optimise = values.pop("optimise", None)
    if optimise is not None and not optimise.isdecimal():
        raise InputError(f"-f: -O{optimise} is no level")
    level = None if optimise is None else min(int(optimise), 3)
    if values.get("arch") == "none":
        del values["arch"]
    options = build_options(
        extras=tuple(extras),
        optimise=level or 0,
        arch=values.get("arch"),
        arch_flags=values.get("arch_flags"),
        small_int_bits=values.get("small_int_bits"),
    )
    return CompilerFlags(options, level)


def parse_tool_flags(text: str) -> tuple[str | None, int | None]:
    """(kind of long integers, bits of a digit) in ``--mpy-tool-flags``. Raises InputError."""
    longint: str | None = None
    digit_size: int | None = None
    for name, value in _pairs(text):
        if name == "-mlongint-impl" and value in LONG_INTS:
            longint = value
        elif name == "-mmpz-dig-size" and value in map(str, DIGIT_SIZES):
            digit_size = int(value)
        else:
            raise InputError(
                f"--mpy-tool-flags: '{name} {value}' is none of mpy-tool's that shape frozen code"
            )
    return longint, digit_size


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Options with their values, in both spellings: ``-x value`` and ``-x=value``."""
    words = iter(text.split())
    for word in words:
        name, equals, value = word.partition("=")
        yield name, value if equals else next(words, "")
