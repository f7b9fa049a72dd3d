"""Where in a manifest something happened: from frames of its code to places in its text."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType

from mpytool.diagnostics import Location, Note
from mpytool.record import Record
from mpytool.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MAX_NOTES = 6


class Place(Record):
    """A range of a manifest, and the text of its first line."""

    __slots__ = ("location", "text")

    def __init__(self, location: Location, text: str) -> None:
        self.location: Final = location
        self.text: Final = text

    def note(self, message: str) -> Note:
        """A note about this place."""
        return Note(message, self.location, self.text)


class Texts:
    """The manifests that were run, by the file names in their code.

    Messages give paths relative to the folder that is the current one when this is made.
    """

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._start = os.path.join(os.getcwd(), "")

    def shown(self, path: str) -> str:
        """A path as messages give it."""
        return path[len(self._start) :] if path.startswith(self._start) else path

    def has(self, name: str) -> bool:
        """Whether a manifest was run under this name."""
        return name in self._sources

    def add(self, name: str, data: bytes, shown: str) -> None:
        """Remember the text of what is about to be run under ``name``."""
        self._sources[name] = Source(data, shown)

    def on_line(self, name: str, line: int, start: int, end: int) -> Place:
        """Columns ``start`` to ``end`` (from 1, exclusive) of a line."""
        source = self._sources[name]
        return Place(Location(source.path, line, start, line, max(end, start + 1)), source.line_text(line))

    def of_caller(self) -> Place | None:
        """The innermost call in a manifest that is now being executed."""
        import sys

        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            place = self._of_code(frame.f_code, frame.f_lasti)
            if place is not None:
                return place
            frame = frame.f_back
        return None

    def of_traceback(self, traceback: TracebackType | None) -> list[Place]:
        """The places in manifests through which an exception came, the innermost first."""
        found = []
        while traceback is not None:
            place = self._of_code(traceback.tb_frame.f_code, traceback.tb_lasti)
            if place is not None:
                found.append(place)
            traceback = traceback.tb_next
        return found[::-1]

    def _of_code(self, code: CodeType, instruction: int) -> Place | None:
        source = self._sources.get(code.co_filename)
        if source is None:
            return None
        line, end_line, column, end_column = next(
            itertools.islice(code.co_positions(), instruction // 2, None), (None, None, None, None)
        )
        if line is None:
            return None
        text = source.line_text(line)
        start = _character(text, column or 0) + 1
        if end_line is None or end_column is None:
            end_line, end = line, len(text) + 1
        else:
            end = _character(source.line_text(end_line), end_column) + 1
        return Place(Location(source.path, line, start, end_line, end), text)


def _character(text: str, column: int) -> int:
    """The character of a line at a column that Python counts in bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogateescape")[:column].decode("utf-8", "ignore"))


def notes_of(places: list[Place]) -> Iterator[Note]:
    """Notes about how it came to the innermost of some places, which is the first."""
    for inner, outer in itertools.islice(itertools.pairwise(places), _MAX_NOTES):
        same = inner.location.file == outer.location.file
        yield outer.note("called from here" if same else "included from here")
