"""Every way in which freezing can be refused: one row each, and the exception that says so.

Codes never change their meaning; ``docs/errors.md`` describes each.
"""

from __future__ import annotations

from dataclasses import dataclass

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError


@dataclass(frozen=True, slots=True)
class FreezeErrorKind:
    """``message`` and ``hint`` are templates for ``str.format``; ``type`` is the nearest Python exception."""

    code: str
    message: str
    hint: str | None = None
    type: str = "ValueError"


class FreezeError(ToolError):
    """What cannot be frozen. The diagnostic's file is the module's path in the firmware, or empty."""

    def __init__(self, kind: FreezeErrorKind, path: str = "", **words: object) -> None:
        hint = kind.hint.format(**words) if kind.hint is not None else None
        location = Location(path, 0, 0, 0, 0)
        message = kind.message.format(**words)
        super().__init__([Diagnostic(Severity.ERROR, kind.code, kind.type, message, location, hint)])
        self.kind = kind


NOTHING = FreezeErrorKind("E0701", "there is nothing to freeze", "name at least one module")
SAME_PATH = FreezeErrorKind(
    "E0702",
    "two modules would be frozen as '{name}'",
    "the firmware finds only the first of them: leave one out, or give it another path",
)
BAD_PATH = FreezeErrorKind("E0703", "'{name}' cannot be the path of a frozen module: {reason}")
LONG_QSTR = FreezeErrorKind(
    "E0704",
    "the name '{start}...' has {size} bytes, and the firmware's names have at most {limit}",
    "shorten it, or build the firmware with MICROPY_QSTR_BYTES_IN_LEN 2",
    "RuntimeError",
)
MANY_QSTRS = FreezeErrorKind(
    "E0705",
    "the firmware would have {count:,} names, and the tables of frozen code can number {limit:,}",
    "freeze fewer modules",
    "RuntimeError",
)
MIXED_ARCHES = FreezeErrorKind(
    "E0706",
    "this module's native code is for {arch}, and that of '{other}' for {other_arch}",
    "one firmware runs on one architecture: compile both for it",
)
WRONG_ARCH = FreezeErrorKind(
    "E0707",
    "this module's native code is for {arch}, and the firmware is for {target}",
    "compile it with -march={target}",
)
SUB_VERSION = FreezeErrorKind(
    "E0708",
    "this module's native code is of format 6.{found}, and the firmware's is 6.{wanted}",
    "compile it again: native code fits only the releases of its own format",
)
RELOCATIONS = FreezeErrorKind(
    "E0709",
    "native code from a linker cannot be frozen: it must be moved or given data when it is loaded",
    "build it into the firmware as a C module, or keep the .mpy file in the file system",
)
NO_LONG_INT = FreezeErrorKind(
    "E0710",
    "the integer {value} needs {bits} bits, and the firmware's integers ({longint}) have at most {limit}",
    "build the firmware with MICROPY_LONGINT_IMPL_MPZ, or compute the value when it is needed",
    "OverflowError",
)
