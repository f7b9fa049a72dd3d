"""Files in and out: which inputs there are, where outputs go, and writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator

from mpytool.diagnostics import Diagnostic, Location, Severity
from mpytool.errors import ErrorKind
from mpytool.options import Options
from mpytool.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

STDIN = "-"
STDIN_NAME = "<stdin>"
_CHUNK = 1 << 16
"""Bytes that are read at once."""


class InputError(ValueError):
    """A command line whose inputs and outputs do not go together."""


class Job(Record):
    """One file to compile.

    ``path``    what the user called it, ``-`` for standard input
    ``name``    the source name to embed
    ``output``  path of the output, ``-`` for standard output
    ``appended``  further source text, behind what the file holds
    ``options``   in place of those of the run
    """

    __slots__ = ("path", "name", "output", "appended", "options")

    def __init__(
        self, path: str, name: str, output: str, appended: bytes = b"", options: Options | None = None
    ) -> None:
        self.path: Final = path
        self.name: Final = name
        self.output: Final = output
        self.appended: Final = appended
        self.options: Final = options

    @property
    def shown(self) -> str:
        """The input as messages name it."""
        return STDIN_NAME if self.path == STDIN else self.path


def file_diagnostic(kind: ErrorKind, path: str, error: OSError) -> Diagnostic:
    """What is said of a file that could not be read or written."""
    reason = error.strerror or type(error).__name__
    return Diagnostic(
        Severity.ERROR,
        kind.code,
        kind.type,
        kind.message.format(path=path, reason=reason),
        Location(path, 0, 0, 0, 0),
    )


# --- inputs ------------------------------------------------------------------------------------------------


def collect_inputs(arguments: Iterable[str]) -> list[str]:
    """The files that command line arguments mean, in order, each path once.

    A folder stands for every ``.py`` file in it, at any depth, in sorted order, folders whose name begins
    with a dot left out; ``@FILE`` for the files and folders listed in it, one a line; ``-`` for standard
    input.
    A file that is named but does not exist is returned as it is. Raises InputError for a list that cannot
    be read and for a folder without Python files.
    """
    found: dict[str, None] = {}
    for argument in arguments:
        if argument.startswith("@") and len(argument) > 1:
            for path in _read_list(argument[1:]):
                found.update(dict.fromkeys(_expand(path)))
        else:
            found.update(dict.fromkeys(_expand(argument)))
    return list(found)


def _read_list(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"cannot read the list '{path}': {error.strerror}") from None
    return [os.fsdecode(line) for line in data.replace(b"\r\n", b"\n").split(b"\n") if line.strip()]


def _expand(path: str) -> Iterator[str]:
    if path == STDIN or not os.path.isdir(path):
        yield path
        return
    empty = True
    for file in _walk(path):
        empty = False
        yield file
    if empty:
        raise InputError(f"there is no Python file in '{path}'")


def _walk(top: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise InputError(f"cannot read the folder '{error.filename}': {error.strerror}")

    for folder, folders, names in os.walk(top, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(folder, name)


# --- outputs -----------------------------------------------------------------------------------------------


def mpy_path(path: str) -> str:
    """``path`` with the suffix ``.py`` replaced by ``.mpy``; any other name just gets ``.mpy`` added."""
    return path.removesuffix(".py") + ".mpy"


def mirrored_path(path: str, out_dir: str, base: str | None) -> str:
    """Where below ``out_dir`` the output of ``path`` goes: as it lies relative to ``base`` (the current
    folder).

    A path outside the base goes to its absolute path below ``out_dir``.
    """
    absolute = os.path.abspath(path)
    root = os.path.abspath(base if base is not None else os.curdir)
    if absolute.startswith(root.rstrip(os.sep) + os.sep):
        relative = absolute[len(root.rstrip(os.sep)) + 1 :]
    else:
        drive, tail = os.path.splitdrive(absolute)
        relative = os.path.join(drive.replace(":", "").lstrip("/\\"), tail.lstrip("/\\"))
    return mpy_path(os.path.join(out_dir, relative))


def plan_jobs(
    inputs: list[str],
    *,
    output: str | None = None,
    out_dir: str | None = None,
    base: str | None = None,
    name: str | None = None,
) -> list[Job]:
    """Input files to jobs. Raises InputError where outputs would collide or the options do not fit."""
    if output is not None and len(inputs) != 1:
        raise InputError(f"-o takes one input, and there are {len(inputs)}: use --out-dir")
    if output is not None and output != "-" and os.path.isdir(output):
        raise InputError(f"'{output}' is a folder: use --out-dir")
    if name is not None and len(inputs) != 1:
        raise InputError(f"-s takes one input, and there are {len(inputs)}")
    jobs = [Job(path, _source_name(path, name), _output_path(path, output, out_dir, base)) for path in inputs]
    _check_collisions(jobs)
    return jobs


def _source_name(path: str, name: str | None) -> str:
    if name is None:
        name = STDIN_NAME if path == STDIN else path
    return name.replace("\\", "/")


def _output_path(path: str, output: str | None, out_dir: str | None, base: str | None) -> str:
    if output is not None:
        return output
    if path == STDIN:
        if out_dir is not None:
            raise InputError("standard input has no place below --out-dir: compile it by itself, with -o")
        return "-"
    return mpy_path(path) if out_dir is None else mirrored_path(path, out_dir, base)


def _check_collisions(jobs: list[Job]) -> None:
    key = _file_key
    inputs = {key(job.path): job.path for job in jobs if job.path != STDIN}
    outputs: dict[str, str] = {}
    for job in jobs:
        if job.output == "-":
            continue
        place = key(job.output)
        if place in inputs:
            raise InputError(f"the output '{job.output}' would overwrite the input '{inputs[place]}'")
        other = outputs.setdefault(place, job.path)
        if other is not job.path:
            raise InputError(f"'{other}' and '{job.path}' would both be written to '{job.output}'")


def _file_key(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))


def read_file(path: str) -> bytes:
    """The bytes of a file or, for ``-``, of standard input. Raises OSError."""
    if path == STDIN:
        import sys

        return sys.stdin.buffer.read()
    # Half as many calls of the system as with a file object
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        pieces = [os.read(handle, _CHUNK)]
        while pieces[-1]:
            pieces.append(os.read(handle, _CHUNK))
        return b"".join(pieces)
    finally:
        os.close(handle)


def write_whole(path: str, data: bytes, *, make_folders: bool = False) -> None:
    """Write ``data`` to ``path`` so that the file is there whole or, after any failure, as it was before.

    A temporary file in the same folder is written and renamed. Links are followed, and the permissions of a
    file that exists are kept; what is no regular file (a device, a pipe) is written to directly. Raises
    OSError.
    """
    target = path
    mode: int | None = None
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            target = os.path.realpath(path)
            status = os.stat(target)
        mode = status.st_mode
    except FileNotFoundError:
        if make_folders:
            os.makedirs(os.path.dirname(target) or os.curdir, exist_ok=True)
    else:
        if not stat.S_ISREG(mode):
            _write(os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0)), data)
            return
        if status.st_size == len(data) and _is_same(target, data):
            return
    temporary = os.path.join(os.path.dirname(target), f".mpyc-{os.getpid()}-{os.urandom(6).hex()}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        _write(os.open(temporary, flags, 0o666), data)
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        # Ctrl-C included: whatever happens, no half of a file stays behind.
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_if_changed(path: str, data: bytes) -> bool:
    """Write ``data`` to ``path`` unless it holds that already; its time then stays. Whether it was written.

    Folders are made. Raises OSError.
    """
    try:
        if os.stat(path).st_size == len(data) and read_file(path) == data:
            return False
    except OSError:
        pass
    write_whole(path, data, make_folders=True)
    return True


def _is_same(path: str, data: bytes) -> bool:
    """Whether the file holds these bytes already; if so it gets the present time, as if it had been written.

    Replacing a file waits for the disk on many systems, reading it does not.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            if file.read(len(data) + 1) != data:
                return False
        os.utime(path)
    except OSError:
        return False
    return True


def _write(handle: int, data: bytes) -> None:
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
    finally:
        os.close(handle)
