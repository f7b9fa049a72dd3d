"""``mpyc merge``: several ``.mpy`` files as one."""

from __future__ import annotations

import click

from mpytool.cli.modules import attempt, load, write_output
from mpytool.cli.process import end_on_signals
from mpytool.cli.report import FORMATS, Reporter


@click.command("merge", short_help="Make one .mpy file of several.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-o", "--output", required=True, metavar="FILE", help="The merged file; - is standard output.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics.")
def command(files: tuple[str, ...], output: str, style: str) -> int:
    """Make one .mpy file of several; importing it runs the body of each, in the order given.

    All share one namespace. At most one FILE may hold native code; its body runs first. A single FILE is
    copied. FILE - is standard input.

    Exit status: 0 if the file was written, 1 if not, 2 for a wrong command line.
    """
    reporter = Reporter(style, 1, quiet=True)

    def run() -> None:
        loaded = [load(path) for path in files]
        if len(loaded) == 1:
            data = loaded[0].data
        else:
            from mpytool.mpyfile.merge import Part, merge

            data = merge([Part(each.shown, each.module) for each in loaded]).to_bytes()
        write_output(output, data)

    with end_on_signals(), reporter:
        try:
            attempt(reporter, files[0], run)
        except BrokenPipeError:  # whoever reads has seen enough
            return 1
    return reporter.exit_status
