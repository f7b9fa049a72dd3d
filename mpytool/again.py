"""Whether a command has nothing to do because it did it before: asked before anything else is imported.

A record says which command line, in which folder, with which version of this program, looked at which
files and wrote which, with their times and sizes. If all that is still so, running it again would change
nothing. The records lie among the entries of the compile cache, whose commands remove them.
"""

from __future__ import annotations

import os
import sys

from mpytool.digest import new_digest

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take longer than all of this
    from collections.abc import Iterable, Sequence

    from mpytool.program import ProgramFile

_FORMAT = b"mpyc again 3"
TICK = 2_000_000_000
"""Nanoseconds: no file system counts time more coarsely, so that a later change can be seen."""


def unchanged(command: Sequence[str], program: Sequence[ProgramFile]) -> bool:
    """Whether there is a record of this command, by a program of these files, and it holds."""
    import time

    try:
        key = _key(command, program)
        with open(_path(key), "rb", buffering=0) as file:
            head, *lines = file.readall().split(b"\n")
            if head != key.hex().encode() or not lines:
                return False
            if time.time() - os.fstat(file.fileno()).st_mtime > 86400:
                os.utime(file.fileno())  # entries of the cache that are used are kept
        return all(line == _LINES[line[:1]](line.split(b" ", 2)[-1]) for line in lines)
    except (OSError, ValueError, KeyError):
        return False


def remember(
    command: Sequence[str],
    program: Sequence[ProgramFile],
    inputs: Iterable[str],
    asked_for: Iterable[str],
    outputs: Iterable[str],
) -> None:
    """Record that a command has just read some files and folders and written others.

    Of what it ``asked_for`` it knows only whether that is a file, a folder or nothing. Nothing is recorded if
    an input changed so shortly ago that another change may leave it the same time.
    """
    import time

    from mpytool.files import write_whole

    read, asked, wrote = (
        [os.fsencode(os.path.abspath(path)) for path in paths] for paths in (inputs, asked_for, outputs)
    )
    settled = time.time_ns() - TICK
    try:
        if any(b"\n" in path for path in (*read, *asked, *wrote)) or any(
            status_of(p)[0] > settled for p in read
        ):
            return
        key = _key(command, program)
        lines = [key.hex().encode(), *map(_times, (*read, *wrote)), *map(_kind, asked)]
        write_whole(_path(key), b"\n".join(lines), make_folders=True)
    except OSError:
        pass


def cache_folder() -> str | None:
    """The folder of the compile cache where that is known without platformdirs, else None."""
    folder = os.environ.get("MPYC_CACHE_DIR")
    if folder or sys.platform != "linux":
        return folder or None
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.strip():
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "mpyc")


def _path(key: bytes) -> str:
    folder = cache_folder()
    if folder is None:
        import platformdirs

        folder = platformdirs.user_cache_dir("mpyc", appauthor=False)
    name = key.hex()
    return os.path.join(os.path.abspath(folder), name[:2], name[2:])


def _key(command: Sequence[str], program: Sequence[ProgramFile]) -> bytes:
    own = f"{sys.version}\n{__file__}\n{program}"
    parts = [_FORMAT, os.fsencode(own), os.fsencode(os.getcwd()), *map(os.fsencode, command)]
    return new_digest(b"".join([b"%d:%s" % (len(part), part) for part in parts])).digest()


def _times(path: bytes) -> bytes:
    """A line that says time and size; two words and the path, as every line."""
    return b"t%d %d %s" % (*status_of(path), path)


def _kind(path: bytes) -> bytes:
    """A line that says what there is."""
    is_there = b"d" if os.path.isdir(path) else b"f" if os.path.exists(path) else b"-"
    return b"k %s %s" % (is_there, path)


def status_of(path: str | bytes) -> tuple[int, int]:
    """(time in nanoseconds, size in bytes) of what is at a path; zeros for nothing."""
    try:
        status = os.stat(path)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


_LINES = {b"t": _times, b"k": _kind}
