"""Tree from image, in place: file contents are views of the buffer.

MicroPython trusts an image; this reader does not. It goes on behind a fault where MicroPython would, so that
one look finds all of them. Time and memory are bounded by the size of the image.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mpytool.diagnostics import Diagnostic, Severity
from mpytool.mpyfile.errors import FormatErrorKind
from mpytool.romfs import errors
from mpytool.romfs.image import MAGIC, MAX_DEPTH, File, Folder, Image, Kind
from mpytool.values import decode_text

_MAX_FINDINGS = 100
_NUMBER_LIMIT = 1 << 63
_GROWTH = 64
"""How many times the size of the image names and contents may be altogether: pointers share contents."""
_GROWTH_BASE = 1 << 20

_BAD_NAMES = {"": "is empty", ".": "means the folder itself", "..": "means the folder above"}


class _CutError(Exception):
    """A number that is cut off by the end of what it is part of."""


class _LongError(Exception):
    """A number beyond _NUMBER_LIMIT."""


@dataclass(slots=True)
class _Level:
    """A folder that is being read: its next record is at ``position``, its last ends at ``end``."""

    folder: Folder
    path: str
    position: int
    end: int
    names: set[str] = field(default_factory=set)


def read_image(data: bytes | memoryview, file: str) -> Image:
    """The tree in an image. Raises RomfsError, with all that is wrong, if anything is."""
    image, findings = examine(data, file)
    wrong = [finding for finding in findings if finding.severity is Severity.ERROR]
    if image is None or wrong:
        raise errors.RomfsError(wrong)
    return image


def examine(data: bytes | memoryview, file: str) -> tuple[Image | None, list[Diagnostic]]:
    """What can be found in an image, and what is wrong with it; no tree where there is no image at all."""
    reader = _Reader(memoryview(data), file)
    return reader.read(), reader.findings


class _Reader:
    def __init__(self, data: memoryview, file: str) -> None:
        self.findings: list[Diagnostic] = []
        self._data = data
        self._file = file
        self._base = 0  # of the payload: offsets of pointers count from here
        self._end = 0
        self._contents = self._paths = 0

    def _say(self, kind: FormatErrorKind, offset: int, **words: object) -> None:
        if len(self.findings) < _MAX_FINDINGS:
            self.findings.append(errors.finding(kind, self._file, offset, **words))

    def read(self) -> Image | None:
        data = self._data
        if bytes(data[: len(MAGIC)]) != MAGIC:
            self._say(errors.NO_IMAGE, 0)
            return None
        try:
            size, self._base = self._number(len(MAGIC), len(data))
        except _CutError:
            self._say(errors.CUT_OFF, len(MAGIC), what="its own length", size=len(data))
            return None
        except _LongError:
            self._say(errors.LONG_NUMBER, len(MAGIC), what="the length of the image")
            return None
        self._end = self._base + size
        if self._end > len(data):
            self._say(errors.CUT_OFF, len(MAGIC), what=f"its payload of {size:,} bytes", size=len(data))
            return None
        root = Folder("", offset=0)
        self._folders(root)
        return Image(root, self._end, len(data) - self._end)

    def _folders(self, root: Folder) -> None:
        levels = [_Level(root, "", self._base, self._end)]
        while levels:
            level = levels[-1]
            where = f"'{level.path}'" if level.path else "the image"
            record = self._record(level.position, level.end, where)
            if record is None:
                levels.pop()
                continue
            start = level.position
            kind, position, level.position = record
            if kind == Kind.FILE:
                self._file_record(level, start, position, where)
            elif kind == Kind.FOLDER:
                inner = self._folder_record(level, start, position)
                if inner is not None and len(levels) > MAX_DEPTH:
                    self._say(errors.TOO_DEEP, start, limit=MAX_DEPTH)
                elif inner is not None:
                    levels.append(inner)
            elif kind not in (Kind.PADDING, Kind.DATA, Kind.POINTER):
                self._say(errors.UNKNOWN_KIND, start, number=kind)

    def _record(self, position: int, end: int, where: str) -> tuple[int, int, int] | None:
        """(kind, start and end of the payload) of the record at a position; None where the level ends."""
        if position >= end:
            return None
        try:
            kind, size_at = self._number(position, end)
            if kind == Kind.UNUSED:
                self._say(errors.UNUSED, position, where=where)
                return None
            size, start = self._number(size_at, end)
        except _CutError:
            self._say(errors.OUTSIDE, position, what="the head of a record", size=2, left=end - position)
            return None
        except _LongError:
            self._say(errors.LONG_NUMBER, position, what="the kind or the length of a record")
            return None
        if size > end - start:
            self._say(errors.OUTSIDE, position, what=f"a record of kind {kind}", size=size, left=end - start)
            return None
        return kind, start, start + size

    def _name(self, level: _Level, record: int, position: int) -> tuple[str, int] | None:
        """The name at a position, and where it ends; None if it does not fit in the record."""
        end = level.position
        try:
            size, start = self._number(position, end)
        except _CutError:
            self._say(errors.OUTSIDE, record, what="the length of a name", size=1, left=end - position)
            return None
        except _LongError:
            self._say(errors.LONG_NUMBER, record, what="the length of a name")
            return None
        if size > end - start:
            self._say(errors.OUTSIDE, record, what="a name", size=size, left=end - start)
            return None
        name = decode_text(self._data[start : start + size])
        reason = _BAD_NAMES.get(name)
        if reason is None and "/" in name:
            reason = "has a slash in it, and cannot be opened"
        if reason is None and "\0" in name:
            reason = "has a NUL byte in it"
        if reason is not None:
            self._say(errors.BAD_NAME, record, name=ascii(name[:80]), reason=reason)
            return None
        if name in level.names:
            self._say(errors.DUPLICATE, record, path=_below(level.path, name))
            return None
        level.names.add(name)
        self._paths += len(level.path) + 1 + size
        if not self._is_sane(self._paths):
            self._say(errors.TOO_MUCH, record, what="the names", size=self._paths, image=self._end)
            return None
        return name, start + size

    def _is_sane(self, total: int) -> bool:
        return total <= _GROWTH * self._end + _GROWTH_BASE

    def _folder_record(self, level: _Level, record: int, position: int) -> _Level | None:
        named = self._name(level, record, position)
        if named is None:
            return None
        name, position = named
        folder = Folder(name, offset=record)
        level.folder.entries.append(folder)
        return _Level(folder, _below(level.path, name), position, level.position)

    def _file_record(self, level: _Level, record: int, position: int, where: str) -> None:
        named = self._name(level, record, position)
        if named is None:
            return
        name, position = named
        path = _below(level.path, name)
        while True:
            inner = self._record(position, level.position, f"'{path}'")
            if inner is None:
                self._say(errors.NO_DATA, record, path=path, where=where)
                return
            at = position
            kind, start, position = inner
            if kind == Kind.DATA:
                self._contained(level, name, record, start, position - start, pointed=False)
                return
            if kind == Kind.POINTER:
                self._pointed(level, name, path, at, start, position)
                return
            if kind != Kind.PADDING:
                self._say(errors.UNKNOWN_KIND, at, number=kind)

    def _pointed(self, level: _Level, name: str, path: str, record: int, start: int, end: int) -> None:
        try:
            size, position = self._number(start, end)
            offset, _ = self._number(position, end)
        except _CutError:
            self._say(errors.OUTSIDE, record, what="the pointer of a file", size=2, left=end - start)
            return
        except _LongError:
            self._say(errors.LONG_NUMBER, record, what="the size or the offset of a pointer")
            return
        if self._base + offset + size > self._end:
            at = self._base + offset
            self._say(errors.POINTER_OUTSIDE, record, path=path, size=size, start=at, end=self._end)
            return
        self._contained(level, name, record, self._base + offset, size, pointed=True)

    def _contained(
        self, level: _Level, name: str, record: int, start: int, size: int, *, pointed: bool
    ) -> None:
        self._contents += size
        if not self._is_sane(self._contents):
            self._say(errors.TOO_MUCH, record, what="the files", size=self._contents, image=self._end)
            return
        level.folder.entries.append(File(name, self._data[start : start + size], start, pointed))

    def _number(self, position: int, end: int) -> tuple[int, int]:
        """(value, offset behind it) of a varuint, which may begin with any number of 0x80.

        Raises _CutError if it does not end before ``end``, _LongError if it is beyond 63 bits.
        """
        data = self._data
        value = 0
        while position < end:
            byte = data[position]
            position += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value, position
            if value >= _NUMBER_LIMIT:
                raise _LongError
        raise _CutError


def _below(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
