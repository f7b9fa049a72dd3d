"""A source file in memory: its text, and places in it."""

from __future__ import annotations

from bisect import bisect_right

from mpytool.diagnostics import Location
from mpytool.values import decode_text


class Source:
    """The text of one file under the name that diagnostics and tracebacks use.

    ``name`` is the embedded name (``-s``), ``path`` what the user called the file: mpy-cross names the
    path in errors of its lexer and parser and the embedded name in those of its compiler. Offsets are
    character offsets into ``text``; lines end in LF, CR or CRLF, as mpy-cross reads them.
    """

    __slots__ = ("_line_starts", "name", "path", "text")

    def __init__(self, data: bytes, name: str, path: str | None = None) -> None:
        self.text = decode_text(data)
        self.name = name
        self.path = name if path is None else path
        self._line_starts: list[int] | None = None

    def _starts(self) -> list[int]:
        if self._line_starts is None:
            starts = [0]
            offset = 0
            for line in self.text.replace("\r\n", "\n\n").replace("\r", "\n").split("\n")[:-1]:
                offset += len(line) + 1
                starts.append(offset)
            # A CRLF was widened to two line ends; the empty line between them does not exist.
            text = self.text
            self._line_starts = [s for s in starts if not (s > 0 and text[s - 1 : s + 1] == "\r\n")]
        return self._line_starts

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line that holds a character offset."""
        return bisect_right(self._starts(), offset)

    def line_text(self, line: int) -> str:
        """The text of a line without its end; empty outside the file."""
        starts = self._starts()
        if not 1 <= line <= len(starts):
            return ""
        start = starts[line - 1]
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def location(self, start: int, end: int) -> Location:
        """The place of the characters ``start`` to ``end`` (exclusive)."""
        starts = self._starts()
        line = self.line_of(start)
        end_line = max(line, self.line_of(max(start, end)))
        return Location(
            self.path,
            line,
            start - starts[line - 1] + 1,
            end_line,
            max(start, end) - starts[end_line - 1] + 1,
        )
