"""The command line: one file a command. It parses arguments, calls the library, prints."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mpytool.program import ProgramFile


def main() -> None:
    """The console script ``mpyc``."""
    import sys

    program = None
    if sys.argv[1:2] == ["freeze"]:
        from mpytool.again import unchanged
        from mpytool.program import program_files

        program = program_files()
        if unchanged(sys.argv[1:], program):
            _end(0)
        import gc

        gc.disable()  # freezing makes no cycles that are worth the search, and the process ends soon
    try:
        status = _run(sys.argv[1:], program)
    except KeyboardInterrupt:
        status = 130
    _end(status)


def _run(arguments: list[str], program: list[ProgramFile] | None) -> int:
    """Run one command line; the exit status. ``program`` is what is known of this program's files."""
    if arguments[:1] == ["freeze"]:
        from mpytool.cli.freeze_argv import parse

        given = parse(arguments[1:])
        if given is not None:
            from mpytool.cli.freezing import freeze
            from mpytool.cli.process import internal_error
            from mpytool.files import InputError

            try:
                return freeze(given, arguments, program)
            except InputError:  # click shows how it should have been
                pass
            except BrokenPipeError:
                return 1
            except Exception as error:
                return internal_error(error)
    from mpytool.cli.app import run

    return run(arguments)


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
