"""The compile cache: outputs kept under a hash of everything that decides them.

An entry is a file ``ab/cdef…`` below the cache folder, named by its key in hexadecimal: 32 bytes of
checksum, then the payload. The checksum covers key and payload, so an entry that was cut, altered or
renamed is a miss and is replaced. Writing is atomic, reading needs no lock: any number of processes may
share a folder. A folder that cannot be used is the same as no cache, silently.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence

from mpytool.again import cache_folder
from mpytool.digest import new_digest
from mpytool.files import write_whole
from mpytool.options import Options
from mpytool.program import ProgramFile, program_files
from mpytool.record import Record
from mpytool.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_FORMAT = "mpyc cache 2"
_CHECKSUM = 32
_DAY = 86400.0
_STAMP = "pruned"

SIZE_LIMIT = 500_000_000
"""Bytes of entries above which the ones not used for longest are removed."""


class CacheInfo(Record):
    """What ``mpyc cache info`` shows; ``size`` in bytes."""

    __slots__ = ("folder", "entries", "size")

    def __init__(self, folder: str, entries: int, size: int) -> None:
        self.folder: Final = folder
        self.entries: Final = entries
        self.size: Final = size


def default_folder() -> str:
    """``$MPYC_CACHE_DIR`` or, if that is unset, the folder where this user's caches belong."""
    folder = cache_folder()
    if folder is None:
        import platformdirs

        folder = platformdirs.user_cache_dir("mpyc", appauthor=False)
    return folder


class Cache:
    """One cache folder, for one version of the tool, whose files are looked at unless ``program`` says them.

    ``folder`` need not exist.
    """

    __slots__ = ("_options", "_options_text", "_prefix", "_stored", "folder")

    def __init__(self, folder: str, program: Sequence[ProgramFile] | None = None) -> None:
        self.folder = os.path.abspath(folder)
        self._prefix = new_digest(_tool_fingerprint(program_files() if program is None else program))
        self._stored = False
        self._options: Options | None = None
        self._options_text = b""

    def key(self, source: bytes, name: str, path: str, options: Options) -> bytes:
        """The key, 32 bytes, of one compilation.

        The path counts besides the name because it decides which strings mpy-cross finds interned.
        """
        if options is not self._options:  # most files of a run have the same
            self._options, self._options_text = options, _options_text(options)
        return self.key_of((os.fsencode(name), os.fsencode(path), self._options_text, source))

    def key_of(self, parts: Iterable[bytes]) -> bytes:
        """The key of whatever these parts decide, with this version of the tool."""
        # Each part is preceded by its length: no two lists of parts read the same.
        digest = self._prefix.copy()
        for part in parts:
            digest.update(b"%d:" % len(part))
            digest.update(part)
        return digest.digest()

    def get(self, key: bytes) -> bytes | None:
        """The payload stored under ``key``; None if there is none, or none that is intact."""
        path = self._path(key)
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.readall()
                now = time.time()
                if now - os.fstat(file.fileno()).st_mtime > _DAY:
                    os.utime(path, (now, now))
        except OSError:
            return None
        payload = data[_CHECKSUM:]
        return payload if data[:_CHECKSUM] == _checksum(key, payload) else None

    def put(self, key: bytes, payload: bytes) -> None:
        """Store ``payload``; nothing happens where that is impossible."""
        try:
            write_whole(self._path(key), _checksum(key, payload) + payload, make_folders=True)
            self._stored = True
        except OSError:
            pass

    def close(self) -> None:
        """Once a day, after something was stored, keep the folder below its limit."""
        if not self._stored:
            return
        stamp = os.path.join(self.folder, _STAMP)
        try:
            if time.time() - os.stat(stamp).st_mtime < _DAY:
                return
        except OSError:
            pass
        try:
            write_whole(stamp, b"")
            self.prune(SIZE_LIMIT)
        except OSError:
            pass

    def info(self) -> CacheInfo:
        """How much is stored."""
        sizes = [entry.stat().st_size for entry in self._entries()]
        return CacheInfo(self.folder, len(sizes), sum(sizes))

    def clear(self) -> CacheInfo:
        """Remove every entry; says what was removed. Other files in the folder stay."""
        return self._remove(list(self._entries()))

    def prune(self, limit: int) -> CacheInfo:
        """Remove the entries used least recently until at most ``limit`` bytes are left."""
        entries = []
        for entry in self._entries():
            try:
                status = entry.stat()
            except OSError:
                continue
            entries.append((status.st_mtime, status.st_size, entry))
        entries.sort(key=lambda row: row[0])
        excess = sum(size for _, size, _ in entries) - limit
        old = []
        for _, size, entry in entries:
            if excess <= 0:
                break
            excess -= size
            old.append(entry)
        return self._remove(old)

    def _remove(self, entries: list[os.DirEntry[str]]) -> CacheInfo:
        count = size = 0
        for entry in entries:
            try:
                length = entry.stat().st_size
                os.unlink(entry.path)
            except OSError:
                continue
            count += 1
            size += length
        return CacheInfo(self.folder, count, size)

    def _path(self, key: bytes) -> str:
        name = key.hex()
        return os.path.join(self.folder, name[:2], name[2:])

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """Files that are entries, or temporary files of a process that was killed while it wrote one."""
        for folder in _scan(self.folder):
            if len(folder.name) != 2 or not folder.is_dir(follow_symlinks=False):
                continue
            for entry in _scan(folder.path):
                left_behind = entry.name.startswith(".mpyc-")
                if len(entry.name) == 62 or (left_behind and time.time() - entry.stat().st_mtime > _DAY):
                    yield entry


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _checksum(key: bytes, payload: bytes) -> bytes:
    return new_digest(key + payload).digest()


def _options_text(options: Options) -> bytes:
    # A dataclass's repr names every field, so a new option cannot be forgotten here.
    return repr(options).encode()


_NOT_FOR_OUTPUT = tuple([folder + os.sep for folder in ("cli", "render")])
"""What only speaks to the user cannot change an output."""


def _tool_fingerprint(program: Sequence[ProgramFile]) -> bytes:
    """Identifies the code that compiles: version, and sizes and times of the package's files."""
    rows = [row for row in program if not row[0].startswith(_NOT_FOR_OUTPUT)]
    return f"{_FORMAT} {VERSION}\n{rows}".encode("utf-8", "surrogateescape")
