"""What a command needs of the process that it runs in."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def end_on_signals() -> Iterator[None]:
    """While this lasts, a request to end the process raises SystemExit, so that cleaning up happens."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # only the main thread may do this
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def write_stdout(data: bytes) -> None:
    """Write bytes to standard output, past its buffer: what fails, fails here. Raises OSError."""
    stream = sys.stdout.buffer
    raw = getattr(stream, "raw", None)
    if raw is None:  # somebody put an object of their own there
        stream.write(data)
        return
    sys.stdout.flush()
    view = memoryview(data)
    while view:
        view = view[raw.write(view) :]


def cores() -> int:
    """How many processes can run at once."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def internal_error(error: Exception) -> int:
    """Say that the program is at fault; the exit status. Raises the error with MPYC_DEBUG."""
    if os.environ.get("MPYC_DEBUG"):
        raise error
    print(f"mpyc: internal error: {type(error).__name__}: {error}", file=sys.stderr)
    print("mpyc: please report it; MPYC_DEBUG=1 shows where it happened", file=sys.stderr)
    return 1
