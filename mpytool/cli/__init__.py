"""The command line: one file a command. It parses arguments, calls the library, prints."""

from __future__ import annotations


def main() -> None:
    """The console script ``mpyc``."""
    import sys

    if sys.argv[1:2] == ["freeze"]:
        from mpytool.again import unchanged

        if unchanged(sys.argv[1:]):
            sys.exit(0)
    try:
        from mpytool.cli.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = 130
    sys.exit(status)
