"""The command line: one file a command. It parses arguments, calls the library, prints."""

from __future__ import annotations


def main() -> None:
    """The console script ``mpyc``."""
    import sys

    try:
        from mpytool.cli.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
