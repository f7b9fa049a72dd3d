"""Every way an image can be malformed, and every reason for which none can be built: one row each.

Codes never change their meaning; ``docs/errors.md`` describes each.
"""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Location, Severity, ToolError
from mpytool.mpyfile.errors import FormatErrorKind

# --- the image as a whole ----------------------------------------------------------------------------------

NO_IMAGE = FormatErrorKind(
    "E0901",
    "this is no ROMFS image: it does not begin with d2 cd 31",
    "every image does",
)
CUT_OFF = FormatErrorKind(
    "E0902", "the image ends inside {what}, after {size:,} bytes", "was the file copied completely?"
)
LONG_NUMBER = FormatErrorKind("E0903", "{what} has more bits than any size can have")

# --- records -----------------------------------------------------------------------------------------------

OUTSIDE = FormatErrorKind(
    "E0904",
    "{what} is {size:,} bytes long, and only {left:,} are left of what it is part of",
    "MicroPython does not check this, and would read beyond",
)
UNUSED = FormatErrorKind("E0905", "a record of kind 0: what follows it in {where} cannot be found")
UNKNOWN_KIND = FormatErrorKind("E0906", "a record of the unknown kind {number}, which is skipped")
POINTER_OUTSIDE = FormatErrorKind(
    "E0907",
    "the data of '{path}' would be {size:,} bytes at {start:#x}, and the image has {end:,}",
    "MicroPython does not check this, and would read beyond",
)
NO_DATA = FormatErrorKind(
    "E0908", "'{path}' has no data: it cannot be opened, and listing {where} ends before it"
)
TOO_DEEP = FormatErrorKind("E0909", "folders nest deeper than {limit}")
TOO_MUCH = FormatErrorKind("E0910", "{what} are {size:,} bytes, which is absurd for an image of {image:,}")

# --- names -------------------------------------------------------------------------------------------------

BAD_NAME = FormatErrorKind("E0911", "the name {name} {reason}")
DUPLICATE = FormatErrorKind("E0912", "there are two entries '{path}': only the first can be opened")

# --- building and extracting -------------------------------------------------------------------------------

NO_FILE = FormatErrorKind("E0913", "'{path}' is neither a file nor a folder")
LINK_CYCLE = FormatErrorKind("E0914", "'{path}' is a link to a folder that it lies in")
BAD_MODULE = FormatErrorKind(
    "E0915", "MicroPython will not be able to import this: {reason}", "a damaged .mpy is read beyond its end"
)
LINK_IN_THE_WAY = FormatErrorKind(
    "E0916", "'{path}' is a link: nothing is written through it", "remove it, or extract to another folder"
)
NO_SUCH_ENTRY = FormatErrorKind("E0917", "the image has no '{path}'")

WARNINGS = frozenset({UNKNOWN_KIND.code, BAD_MODULE.code})
"""Findings that do not make an image unusable."""


class RomfsError(ToolError):
    """An image that is malformed, or that cannot be built or extracted."""


def finding(kind: FormatErrorKind, file: str, offset: int | None = None, **words: object) -> Diagnostic:
    """What is to be said of ``file``; ``offset`` is where in the image, in bytes."""
    place = "" if offset is None else f"at {offset:#x}: "
    severity = Severity.WARNING if kind.code in WARNINGS else Severity.ERROR
    message = place + kind.message.format(**words)
    return Diagnostic(severity, kind.code, "ValueError", message, Location(file, 0, 0, 0, 0), kind.hint)
