"""What is said to the user about bad input, as values; nothing here prints.

Every error that input can cause is a ``Diagnostic`` inside a ``CompileError`` (or another ``ToolError``).
Where mpy-cross rejects the same input, the diagnostic also carries what mpy-cross says (``Peer``), so that
``mpyc-cross`` can speak in its words.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class Severity(enum.Enum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Location(Record):
    """A range of source text. Lines and columns count from 1, columns in characters; the end is exclusive.

    ``line`` 0 means that the place in the file is not known.
    """

    __slots__ = ("file", "line", "column", "end_line", "end_column")

    def __init__(self, file: str, line: int, column: int, end_line: int, end_column: int) -> None:
        self.file: Final = file
        self.line: Final = line
        self.column: Final = column
        self.end_line: Final = end_line
        self.end_column: Final = end_column


class Note(Record):
    """A second place, or a sentence without one, that explains a diagnostic.

    ``text`` is the line of the place, for one in another file than the diagnostic's.
    """

    __slots__ = ("message", "location", "text")

    def __init__(self, message: str, location: Location | None = None, text: str | None = None) -> None:
        self.message: Final = message
        self.location: Final = location
        self.text: Final = text


class Peer(Record):
    """How mpy-cross 1.29 reports the same failure.

    ``scope`` is the name after ``in`` on the traceback line, None where mpy-cross prints none (its lexer
    and parser); ``line`` is the line it names, 0 where it prints no traceback line at all.
    """

    __slots__ = ("type", "message", "line", "scope")

    def __init__(self, type: str, message: str, line: int, scope: str | None) -> None:
        self.type: Final = type
        self.message: Final = message
        self.line: Final = line
        self.scope: Final = scope


class Diagnostic(Record):
    """One finding about the user's input.

    ``code`` is stable and documented (``E0101``); ``type`` is the Python exception that MicroPython would
    raise (``SyntaxError``). ``source_lines`` are the lines that ``location`` and the notes point into, as
    (number, text), for a renderer that has not got the file.
    """

    __slots__ = ("severity", "code", "type", "message", "location", "hint", "notes", "peer", "source_lines")

    def __init__(
        self,
        severity: Severity,
        code: str,
        type: str,
        message: str,
        location: Location,
        hint: str | None = None,
        notes: tuple[Note, ...] = (),
        peer: Peer | None = None,
        source_lines: tuple[tuple[int, str], ...] = (),
    ) -> None:
        self.severity: Final = severity
        self.code: Final = code
        self.type: Final = type
        self.message: Final = message
        self.location: Final = location
        self.hint: Final = hint
        self.notes: Final = notes
        self.peer: Final = peer
        self.source_lines: Final = source_lines


class ToolError(Exception):
    """Base of all failures that a user's input causes; never empty."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("; ".join(d.message for d in self.diagnostics))


class CompileError(ToolError):
    """A program that cannot be compiled."""
