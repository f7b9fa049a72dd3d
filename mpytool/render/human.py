"""Diagnostics for people, in the manner of rustc.

error[E0110]: '(' was never closed
 --> blink.py:3:6
  |
3 | print(x
  |      ^
  = hint: add ')'
"""

from __future__ import annotations

from collections.abc import Mapping

from mpytool.diagnostics import Diagnostic, Location, Note, Severity
from mpytool.render.text import clean, lay_out

_RESET = "\x1b[0m"
_COLOURS: Mapping[str, str] = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "hint": "\x1b[1;36m",
    "gutter": "\x1b[1;34m",
    "message": "\x1b[1m",
}


def render(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """The text of one diagnostic, several lines, ending in a newline. ``colour`` adds ANSI sequences."""
    return _Renderer(diagnostic, colour).render()


class _Renderer:
    def __init__(self, diagnostic: Diagnostic, colour: bool) -> None:
        self._diagnostic = diagnostic
        self._colour = colour
        self._source = dict(diagnostic.source_lines)
        shown = [n.location for n in diagnostic.notes if n.location is not None] + [diagnostic.location]
        self._gutter = len(str(max(location.line for location in shown)))

    def render(self) -> str:
        diagnostic = self._diagnostic
        severity = diagnostic.severity.value
        head = f"{severity}[{diagnostic.code}]" if diagnostic.code else severity
        lines = [self._paint(severity, head) + self._paint("message", ": " + clean(diagnostic.message))]
        lines += self._excerpt(diagnostic.location, severity, "^", None)
        for note in diagnostic.notes:
            if note.location is not None:
                lines += self._place(note, note.location)
        loose = [("note", note.message) for note in diagnostic.notes if note.location is None]
        if diagnostic.hint is not None:
            loose.append(("hint", diagnostic.hint))
        for kind, text in loose:
            lines.append(self._margin("=") + " " + self._paint(kind, kind) + ": " + clean(text))
        return "\n".join(lines) + "\n"

    def _place(self, note: Note, location: Location) -> list[str]:
        head = self._paint(Severity.NOTE.value, "note") + ": " + clean(note.message)
        return [head, *self._excerpt(location, "note", "-", note.text)]

    def _excerpt(self, location: Location, kind: str, mark: str, text: str | None) -> list[str]:
        arrow = " " * self._gutter + self._paint("gutter", "-->")
        if location.line <= 0:
            return [f"{arrow} {clean(location.file)}"]
        lines = [f"{arrow} {clean(location.file)}:{location.line}:{location.column}"]
        if text is None and location.file == self._diagnostic.location.file:
            text = self._source.get(location.line)
        if text is None:
            return lines
        start = location.column - 1
        end = location.end_column - 1 if location.end_line == location.line else len(text)
        shown, cell, width = lay_out(text, start, end)
        number = self._paint("gutter", f"{location.line:>{self._gutter}} |")
        return [
            *lines,
            self._margin("|"),
            f"{number} {shown}".rstrip(),
            f"{self._margin('|')} {' ' * cell}{self._paint(kind, mark * width)}",
        ]

    def _margin(self, sign: str) -> str:
        return " " * (self._gutter + 1) + self._paint("gutter", sign)

    def _paint(self, kind: str, text: str) -> str:
        return f"{_COLOURS[kind]}{text}{_RESET}" if self._colour else text
