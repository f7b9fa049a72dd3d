"""The ``mpyc`` program: finds the command, and turns what can end it into an exit status.

0: all is well; 1: some input was rejected or could not be written; 2: a wrong command line; 130: interrupted.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

import click

from mpytool.cli.process import internal_error
from mpytool.version import MICROPYTHON_BANNER, MPY_SUB_VERSION, MPY_VERSION, VERSION

COMMANDS: Mapping[str, str] = {
    "cache": "mpytool.cli.cache",
    "compile": "mpytool.cli.compile",
    "dump": "mpytool.cli.dump",
    "extract": "mpytool.cli.extract",
    "freeze": "mpytool.cli.freeze",
    "info": "mpytool.cli.info",
    "merge": "mpytool.cli.merge",
    "romfs": "mpytool.cli.romfs",
    "size": "mpytool.cli.size",
    "targets": "mpytool.cli.targets",
    "verify": "mpytool.cli.verify",
}
"""Command to module; a module is imported only when its command is wanted, and defines ``command``."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(
    VERSION,
    prog_name="mpyc",
    message=f"%(prog)s %(version)s, .mpy v{MPY_VERSION}.{MPY_SUB_VERSION} as of {MICROPYTHON_BANNER}",
)
def mpyc() -> None:
    """Compile Python to MicroPython .mpy files."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status. KeyboardInterrupt passes until click is in charge."""
    try:
        # Not standalone: click would exit with 1 for an interrupt.
        result = mpyc.main(
            args=list(arguments), prog_name="mpyc", standalone_mode=False, obj=tuple(arguments)
        )
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    except Exception as error:
        return internal_error(error)
    return result if isinstance(result, int) else 0
