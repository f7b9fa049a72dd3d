"""The command line: one file a command. It parses arguments, calls the library, prints."""

from __future__ import annotations


def main() -> None:
    """The console script ``mpyc``."""
    import sys

    if sys.argv[1:2] == ["freeze"]:
        from mpytool.again import unchanged

        if unchanged(sys.argv[1:]):
            _end(0)
        import gc

        gc.disable()  # freezing makes no cycles that are worth the search, and the process ends soon
    try:
        from mpytool.cli.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    _end(status)


def _end(status: int) -> None:
    """End the process without taking all objects apart first, a tenth of the time of a short command."""
    import os
    import sys

    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):  # closed: the interpreter knows what to say
        sys.exit(status)
    os._exit(status)
