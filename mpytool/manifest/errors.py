"""Every way in which a manifest can be wrong: one row each.

Codes never change their meaning; ``docs/errors.md`` describes each.
"""

from __future__ import annotations

from mpytool.diagnostics import Diagnostic, Location, Note, Severity, ToolError
from mpytool.manifest.places import Place
from mpytool.mpyfile.errors import FormatErrorKind

RAISED = FormatErrorKind("E0801", "{what}")
SYNTAX = FormatErrorKind("E0802", "{what}", "a manifest is a Python program")
NO_MANIFEST = FormatErrorKind("E0803", "cannot read the manifest '{path}': {reason}")
BAD_CALL = FormatErrorKind("E0804", "{what}", "its arguments are {signature}")
BAD_ARGUMENT = FormatErrorKind("E0805", "{what} must be {wanted}, and is {found}")
UNSET_VARIABLE = FormatErrorKind(
    "E0806", "the variable $({name}) in '{path}' is not set", "set it with -v {name}=...; set are {known}"
)
NO_FILE = FormatErrorKind("E0807", "there is no file '{path}'")
NO_FOLDER = FormatErrorKind("E0808", "there is no folder '{path}'")
WRONG_SUFFIX = FormatErrorKind("E0809", "'{path}' is no {wanted} file, and {function}() takes no others")
NO_PACKAGE = FormatErrorKind("E0810", "no library has a package '{name}'")
NO_LIBRARY = FormatErrorKind("E0811", "there is no library '{name}'")
NO_C_MODULE = FormatErrorKind(
    "E0812", "'{path}' is no C module", "a C module's folder has a micropython.mk or a micropython.cmake"
)
METADATA_TWICE = FormatErrorKind(
    "E0813", "this package has called metadata() before", "include() shares the metadata of who includes"
)
NOTHING_FOUND = FormatErrorKind("E0814", "there is no {wanted} file in '{path}'")
NO_HEADER = FormatErrorKind(
    "E0815",
    "the names that the firmware has are not known, so the C defines those among them again",
    "give the build folder with -b, or genhdr/qstrdefs.preprocessed.h from it with -q",
)
BAD_HEADER = FormatErrorKind(
    "E0816", "this is no qstrdefs.preprocessed.h: {reason}", "it is made by the build of the firmware"
)

WARNINGS = frozenset({NOTHING_FOUND.code, NO_HEADER.code})
"""Findings with which freezing goes on."""


class ManifestError(ToolError):
    """A manifest that is wrong."""


class RefusedError(Exception):
    """What a function of the language refuses; ``collect.py`` finds the line of the manifest that called it.

    A manifest may catch it, as it may catch any exception.
    """

    def __init__(self, kind: FormatErrorKind, *, hint: str | None = None, **words: object) -> None:
        super().__init__(kind.message.format(**words))
        self.kind = kind
        row_hint = kind.hint.format(**words) if kind.hint is not None else None
        self.hint = hint if hint is not None else row_hint


def diagnostic_at(
    place: Place | None,
    kind: FormatErrorKind,
    *,
    file: str = "",
    type: str = "ValueError",
    hint: str | None = None,
    notes: tuple[Note, ...] = (),
    message: str | None = None,
    **words: object,
) -> Diagnostic:
    """What is to be said of a place in a manifest or, without one, of a file.

    ``message``, and ``hint`` with it, are those of the row filled in already.
    """
    if message is None:
        message = kind.message.format(**words)
        hint = kind.hint.format(**words) if hint is None and kind.hint is not None else hint
    severity = Severity.WARNING if kind.code in WARNINGS else Severity.ERROR
    location = Location(file, 0, 0, 0, 0) if place is None else place.location
    lines = () if place is None else ((location.line, place.text),)
    return Diagnostic(severity, kind.code, type, message, location, hint, notes, None, lines)
