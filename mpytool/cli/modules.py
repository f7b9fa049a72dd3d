"""Reading ``.mpy`` files for commands, and saying what went wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mpytool.batch import Outcome, guarded
from mpytool.cli.process import write_stdout
from mpytool.cli.report import Reporter
from mpytool.diagnostics import ToolError
from mpytool.errors import READ_FAILED, WRITE_FAILED
from mpytool.files import STDIN, STDIN_NAME, Job, file_diagnostic, read_file, write_whole
from mpytool.module import CompiledModule
from mpytool.mpyfile.errors import MpyFormatError
from mpytool.mpyfile.read import read


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read. ``shown`` is what messages call it."""

    shown: str
    data: bytes
    module: CompiledModule


def load(path: str) -> Loaded:
    """The module in a file, ``-`` for standard input. ToolError if it cannot be read or is malformed."""
    shown = STDIN_NAME if path == STDIN else path
    try:
        data = read_file(path)
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, shown, error)]) from None
    try:
        return Loaded(shown, data, read(data))
    except MpyFormatError as error:
        raise ToolError([error.in_file(shown)]) from None


def write_output(path: str, data: bytes, *, make_folders: bool = False) -> None:
    """Write a file whole, or to standard output for ``-``. ToolError if that fails."""
    try:
        if path == STDIN:
            write_stdout(data)
        else:
            write_whole(path, data, make_folders=make_folders)
    except BrokenPipeError:
        raise
    except OSError as error:
        shown = "<stdout>" if path == STDIN else path
        raise ToolError([file_diagnostic(WRITE_FAILED, shown, error)]) from None


def attempt(reporter: Reporter, path: str, action: Callable[[], None]) -> bool:
    """Whether an action on a file succeeded; if not, the reporter says why."""

    def act() -> bytes:
        action()
        return b""

    result = guarded(act, path)
    if isinstance(result, tuple):
        reporter.add(Outcome(Job(path, path, STDIN), result))
        return False
    return True
