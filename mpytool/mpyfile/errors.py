"""Every way a ``.mpy`` file can be malformed: one row each, and the exception that says so.

Codes never change their meaning; ``docs/errors.md`` describes each.
"""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class FormatErrorKind(Record):
    """``message`` is a template for ``str.format``."""

    __slots__ = ("code", "message", "hint")

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        self.code: Final = code
        self.message: Final = message
        self.hint: Final = hint


class MpyFormatError(ToolError):
    """A file that is no well-formed ``.mpy`` file. ``offset`` is where in the file, in bytes.

    The diagnostic's location has no line and, until ``in_file`` names one, no file.
    """

    def __init__(self, kind: FormatErrorKind, offset: int, **words: object) -> None:
        message = f"at {offset:#x}: {kind.message.format(**words)}"
        location = Location("", 0, 0, 0, 0)
        super().__init__([Diagnostic(Severity.ERROR, kind.code, "ValueError", message, location, kind.hint)])
        self.kind = kind
        self.offset = offset

    def in_file(self, path: str) -> Diagnostic:
        """The diagnostic with the name of the file in which it was found."""
        diagnostic = self.diagnostics[0]
        return diagnostic.changed(location=diagnostic.location.changed(file=path))


# --- header ------------------------------------------------------------------------------------------------

NO_MAGIC = FormatErrorKind(
    "E0501", "the first byte is {byte:#04x}, not 0x4d ('M')", "only .mpy files can be read here"
)
OTHER_VERSION = FormatErrorKind(
    "E0502",
    "the file has format version {version}, and only version 6 can be read",
    "compile the module again for MicroPython 1.19 or later",
)
RESERVED_FEATURE = FormatErrorKind("E0503", "bit 7 of the feature byte is set, which no version defines")

# --- numbers and lengths -----------------------------------------------------------------------------------

CUT_OFF = FormatErrorKind("E0504", "the file ends inside {what}", "was the file copied completely?")
LONG_NUMBER = FormatErrorKind("E0505", "{what} has more bytes than a 64-bit number needs")
COUNT = FormatErrorKind("E0506", "{what} is {count:,}, but only {left:,} bytes follow")
TRAILING = FormatErrorKind("E0507", "{count:,} bytes follow the end of the module")

# --- qstrs and constants -----------------------------------------------------------------------------------

NO_SOURCE_NAME = FormatErrorKind("E0508", "the qstr table is empty: it has no name of the source file")
STATIC_QSTR = FormatErrorKind("E0509", "there is no static qstr {number}")
NO_NUL = FormatErrorKind("E0510", "{what} does not end in a NUL byte")
CONSTANT_TYPE = FormatErrorKind("E0511", "there is no constant of type {number}")
NUMBER_TEXT = FormatErrorKind("E0512", "the text of {what} is no number")
TUPLE_DEPTH = FormatErrorKind("E0513", "tuples nest deeper than {limit}")

# --- functions ---------------------------------------------------------------------------------------------

FUNCTION_DEPTH = FormatErrorKind("E0514", "functions nest deeper than {limit}")
FUNCTION_COUNT = FormatErrorKind("E0515", "the file is too short for more than {limit:,} functions")
PRELUDE = FormatErrorKind("E0516", "the head of this function is malformed: {reason}")
PRELUDE_OFFSET = FormatErrorKind("E0517", "the head of this function would begin at {where:#x} of {size:#x}")
QSTR_INDEX = FormatErrorKind("E0518", "{what} is qstr {index}, and the table has {size}")
NESTING = FormatErrorKind("E0519", "too many functions nest too deeply for a file of this size")

# --- merging -----------------------------------------------------------------------------------------------

SEVERAL_NATIVE = FormatErrorKind(
    "E0520",
    "this module and '{other}' both hold native code, and only one of the modules to merge may",
    "native code has the numbers of its names and constants built in",
)
NOT_MOVABLE = FormatErrorKind("E0521", "the function {function} cannot be merged: {reason}")
