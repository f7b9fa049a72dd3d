"""Every way in which freezing can be refused: one row each, and the exception that says so.

Codes never change their meaning; ``docs/errors.md`` describes each.
"""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError
from mpytool.mpyfile.errors import FormatErrorKind


class FreezeError(ToolError):
    """What cannot be frozen. The diagnostic's file is the module's path in the firmware, or empty.

    Messages and hints of the rows are templates for ``str.format``.
    """

    def __init__(self, kind: FormatErrorKind, path: str = "", **words: object) -> None:
        hint = kind.hint.format(**words) if kind.hint is not None else None
        location = Location(path, 0, 0, 0, 0)
        message = kind.message.format(**words)
        super().__init__([Diagnostic(Severity.ERROR, kind.code, "ValueError", message, location, hint)])
        self.kind = kind


NOTHING = FormatErrorKind("E1001", "there is nothing to freeze", "name at least one module")
SAME_PATH = FormatErrorKind(
    "E1002",
    "two modules would be frozen as '{name}'",
    "the firmware finds only the first of them: leave one out, or give it another path",
)
BAD_PATH = FormatErrorKind("E1003", "'{name}' cannot be the path of a frozen module: {reason}")
LONG_QSTR = FormatErrorKind(
    "E1004",
    "the name '{start}...' has {size} bytes, and the firmware's names have at most {limit}",
    "shorten it, or build the firmware with MICROPY_QSTR_BYTES_IN_LEN 2",
)
MANY_QSTRS = FormatErrorKind(
    "E1005",
    "the firmware would have {count:,} names, and the tables of frozen code can number {limit:,}",
    "freeze fewer modules",
)
MIXED_ARCHES = FormatErrorKind(
    "E1006",
    "this module's native code is for {arch}, and that of '{other}' for {other_arch}",
    "one firmware runs on one architecture: compile both for it",
)
WRONG_ARCH = FormatErrorKind(
    "E1007",
    "this module's native code is for {arch}, and the firmware is for {target}",
    "compile it with -march={target}",
)
SUB_VERSION = FormatErrorKind(
    "E1008",
    "this module's native code is of format 6.{found}, and the firmware's is 6.{wanted}",
    "compile it again: native code fits only the releases of its own format",
)
RELOCATIONS = FormatErrorKind(
    "E1009",
    "native code from a linker cannot be frozen: it must be moved or given data when it is loaded",
    "build it into the firmware as a C module, or keep the .mpy file in the file system",
)
NO_LONG_INT = FormatErrorKind(
    "E1010",
    "the integer {value} needs {bits} bits, and the firmware's integers ({longint}) have at most {limit}",
    "build the firmware with MICROPY_LONGINT_IMPL_MPZ, or compute the value when it is needed",
)
